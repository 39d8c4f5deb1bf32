#include "data/sources/pictures/masks.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

bool is_jpeg(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), ::tolower);
  return extension == ".jpg" || extension == ".jpeg";
}

cv::Mat without_jpeg_noise(cv::Mat matte) {
  constexpr float kNoise = 3.5f / 255;
  matte.setTo(0, matte < kNoise);
  matte.setTo(1, matte > 1 - kNoise);
  return matte;
}

double border_mean(const cv::Mat& mask) {
  cv::Mat border(mask.size(), CV_8UC1, cv::Scalar(255));
  const int x = std::max(1, mask.cols / 16), y = std::max(1, mask.rows / 16);
  border(cv::Rect(x, y, std::max(0, mask.cols - 2 * x), std::max(0, mask.rows - 2 * y))).setTo(0);
  return cv::mean(mask, border)[0];
}

double centre_mean(const cv::Mat& mask) {
  const cv::Rect middle(mask.cols * 3 / 8, mask.rows * 3 / 8, std::max(1, mask.cols / 4), std::max(1, mask.rows / 4));
  return cv::mean(mask(middle))[0];
}

}  // namespace

cv::Mat read_matte(const fs::path& file, bool binary) {
  const cv::Mat matte = read_mask(file);
  double most = 0;
  cv::minMaxLoc(matte, nullptr, &most);
  if (binary) {
    cv::Mat labels;
    cv::Mat(matte > most / 2).convertTo(labels, CV_32F, 1.0 / 255);
    return labels;
  }
  require(most == 0 || most > 1.5 / 255,
          "{}: no value above 1 of 255, as in labels of 0 and 1 (set binary: true for this source)", file.string());
  return is_jpeg(file) ? without_jpeg_noise(matte) : matte;
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

Reading reading_of(const cv::Mat& mask) {
  const double border = border_mean(mask), centre = centre_mean(mask);
  if (centre > 0.6 && border < 0.4) return Reading::kUpright;
  if (border > 0.6 && centre < 0.4) return Reading::kInverted;
  return Reading::kUnclear;
}

}  // namespace facemat
