#include "src/runtime/predictors/augment.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr int kSmallestSide = 16;  // a Predictor takes no less

cv::Size scaled(cv::Size size, double scale) {
  const auto side = [&](int pixels) { return std::max(kSmallestSide, static_cast<int>(std::lround(pixels * scale))); };
  return {side(size.width), side(size.height)};
}

// What `inner` makes of `frame` at another size, back at the frame's own.
Matte predict_at(Predictor& inner, const cv::Mat& frame, const FrameGuides& guides, cv::Size size) {
  if (size == frame.size()) return inner.predict_given(frame, guides);
  Matte matte = inner.predict_given(resize(frame, size), resized(guides, size));
  matte.alpha = resize(matte.alpha, frame.size());
  if (!matte.uncertainty.empty()) matte.uncertainty = resize(matte.uncertainty, frame.size());
  return matte;
}

cv::Mat mirrored(const cv::Mat& image) {
  cv::Mat out;
  if (!image.empty()) cv::flip(image, out, 1);
  return out;
}

class Augmented : public Predictor {
 public:
  Augmented(const MakePredictor& make, const AugmentConfig& config) {
    for (const double scale : config.scales)
      for (int flip = 0; flip <= (config.flip ? 1 : 0); ++flip) variants_.push_back({scale, flip == 1, make()});
  }

  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }

  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override {
    cv::Mat alphas, variances;
    size_t judged = 0;
    for (const Variant& variant : variants_) {
      const Matte matte = predicted(variant, frame, guides);
      add(matte.alpha, alphas);
      if (matte.uncertainty.empty()) continue;
      add(matte.uncertainty.mul(matte.uncertainty), variances);
      ++judged;
    }
    const double count = static_cast<double>(variants_.size());
    Matte out;
    out.alpha = alphas / count;
    if (judged == variants_.size()) cv::sqrt(variances / count, out.uncertainty);
    return out;
  }

  GuideWishes wishes() const override { return variants_.front().inner->wishes(); }
  bool remembers() const override { return variants_.front().inner->remembers(); }

  void skip() override {
    for (const Variant& variant : variants_) variant.inner->skip();
  }

  void reset() override {
    for (const Variant& variant : variants_) variant.inner->reset();
  }

 private:
  struct Variant {
    double scale = 1;
    bool flip = false;
    std::unique_ptr<Predictor> inner;
  };

  static Matte predicted(const Variant& variant, const cv::Mat& frame, const FrameGuides& guides) {
    const cv::Size size = scaled(frame.size(), variant.scale);
    if (!variant.flip) return predict_at(*variant.inner, frame, guides, size);
    const Matte matte = predict_at(*variant.inner, mirrored(frame), mirrored(guides), size);
    return {mirrored(matte.alpha), mirrored(matte.uncertainty)};
  }

  static void add(const cv::Mat& values, cv::Mat& sum) {
    if (sum.empty()) sum = cv::Mat::zeros(values.size(), values.type());
    sum += values;
  }

  std::vector<Variant> variants_;
};

class AtWorkingSize : public Predictor {
 public:
  AtWorkingSize(std::unique_ptr<Predictor> inner, const WorkingSize& size) : inner_(std::move(inner)), size_(size) {}
  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }
  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override {
    return predict_at(*inner_, frame, guides, size_for(frame.size()));
  }
  GuideWishes wishes() const override { return inner_->wishes(); }
  bool remembers() const override { return inner_->remembers(); }
  void skip() override { inner_->skip(); }
  void reset() override { inner_->reset(); }

 private:
  cv::Size size_for(cv::Size frame) const {
    if (size_.width > 0) return {size_.width, size_.height};
    const int longest = std::max(frame.width, frame.height);
    return size_.max_side == 0 || longest <= size_.max_side ? frame : scaled(frame, 1.0 * size_.max_side / longest);
  }

  std::unique_ptr<Predictor> inner_;
  WorkingSize size_;
};

}  // namespace

void fields(FieldVisitor& visit, AugmentConfig& config) {
  visit("flip", config.flip, "each scale also mirrored");
  visit("scales", config.scales, "of the frame, the mattes are averaged", {0.1, 4});
}

void fields(FieldVisitor& visit, WorkingSize& size) {
  visit("width", size.width, "pixels the source sees; 0: as max_side says", {0, 8192});
  visit("height", size.height, "likewise", {0, 8192});
  visit("max_side", size.max_side, "longest side the source sees; 0: no limit", {0, 8192});
}

std::unique_ptr<Predictor> augmented(const MakePredictor& make, const AugmentConfig& config) {
  require(!config.scales.empty(), "augment.scales is empty (allowed: at least one)");
  for (const double scale : config.scales)
    require(scale >= 0.1 && scale <= 4, "augment.scales holds {} (allowed: 0.1 to 4)", scale);
  return std::make_unique<Augmented>(make, config);
}

std::unique_ptr<Predictor> at_working_size(std::unique_ptr<Predictor> inner, const WorkingSize& size) {
  for (const int side : {size.width, size.height, size.max_side})
    require(side == 0 || side >= kSmallestSide, "a working size of {} (allowed: 0 or at least {})", side, kSmallestSide);
  require((size.width == 0) == (size.height == 0), "a working width of {} and height of {} (allowed: both or none)", size.width,
          size.height);
  require(size.width == 0 || size.max_side == 0, "a working size has width and height or max_side, not both");
  return std::make_unique<AtWorkingSize>(std::move(inner), size);
}

}  // namespace facemat
