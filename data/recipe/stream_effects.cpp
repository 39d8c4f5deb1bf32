#include "data/recipe/stream_effects.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr double kBlurSide = 512;  // the width that sigmas are stated for

double at(const Ramp& ramp, double p) { return ramp.from * (1 - p) + ramp.to * p; }
bool still(const Ramp& ramp) { return ramp.from == 0 && ramp.to == 0; }
double largest(const Ramp& ramp) { return std::max(std::abs(ramp.from), std::abs(ramp.to)); }

bool jitters(const ColourJitter& j) {
  return !(still(j.brightness) && still(j.contrast) && still(j.saturation) && still(j.hue));
}
bool changes_colour(const StreamEffects& e) { return e.noise > 0 || jitters(e.jitter) || e.grey || e.sharpness != 1; }

float unit(float value) { return value > 0 ? std::min(value, 1.f) : 0.f; }                           // also turns NaN into 0
float grey_of(const cv::Vec3f& bgr) { return 0.114f * bgr[0] + 0.587f * bgr[1] + 0.299f * bgr[2]; }  // BT.601

// change(pixel, column, row) for every pixel; the results are clamped to 0..1.
template <typename Change>
void change_pixels(cv::Mat& colour, const Change& change) {
  for (int y = 0; y < colour.rows; ++y) {
    auto* row = colour.ptr<cv::Vec3f>(y);
    for (int x = 0; x < colour.cols; ++x) {
      const cv::Vec3f to = change(row[x], x, y);
      row[x] = {unit(to[0]), unit(to[1]), unit(to[2])};
    }
  }
}

void hold_unit(cv::Mat& colour) {
  change_pixels(colour, [](const cv::Vec3f& p, int, int) { return p; });
}

void add_noise(cv::Mat& colour, const StreamEffects& e, Rng& rng) {
  const auto grains = [&](int pixels) { return std::clamp(static_cast<int>(std::lround(pixels / e.grain)), 1, pixels); };
  cv::Mat grid(grains(colour.rows), grains(colour.cols), e.monochrome ? CV_32FC1 : CV_32FC3);
  for (int y = 0; y < grid.rows; ++y)
    for (auto *p = grid.ptr<float>(y), *end = p + grid.cols * grid.channels(); p < end; ++p)
      *p = static_cast<float>(rng.normal(0, e.noise));
  cv::Mat noise = resize(grid, colour.size());
  if (e.monochrome) cv::cvtColor(noise, noise, cv::COLOR_GRAY2BGR);
  change_pixels(colour, [&](const cv::Vec3f& p, int x, int y) { return p + noise.at<cv::Vec3f>(y, x); });
}

// The mean of the picture's grey, each pixel weighed by its alpha.
float mean_grey(const cv::Mat& colour, const cv::Mat& alpha) {
  double sum = 0, weights = 0;
  for (int y = 0; y < colour.rows; ++y) {
    const auto* c = colour.ptr<cv::Vec3f>(y);
    const float* a = alpha.ptr<float>(y);
    for (int x = 0; x < colour.cols; ++x) {
      sum += a[x] * grey_of(c[x]);
      weights += a[x];
    }
  }
  return weights > 0 ? static_cast<float>(sum / weights) : 0;
}

void turn_hue(cv::Mat& colour, double turns) {
  cv::Mat hsv;  // 0..360, 0..1, 0..1
  cv::cvtColor(colour, hsv, cv::COLOR_BGR2HSV);
  const float degrees = static_cast<float>(360 * turns);
  for (int y = 0; y < hsv.rows; ++y)
    for (auto *p = hsv.ptr<cv::Vec3f>(y), *end = p + hsv.cols; p < end; ++p) {
      const float hue = (*p)[0] + degrees;
      (*p)[0] = hue - 360 * std::floor(hue / 360);
    }
  cv::cvtColor(hsv, colour, cv::COLOR_HSV2BGR);
  hold_unit(colour);
}

void jitter_colour(cv::Mat& colour, const cv::Mat& alpha, const ColourJitter& jitter, double progress) {
  const double p = jitter.strength * progress;
  const auto factor = [p](const Ramp& ramp) { return static_cast<float>(std::max(1 + at(ramp, p), 0.1)); };
  const float brightness = factor(jitter.brightness), contrast = factor(jitter.contrast),
              saturation = factor(jitter.saturation);
  if (brightness != 1) change_pixels(colour, [&](const cv::Vec3f& c, int, int) { return c * brightness; });
  if (contrast != 1) {
    const float rest = (1 - contrast) * mean_grey(colour, alpha);
    change_pixels(colour, [&](const cv::Vec3f& c, int, int) { return c * contrast + cv::Vec3f::all(rest); });
  }
  if (saturation != 1)
    change_pixels(colour,
                  [&](const cv::Vec3f& c, int, int) { return c * saturation + cv::Vec3f::all((1 - saturation) * grey_of(c)); });
  const double turns = std::clamp(at(jitter.hue, p), -0.5, 0.5);
  if (turns != 0) turn_hue(colour, turns);
}

// Between the picture and itself softened by [1 1 1; 1 5 1; 1 1 1] / 13, as torchvision's adjust_sharpness; borders mirrored.
void sharpen(cv::Mat& colour, const cv::Mat& alpha, double sharpness) {
  const cv::Mat layer = premultiply(colour, alpha);
  cv::Mat soft;
  cv::boxFilter(layer, soft, -1, {3, 3}, {-1, -1}, false, cv::BORDER_REFLECT_101);
  cv::scaleAdd(layer, 4, soft, soft);
  const float keep = static_cast<float>(sharpness);
  change_pixels(colour, [&](const cv::Vec3f& p, int x, int y) {
    const auto& s = soft.at<cv::Vec4f>(y, x);  // its alpha is what the colours were weighed by
    return s[3] > 0 ? keep * p + (1 - keep) / s[3] * cv::Vec3f(s[0], s[1], s[2]) : p;
  });
}

