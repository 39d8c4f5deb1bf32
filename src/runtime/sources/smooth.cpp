#include "src/runtime/sources/smooth.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

class Smoothed : public Predictor {
 public:
  Smoothed(std::unique_ptr<Predictor> inner, const SmoothConfig& config) : inner_(std::move(inner)), config_(config) {}

  Matte predict(const cv::Mat& frame) override {
    Matte next = inner_->predict(frame);
    const cv::Mat picture = to_float(frame);
    if (picture_.size() != picture.size() || past_.uncertainty.empty() != next.uncertainty.empty()) {
      picture_ = picture.clone();
      past_ = {next.alpha.clone(), next.uncertainty.clone()};
      return next;
    }
    const cv::Mat gain = gain_of(picture);
    move(picture_, picture, gain);
    move(past_.alpha, next.alpha, gain);
    if (!next.uncertainty.empty()) move(past_.uncertainty, next.uncertainty, gain);
    return {past_.alpha.clone(), past_.uncertainty.clone()};
  }

  void reset() override {
    inner_->reset();
    picture_.release();
    past_ = {};
  }

 private:
  // k for each pixel, CV_32FC1.
  cv::Mat gain_of(const cv::Mat& picture) const {
    cv::Mat difference, change;
    cv::absdiff(picture, picture_, difference);
    cv::transform(difference, change, cv::Matx13f(1 / 3.f, 1 / 3.f, 1 / 3.f));
    const int length = 2 * config_.radius + 1;
    cv::blur(change, change, {length, length}, {-1, -1}, cv::BORDER_REPLICATE);
    const cv::Mat share = (config_.moved - change) / (config_.moved - config_.rest);
    return 1 - config_.strength * cv::min(cv::max(share, 0), 1);
  }

  // past += gain (next - past), any number of channels; `next` itself where the gain is 1.
  static void move(cv::Mat& past, const cv::Mat& next, const cv::Mat& gain) {
    const int channels = past.channels();
    for (int y = 0; y < past.rows; ++y) {
      const float *k = gain.ptr<float>(y), *to = next.ptr<float>(y);
      float* from = past.ptr<float>(y);
      for (int x = 0; x < past.cols * channels; ++x) {
        const float share = k[x / channels];
        from[x] = share >= 1 ? to[x] : from[x] + share * (to[x] - from[x]);
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
