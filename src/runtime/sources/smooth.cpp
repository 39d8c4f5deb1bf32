#include "src/runtime/sources/smooth.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

class Smoothed : public Predictor {
 public:
  Smoothed(std::unique_ptr<Predictor> inner, const SmoothConfig& config) : inner_(std::move(inner)), config_(config) {}

  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }

  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override {
    require(frame.type() == CV_8UC3, "a frame must be BGR with 8 bits a channel");
    Matte next = inner_->predict_given(frame, guides);
    if (picture_.size() != frame.size() || past_.uncertainty.empty() != next.uncertainty.empty()) {
      picture_ = to_float(frame);
      past_ = {next.alpha.clone(), next.uncertainty.clone()};
      return next;
    }
    const cv::Mat gain = gain_of(frame);
    move<uint8_t>(picture_, frame, gain, 1 / 255.f);
    move<float>(past_.alpha, next.alpha, gain, 1);
    if (!next.uncertainty.empty()) move<float>(past_.uncertainty, next.uncertainty, gain, 1);
    return {past_.alpha.clone(), past_.uncertainty.clone(), next.note};
  }

  GuideWishes wishes() const override { return inner_->wishes(); }
  bool remembers() const override { return true; }
  void skip() override { inner_->skip(); }

  void reset() override {
    inner_->reset();
    picture_.release();
    past_ = {};
  }

 private:
  // k for each pixel, CV_32FC1.
  cv::Mat gain_of(const cv::Mat& frame) const {
    cv::Mat change(frame.size(), CV_32FC1);
    for (int y = 0; y < frame.rows; ++y) {
      const uint8_t* now = frame.ptr<uint8_t>(y);
      const float* then = picture_.ptr<float>(y);
      float* out = change.ptr<float>(y);
      for (int x = 0; x < frame.cols; ++x, now += 3, then += 3) {
        float sum = 0;
        for (int c = 0; c < 3; ++c) sum += std::abs(static_cast<float>(now[c]) * (1 / 255.f) - then[c]);
        out[x] = sum * (1 / 3.f);
      }
    }
    const int length = 2 * config_.radius + 1;
    cv::blur(change, change, {length, length}, {-1, -1}, cv::BORDER_REPLICATE);
    const auto moved = static_cast<float>(config_.moved), span = static_cast<float>(config_.moved - config_.rest),
               strength = static_cast<float>(config_.strength);
    for (int y = 0; y < change.rows; ++y) {
      float* row = change.ptr<float>(y);
      for (int x = 0; x < change.cols; ++x) row[x] = 1 - strength * std::clamp((moved - row[x]) / span, 0.f, 1.f);
    }
    return change;
  }

  // past += gain (scale next - past), any number of channels; scale next itself where the gain is 1.
  template <typename Value>
  static void move(cv::Mat& past, const cv::Mat& next, const cv::Mat& gain, float scale) {
    const int channels = past.channels();
    for (int y = 0; y < past.rows; ++y) {
      const float* k = gain.ptr<float>(y);
      const Value* to = next.ptr<Value>(y);
      float* from = past.ptr<float>(y);
      for (int x = 0; x < past.cols; ++x)
        for (int c = 0; c < channels; ++c, ++from, ++to) {
          const float value = static_cast<float>(*to) * scale;
          *from = k[x] >= 1 ? value : *from + k[x] * (value - *from);
        }
    }
  }

  std::unique_ptr<Predictor> inner_;
  SmoothConfig config_;
  cv::Mat picture_;  // F, CV_32FC3
  Matte past_;       // A
};

}  // namespace

void fields(FieldVisitor& visit, SmoothConfig& config) {
  visit("strength", config.strength, "how much of the past stays where the picture rests; 0: off", {0, 0.99});
  visit("rest", config.rest, "change of the picture, 0..1, up to which it rests", {0, 1});
  visit("moved", config.moved, "change from which on nothing of the past stays", {0, 1});
  visit("radius", config.radius, "pixels each way the change is averaged over", {0, 64});
}

std::unique_ptr<Predictor> smoothed(std::unique_ptr<Predictor> inner, const SmoothConfig& config) {
  require(config.strength >= 0 && config.strength < 1, "smooth.strength is {} (allowed: 0 to 0.99)", config.strength);
  require(config.rest < config.moved, "smooth.rest is {} and smooth.moved {} (allowed: rest below moved)", config.rest,
          config.moved);
  if (config.strength == 0) return inner;
  return std::make_unique<Smoothed>(std::move(inner), config);
}

}  // namespace facemat
