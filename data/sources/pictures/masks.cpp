#include "data/sources/pictures/masks.h"

#include <opencv2/imgproc.hpp>

namespace facemat {
namespace {

constexpr const char* kSayBinary = "set binary: true for this source";

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
