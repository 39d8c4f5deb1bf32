#include "data/recipe/degrade.h"

#include <fmt/format.h>

#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {

Degradation draw_degradation(Rng rng, const DegradeConfig& config) {
  Degradation d;
  const auto squared = [&] {  // mild values are common
    const double u = rng.uniform();
    return u * u;
  };
  if (rng.chance(0.5)) d.contrast = rng.uniform(config.least_contrast, config.most_contrast);
  if (rng.chance(0.3)) d.blur = squared() * config.blur / 512;
  if (rng.chance(0.4)) d.noise = squared() * config.noise;
  if (rng.chance(0.5) && config.least_jpeg < 100) d.jpeg_quality = static_cast<int>(rng.integer(config.least_jpeg, 100));
  if (rng.chance(0.3)) d.exposure = rng.uniform(-config.exposure, config.exposure);
  return d;
}

std::string describe(const Degradation& d) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (d.contrast != 1) add(fmt::format("contrast {:.3f}", d.contrast));
  if (d.exposure != 0) add(fmt::format("exposure {:+.2f}", d.exposure));
  if (d.blur > 0) add(fmt::format("blur {:.5f}", d.blur));
  if (d.noise > 0) add(fmt::format("noise {:.4f}", d.noise));
  if (d.jpeg_quality > 0) add(fmt::format("jpeg {}", d.jpeg_quality));
  return text;
}

cv::Mat rejpeg(const cv::Mat& image, int quality) {
  const std::string file = encode_image(".jpg", image, quality);
  return cv::imdecode(cv::Mat(1, static_cast<int>(file.size()), CV_8U, const_cast<char*>(file.data())), cv::IMREAD_COLOR);
}

cv::Mat gaussian_blurred(const cv::Mat& image, double sigma) {
  constexpr double kLeastSigma = 0.2;
  if (sigma <= kLeastSigma) return image;
  cv::Mat out;
  cv::GaussianBlur(image, out, {}, sigma, sigma, cv::BORDER_REFLECT_101);
  return out;
}

cv::Mat degrade(const cv::Mat& image, const Degradation& d, Rng rng) {
  if (describe(d).empty()) return image;
  cv::Mat out = to_float(image);
  if (d.contrast != 1) out = (out - cv::Scalar::all(0.5)) * d.contrast + cv::Scalar::all(0.5);
  if (d.exposure != 0) out *= std::pow(2, d.exposure / 2.2);  // stops of light, on values encoded with a gamma of about 2.2
  out = gaussian_blurred(out, d.blur * image.cols);
  if (d.noise > 0) {
    out = out.clone();
    for (int y = 0; y < out.rows; ++y)
      for (float& value : cv::Mat_<float>(out.row(y).reshape(1))) value += static_cast<float>(rng.normal(0, d.noise));
  }
  const cv::Mat bytes = to_u8(out);
  return d.jpeg_quality > 0 ? rejpeg(bytes, d.jpeg_quality) : bytes;
}

}  // namespace facemat
