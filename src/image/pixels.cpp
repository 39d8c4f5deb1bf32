#include "src/image/pixels.h"

#include <algorithm>
#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

template <typename Out>
void quantise(const cv::Mat& image, float top, cv::Mat& out) {
  const int width = image.cols * image.channels();
  for (int y = 0; y < image.rows; ++y) {
    const float* in = image.ptr<float>(y);
    Out* to = out.ptr<Out>(y);
    for (int x = 0; x < width; ++x)  // std::max in this order makes 0 of what is no number
      to[x] = static_cast<Out>(std::floor(std::min(std::max(0.f, in[x]), 1.f) * top + 0.5f));
  }
}

cv::Mat at_depth(const cv::Mat& image, int depth) {
  cv::Mat out(image.size(), CV_MAKETYPE(depth, image.channels()));
  to_levels(image, out);
  return out;
}

void require_size(const cv::Mat& image, const cv::Mat& like, int type, const char* what) {
  require(image.size() == like.size() && image.type() == type, "{} is {}x{} with {} channels, expected float {}x{} with {}",
          what, image.cols, image.rows, image.channels(), like.cols, like.rows, CV_MAT_CN(type));
}

}  // namespace

void to_levels(const cv::Mat& image, cv::Mat& out) {
  require(image.depth() == CV_32F, "levels are made of a float image");
  require(out.size() == image.size() && out.channels() == image.channels(), "levels need a place of the image's size");
  if (out.depth() == CV_8U) return quantise<uint8_t>(image, 255.f, out);
  if (out.depth() == CV_16U) return quantise<uint16_t>(image, 65535.f, out);
  require(out.depth() == CV_32F, "levels have 8 or 16 bits, or are floats");
  image.copyTo(out);
}

cv::Mat to_u8(const cv::Mat& image) { return at_depth(image, CV_8U); }
cv::Mat to_u16(const cv::Mat& image) { return at_depth(image, CV_16U); }

cv::Mat to_float(const cv::Mat& image) {
  if (image.depth() == CV_32F) return image;
  require(image.depth() == CV_8U || image.depth() == CV_16U, "image depth must be 8 bit, 16 bit or float");
  cv::Mat out;
  image.convertTo(out, CV_32F, image.depth() == CV_8U ? 1.0 / 255 : 1.0 / 65535);
  return out;
}

cv::Mat blend(const cv::Mat& foreground, const cv::Mat& alpha, const cv::Mat& background) {
  require_size(foreground, background, CV_32FC3, "foreground");
  require_size(background, background, CV_32FC3, "background");
  require_size(alpha, background, CV_32FC1, "alpha");
  cv::Mat out(background.size(), CV_32FC3);
  for (int y = 0; y < out.rows; ++y) {
    const auto* f = foreground.ptr<cv::Vec3f>(y);
    const auto* b = background.ptr<cv::Vec3f>(y);
    const float* a = alpha.ptr<float>(y);
    auto* o = out.ptr<cv::Vec3f>(y);
    for (int x = 0; x < out.cols; ++x) o[x] = a[x] * f[x] + (1 - a[x]) * b[x];
  }
  return out;
}

cv::Mat blend_over(const cv::Mat& layer, const cv::Mat& background) {
  require_size(layer, background, CV_32FC4, "layer");
  require_size(background, background, CV_32FC3, "background");
  cv::Mat out(background.size(), CV_32FC3);
  for (int y = 0; y < out.rows; ++y) {
    const auto* f = layer.ptr<cv::Vec4f>(y);
    const auto* b = background.ptr<cv::Vec3f>(y);
    auto* o = out.ptr<cv::Vec3f>(y);
    for (int x = 0; x < out.cols; ++x)
      for (int c = 0; c < 3; ++c) o[x][c] = f[x][c] + (1 - f[x][3]) * b[x][c];
  }
  return out;
}

cv::Mat layer_over(const cv::Mat& front, const cv::Mat& back) {
  require_size(front, back, CV_32FC4, "layer");
  cv::Mat out(back.size(), CV_32FC4);
  for (int y = 0; y < out.rows; ++y) {
    const auto* f = front.ptr<cv::Vec4f>(y);
    const auto* b = back.ptr<cv::Vec4f>(y);
    auto* o = out.ptr<cv::Vec4f>(y);
    for (int x = 0; x < out.cols; ++x) o[x] = f[x] + (1 - f[x][3]) * b[x];
  }
  return out;
}

cv::Mat premultiply(const cv::Mat& colour, const cv::Mat& alpha) {
  require_size(alpha, colour, CV_32FC1, "alpha");
  require_size(colour, colour, CV_32FC3, "colour");
  cv::Mat out(colour.size(), CV_32FC4);
  for (int y = 0; y < out.rows; ++y) {
    const auto* c = colour.ptr<cv::Vec3f>(y);
    const float* a = alpha.ptr<float>(y);
    auto* o = out.ptr<cv::Vec4f>(y);
    for (int x = 0; x < out.cols; ++x) o[x] = {c[x][0] * a[x], c[x][1] * a[x], c[x][2] * a[x], a[x]};
  }
  return out;
}

cv::Mat layer_alpha(const cv::Mat& layer) {
  cv::Mat alpha;
  cv::extractChannel(layer, alpha, 3);
  return alpha;
}

cv::Mat layer_colour(const cv::Mat& layer) {
  cv::Mat out(layer.size(), CV_32FC3);
  for (int y = 0; y < out.rows; ++y) {
    const auto* l = layer.ptr<cv::Vec4f>(y);
    auto* o = out.ptr<cv::Vec3f>(y);
    for (int x = 0; x < out.cols; ++x) {
      const float scale = l[x][3] > 0 ? 1 / l[x][3] : 0;
      o[x] = {l[x][0] * scale, l[x][1] * scale, l[x][2] * scale};
    }
  }
  return out;
}

}  // namespace facemat
