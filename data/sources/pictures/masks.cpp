#include "data/sources/pictures/masks.h"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"

namespace facemat {
namespace {

// A file that cannot be read is named when its turn comes, so that what was finished before it stays.
bool lies_unclear(const fs::path& picture, const fs::path& mask) {
  try {
    return may_be_unturned(picture, mask);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

MaskPlanes read_source_mask(const fs::path& file, const MaskValues& values) {
  return read_mask_file(
      file, values,
      {kSayBinary,
       "name those of the face for this source, as labels: [1, 10], and the one of unlabelled pixels as ignore: 255"});
}

cv::Mat read_matte(const fs::path& file, bool binary) {
  MaskValues values;
  values.binary = binary;
  return read_mask_file(file, values, {kSayBinary}).value;
}

std::vector<int64_t> looked_at(int64_t count) {
  constexpr int64_t kMost = 32;
  const int64_t looked = std::min(count, kMost);
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < looked; ++i) numbers.push_back(i * count / looked);
  return numbers;
}

std::string turned_warning(int64_t count, const std::function<fs::path(int64_t)>& picture,
                           const std::function<fs::path(int64_t)>& mask, const std::string& folder) {
  const std::vector<int64_t> looked = looked_at(count);
  const auto unclear =
      std::count_if(looked.begin(), looked.end(), [&](int64_t i) { return lies_unclear(picture(i), mask(i)); });
  if (unclear == 0) return {};
  return fmt::format("{}: {} of {} pictures are turned by an EXIF orientation that their masks have not: look at one", folder,
                     unclear, looked.size());
}

cv::Mat shrunk(const cv::Mat& alpha, int radius) {
  if (radius <= 0) return alpha;
  const int side = 2 * radius + 1;
  cv::Mat out;
  cv::erode(alpha, out, cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side}));
  const cv::Matx13f binomial(0.25f, 0.5f, 0.25f);
  cv::sepFilter2D(out, out, -1, binomial, binomial, {-1, -1}, 0, cv::BORDER_REPLICATE);
  return cv::min(out, alpha);
}

}  // namespace facemat
