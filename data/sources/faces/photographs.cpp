#include "data/sources/faces/photographs.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/sources/pictures/layout.h"
#include "data/sources/pictures/masks.h"
#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

cv::Rect square_crop(cv::Size size) {
  const int side = std::min(size.width, size.height);
  return {(size.width - side) / 2, (size.height - side) / 2, side, side};
}

// Pixel centres of an image `factor` times as large: x -> factor (x + 0.5) - 0.5.
cv::Matx23d enlarging(double factor) {
  const double shift = (factor - 1) / 2;
  return {factor, 0, shift, 0, factor, shift};
}

bool same_proportions(cv::Size image, cv::Size mask) {
  const double scale = static_cast<double>(image.width) / mask.width;
  return std::abs(mask.height * scale - image.height) <= std::max(1.0, scale);
}

}  // namespace

cv::Mat read_face_mask(const fs::path& file, const FaceSourceConfig& config) {
  const cv::Mat mask = read_matte(file, config.binary);
  return config.polarity == "occluder" ? cv::Mat(1 - mask) : mask;
}

FaceView face_view(const cv::Mat& image, const cv::Mat& mask, int side, const std::string& where) {
  require(same_proportions(image.size(), mask.size()), "{}: the picture is {}x{} but its mask {}x{}", where, image.cols,
          image.rows, mask.cols, mask.rows);
  const cv::Rect crop = square_crop(image.size());
  FaceView view;
  view.image = resize(image(crop), {side, side});
  view.mask = resize(resize(mask, image.size())(crop), {side, side});
  require(cv::countNonZero(view.mask >= 0.5f) > side, "{}: the mask holds no face", where);
  // Estimates need no detail: at 128 pixels they cost nothing.
  const int small = std::min(side, 128);
  const cv::Mat small_mask = resize(view.mask, {small, small});
  const FaceLayout layout = layout_from_mask(small_mask);
  view.light = light_from_face(to_float(resize(view.image, {small, small})), small_mask, layout);
  view.layout = transformed(layout, enlarging(static_cast<double>(side) / small));
  return view;
}

Face photograph(const cv::Mat& image, const cv::Mat& mask, int side, const std::string& where) {
  return [view = face_view(image, mask, side, where)](double) { return view; };
}

bool looks_inverted(const cv::Mat& mask) { return reading_of(mask) == Reading::kInverted; }

void refuse_inverted(int64_t count, const std::function<fs::path(int64_t)>& mask, const std::string& folder,
                     const FaceSourceConfig& config) {
  constexpr int64_t kLooked = 32;
  const int64_t looked = std::min(count, kLooked);
  int64_t inverted = 0;
  for (int64_t i = 0; i < looked; ++i) {
    const cv::Mat face = read_face_mask(mask(i * count / looked), config);
    inverted += looks_inverted(face);
  }
  require(2 * inverted <= looked,
          "{}: {} of {} masks are bright at the border and dark in the middle once read as '{}', so they look inverted (set "
          "polarity: {} for this source)",
          folder, inverted, looked, config.polarity, config.polarity == "occluder" ? "visible_face" : "occluder");
}

}  // namespace facemat
