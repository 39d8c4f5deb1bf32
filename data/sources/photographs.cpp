#include "data/sources/photographs.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "data/sources/layout.h"
#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

cv::Rect square_crop(cv::Size size) {
  const int side = std::min(size.width, size.height);
  return {(size.width - side) / 2, (size.height - side) / 2, side, side};
}

// Enlarged by the reach of the motion, so that no border shows; the same enlargement for all frames of a clip and for stills
// none.
cv::Matx23d motion(const Rng& rng, int side, double time) {
  if (time == 0) return {1, 0, 0, 0, 1, 0};
  Rng stream = rng.fork("camera");
  const cv::Point2d centre(side / 2.0, side / 2.0);
  const cv::Point2d shift(stream.uniform(-0.04, 0.04) * side, stream.uniform(-0.04, 0.04) * side);
  const double turn = stream.uniform(-3, 3);
  return similarity(centre, 1, turn * time, centre + time * shift);
}

// Like warp(), but the border is continued instead of black.
cv::Mat moved(const cv::Mat& image, const cv::Matx23d& matrix) {
  cv::Mat out;
  cv::warpAffine(image, out, cv::Mat(matrix), image.size(), cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
  return out;
}

double border_mean(const cv::Mat& mask) {
  cv::Mat frame(mask.size(), CV_8UC1, cv::Scalar(255));
  const int band = std::max(1, mask.cols / 16);
  frame(cv::Rect(band, band, std::max(1, mask.cols - 2 * band), std::max(1, mask.rows - 2 * band))).setTo(0);
  return cv::mean(mask, frame)[0];
}

double centre_mean(const cv::Mat& mask) {
  return cv::mean(
      mask(cv::Rect(mask.cols * 3 / 8, mask.rows * 3 / 8, std::max(1, mask.cols / 4), std::max(1, mask.rows / 4))))[0];
}

}  // namespace

FaceView photograph_view(const cv::Mat& image, const cv::Mat& mask, const Rng& rng, int side, double time,
                         const std::string& where) {
  require(image.size() == mask.size(), "{}: the picture is {}x{} but its mask {}x{}", where, image.cols, image.rows, mask.cols,
          mask.rows);
  const cv::Rect crop = square_crop(image.size());
  FaceView view;
  const cv::Mat small_image = to_float(resize(image(crop), {side, side})), small_mask = resize(mask(crop), {side, side});
  require(cv::countNonZero(small_mask >= 0.5f) > side, "{}: the mask holds no face", where);
  const FaceLayout layout = layout_from_mask(small_mask);
  const cv::Matx23d matrix = motion(rng, side, time);
  view.light = light_from_face(small_image, small_mask, layout);
  view.image = moved(small_image, matrix);
  view.mask = moved(small_mask, matrix);
  view.layout = transformed(layout, matrix);
  return view;
}

void refuse_inverted(const std::vector<cv::Mat>& masks, const std::string& folder, const std::string& polarity) {
  const auto inverted = std::count_if(masks.begin(), masks.end(),
                                      [](const cv::Mat& mask) { return border_mean(mask) > 0.6 && centre_mean(mask) < 0.4; });
  const std::string other = polarity == "occluder" ? "visible_face" : "occluder";
  require(2 * inverted <= static_cast<int64_t>(masks.size()),
          "{}: {} of {} masks are bright at the border and dark in the middle, so they look inverted (set polarity: {} for "
          "this source)",
          folder, inverted, masks.size(), other);
}

}  // namespace facemat
