#include "src/runtime/matter.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr int kSmallestSide = 16;

// The size the model is shown, before padding.
cv::Size working_size(cv::Size frame, cv::Size fixed, int max_side) {
  if (!fixed.empty()) return fixed;
  const int longest = std::max(frame.width, frame.height);
  if (max_side <= 0 || longest <= max_side) return frame;
  const double scale = static_cast<double>(max_side) / longest;
  const auto side = [&](int pixels) { return std::max(kSmallestSide, static_cast<int>(std::lround(pixels * scale))); };
  return {side(frame.width), side(frame.height)};
}

int rounded_up(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

cv::Mat padded(const cv::Mat& image, int multiple) {
  const int right = rounded_up(image.cols, multiple) - image.cols, bottom = rounded_up(image.rows, multiple) - image.rows;
  if (right == 0 && bottom == 0) return image;
  cv::Mat out;
  cv::copyMakeBorder(image, out, 0, bottom, 0, right, cv::BORDER_REPLICATE);
  return out;
}

// CV_8UC3 BGR [H,W] -> CV_32F [1,3,H,W] in the order and range of the contract.
cv::Mat to_planes(const cv::Mat& image, const ModelContract& contract) {
  const int shape[] = {1, 3, image.rows, image.cols};
  cv::Mat planes(4, shape, CV_32F);
  const double scale = (contract.range_high - contract.range_low) / 255;
  for (int channel = 0; channel < 3; ++channel) {
    cv::Mat plane, target(image.size(), CV_32FC1, planes.ptr<float>(0, channel));
    cv::extractChannel(image, plane, contract.colour_order == "rgb" ? 2 - channel : channel);
    plane.convertTo(target, CV_32F, scale, contract.range_low);
  }
  return planes;
}

cv::Mat clamped(const cv::Mat& alpha) {
  cv::Mat out;
  cv::min(cv::max(alpha, 0.f), 1.f, out);
  return out;
}

}  // namespace

Matter::Matter(const fs::path& model, const MatterOptions& options) : session_(model, {options.threads}), options_(options) {
  require(options.max_side == 0 || options.max_side >= kSmallestSide, "max_side is {} (allowed: 0 or at least {})",
          options.max_side, kSmallestSide);
  if (options.max_side == 0 && options.as_trained) options_.max_side = contract().train_size;
}

Matte Matter::predict(const cv::Mat& frame) {
  require(frame.type() == CV_8UC3, "a frame must be BGR with 8 bits a channel");
  require(frame.cols >= kSmallestSide && frame.rows >= kSmallestSide, "a frame of {}x{} is too small (allowed: from {}x{})",
          frame.cols, frame.rows, kSmallestSide, kSmallestSide);
  if (frame.size() != clip_size_) reset();
  clip_size_ = frame.size();

  const cv::Size size = working_size(frame.size(), session_.fixed_size(), options_.max_side);
  const cv::Mat seen = padded(size == frame.size() ? frame : resize(frame, size), contract().size_multiple);
  const Session::Answer answer = session_.run(to_planes(seen, contract()));
  require(cv::checkRange(answer.alpha), "the model's alpha holds numbers that are not finite");

  const cv::Rect shown({}, size);
  Matte matte;
  matte.alpha = resize(clamped(answer.alpha(shown)), frame.size());
  if (contract().polarity == "occluder") cv::subtract(1.0, matte.alpha, matte.alpha);
  if (!answer.uncertainty.empty()) matte.uncertainty = resize(answer.uncertainty(shown), frame.size());
  return matte;
}

void Matter::reset() {
  session_.reset();
  clip_size_ = {};
}

}  // namespace facemat