// All but the blur, in place. colour: straight CV_32FC3; alpha: CV_32FC1.
void change_colour(cv::Mat& colour, const cv::Mat& alpha, const StreamEffects& e, double progress, Rng& rng) {
  if (e.noise > 0) add_noise(colour, e, rng);
  if (jitters(e.jitter)) jitter_colour(colour, alpha, e.jitter, progress);
  if (e.grey) change_pixels(colour, [](const cv::Vec3f& p, int, int) { return cv::Vec3f::all(grey_of(p)); });
  if (e.sharpness != 1) sharpen(colour, alpha, e.sharpness);
}

// The side of the kernel at a sigma in pixels: int(2 sigma) made odd, so below sigma 1 there is no blur.
int kernel_side(double sigma) { return static_cast<int>(2 * sigma) | 1; }
double blur_sigma(const Ramp& blur, double progress, int width) {
  return std::max(at(blur, progress), 0.0) * width / kBlurSide;
}

cv::Mat blurred(const cv::Mat& image, double sigma) {
  const int side = kernel_side(sigma);
  cv::Mat out;
  cv::GaussianBlur(image, out, {side, side}, sigma, sigma, cv::BORDER_REFLECT_101);
  return out;
}

// Rounding may lift a sum of weights over 1 or a colour over its alpha by one bit.
void hold_bounds(cv::Mat& layer) {
  for (int y = 0; y < layer.rows; ++y)
    for (auto *p = layer.ptr<cv::Vec4f>(y), *end = p + layer.cols; p < end; ++p) {
      const float alpha = unit((*p)[3]);
      *p = {std::min(unit((*p)[0]), alpha), std::min(unit((*p)[1]), alpha), std::min(unit((*p)[2]), alpha), alpha};
    }
}

}  // namespace

StreamEffects draw_stream_effects(Rng rng, const StreamEffectOdds& odds) {
  StreamEffects e;
  if (Rng r = rng.fork("noise"); r.chance(odds.noise)) {
    e.grain = r.uniform(1, 4);
    e.monochrome = r.chance(0.5);
    e.noise = r.uniform(0, 0.2) / e.grain;
  }
  if (Rng r = rng.fork("jitter"); r.chance(odds.jitter)) {
    for (Ramp* ramp : {&e.jitter.brightness, &e.jitter.contrast, &e.jitter.saturation, &e.jitter.hue}) {
      const double deviation = ramp == &e.jitter.hue ? 0.01 : 0.1;
      ramp->from = r.normal(0, deviation);
      ramp->to = r.normal(0, deviation);
    }
    e.jitter.strength = r.uniform(0, 0.2);
  }
  e.grey = rng.fork("grey").chance(odds.grey);
  if (Rng r = rng.fork("sharp"); r.chance(odds.sharp)) e.sharpness = r.uniform(0, 8);
  if (Rng r = rng.fork("blur"); r.chance(odds.blur)) {
    e.blur.from = r.uniform(0, 10);
    e.blur.to = r.uniform(0, 10);
  }
  return e;
}

bool empty(const StreamEffects& e) { return !changes_colour(e) && still(e.blur); }

std::string describe(const StreamEffects& e) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (e.noise > 0) add(fmt::format("noise {:.3f}", e.noise));
  if (const ColourJitter& j = e.jitter; jitters(j))
    add(fmt::format("jitter {:.2f}",
                    std::max({largest(j.brightness), largest(j.contrast), largest(j.saturation), largest(j.hue)})));
  if (e.grey) add("grey");
  if (e.sharpness != 1) add(fmt::format("sharpness {:.1f}", e.sharpness));
  if (!still(e.blur)) {
    const std::string from = fmt::format("{:.1f}", e.blur.from), to = fmt::format("{:.1f}", e.blur.to);
    add("blur " + (from == to ? from : from + ".." + to));
  }
  return text;
}

cv::Mat apply_effects(const cv::Mat& image, const StreamEffects& e, double progress, Rng noise) {
  require(image.type() == CV_8UC3, "stream effects need an 8-bit image with 3 channels");
  const double sigma = blur_sigma(e.blur, progress, image.cols);
  if (!changes_colour(e) && kernel_side(sigma) == 1) return image;
  cv::Mat colour = to_float(image);
  if (changes_colour(e)) change_colour(colour, cv::Mat(image.size(), CV_32F, cv::Scalar(1)), e, progress, noise);
  return to_u8(kernel_side(sigma) > 1 ? blurred(colour, sigma) : colour);
}

cv::Mat apply_layer_effects(const cv::Mat& layer, const StreamEffects& e, double progress, Rng noise) {
  require(layer.type() == CV_32FC4, "stream effects need a float layer with 4 channels");
  const double sigma = blur_sigma(e.blur, progress, layer.cols);
  cv::Mat out = layer;
  if (changes_colour(e)) {
    cv::Mat colour = layer_colour(layer);
    hold_unit(colour);  // division by the least alphas leaves 0..1
    const cv::Mat alpha = layer_alpha(layer);
    change_colour(colour, alpha, e, progress, noise);
    out = premultiply(colour, alpha);
  }
  if (kernel_side(sigma) > 1) {
    out = blurred(out, sigma);
    hold_bounds(out);
  }
  return out;
}

}  // namespace facemat
