#include "data/procedural/faces/background.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/procedural/drawing/noise.h"
#include "data/scene/shading.h"

namespace facemat {
namespace {

float draw(Rng& rng, double low, double high) { return static_cast<float>(rng.uniform(low, high)); }

cv::Vec3f muted(Rng& rng) {
  const float value = draw(rng, 0.05, 0.95), chroma = draw(rng, 0, 0.4);
  cv::Vec3f colour;
  for (int c = 0; c < 3; ++c) colour[c] = value * (1 - chroma * draw(rng, 0, 1));
  return srgb_decode(colour);
}

cv::Mat gradient(Rng& rng, int size) {
  const cv::Vec3f from = muted(rng), to = rng.chance(0.5) ? muted(rng) : from * draw(rng, 0.3, 1);
  const float turn = draw(rng, 0, 6.28), bend = draw(rng, 0, 0.3);
  const uint32_t seed = rng.bits();
  cv::Mat out(size, size, CV_32FC3);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const float u = static_cast<float>(x) / static_cast<float>(size) - 0.5f,
                  v = static_cast<float>(y) / static_cast<float>(size) - 0.5f;
      const float t = 0.5f + 0.7f * (u * std::cos(turn) + v * std::sin(turn)) + bend * fbm(u * 3, v * 3, seed, 3);
      out.at<cv::Vec3f>(y, x) = from + (to - from) * std::clamp(t, 0.f, 1.f);
    }
  }
  return out;
}

void blur(cv::Mat& picture, float sigma) { cv::GaussianBlur(picture, picture, {}, sigma, sigma, cv::BORDER_REPLICATE); }

// Furniture, windows, people: boxes and blobs no longer recognised.
void add_clutter(Rng& rng, cv::Mat& picture) {
  const auto size = static_cast<float>(picture.cols);
  const auto count = rng.integer(4, 16);
  for (int64_t i = 0; i < count; ++i) {
    const cv::Vec3f colour = muted(rng);
    const cv::Scalar paint(colour[0], colour[1], colour[2]);
    const float down = draw(rng, 0, 1), across = draw(rng, 0, 1), high = draw(rng, 0.05, 0.8), wide = draw(rng, 0.05, 0.6);
    const cv::Point2f at(across * size, down * size);
    const cv::Size2f extent(wide * size, high * size);
    if (rng.chance(0.4)) {
      cv::ellipse(picture, cv::RotatedRect(at, extent, draw(rng, 0, 180)), paint, cv::FILLED);
    } else {
      cv::rectangle(picture, cv::Rect(at - cv::Point2f(extent.width, extent.height) / 2, cv::Size(extent)), paint, cv::FILLED);
    }
  }
  const int bars = rng.chance(0.35) ? static_cast<int>(rng.integer(4, 14)) : 0;  // blinds, shelves, railings
  const bool upright = rng.chance(0.5);
  const cv::Vec3f colour = muted(rng);
  for (int i = 0; i < bars; ++i) {
    const float at = size * static_cast<float>(i) / static_cast<float>(bars), thick = 0.4f * size / static_cast<float>(bars);
    const cv::Rect bar(cv::Rect2f(upright ? at : 0, upright ? 0 : at, upright ? thick : size, upright ? size : thick));
    cv::rectangle(picture, bar, cv::Scalar(colour[0], colour[1], colour[2]), cv::FILLED);
  }
  blur(picture, size * draw(rng, 0.006, 0.05));
}

void add_lamps(Rng& rng, cv::Mat& picture) {
  const auto size = static_cast<float>(picture.cols);
  const float radius = size * draw(rng, 0.02, 0.07);
  cv::Mat lamps(picture.size(), CV_32FC3, cv::Scalar::all(0));
  for (int64_t i = rng.integer(5, 25); i > 0; --i) {
    const float bright = draw(rng, 0.3, 1.5);
    const cv::Vec3f colour = muted(rng) * bright;
    const float down = draw(rng, 0, 0.8), across = draw(rng, 0, 1);
    const cv::Point at(static_cast<int>(across * size), static_cast<int>(down * size));
    const cv::Rect box = cv::Rect(at.x - static_cast<int>(radius * 1.5f), at.y - static_cast<int>(radius * 1.5f),
                                  static_cast<int>(radius * 3), static_cast<int>(radius * 3)) &
                         cv::Rect({}, picture.size());
    if (box.empty()) continue;
    for (int y = box.y; y < box.br().y; ++y) {
      for (int x = box.x; x < box.br().x; ++x) {
        const float distance = std::hypot(static_cast<float>(x - at.x), static_cast<float>(y - at.y)) / radius;
        lamps.at<cv::Vec3f>(y, x) += colour * (smooth_step(1.05f, 0.9f, distance) * (0.7f + 0.3f * distance));
      }
    }
  }
  picture += lamps;
}

void add_texture(Rng& rng, cv::Mat& picture) {
  const uint32_t seed = rng.bits();
  const float scale = draw(rng, 4, 40), strength = draw(rng, 0.1, 0.6), stretch = draw(rng, 0.3, 3);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const float u = static_cast<float>(x) / static_cast<float>(picture.cols),
                  v = static_cast<float>(y) / static_cast<float>(picture.cols);
      picture.at<cv::Vec3f>(y, x) *= std::max(0.05f, 1 + strength * fbm(u * scale, v * scale * stretch, seed, 4, 0.6f));
    }
  }
  blur(picture, std::max(0.3f, static_cast<float>(picture.cols) * draw(rng, 0.001, 0.01)));
}

}  // namespace

cv::Mat draw_background(const Rng& stream, int size) {
  Rng rng = stream.fork("background");
  cv::Mat picture = gradient(rng, size);
  const double kind = rng.uniform();
  if (kind > 0.2 && kind < 0.75) add_clutter(rng, picture);
  if (kind > 0.6 && kind < 0.75) add_lamps(rng, picture);
  if (kind > 0.7) add_texture(rng, picture);
  return picture;
}

}  // namespace facemat
