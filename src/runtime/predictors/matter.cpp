#include "src/runtime/predictors/matter.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/transform.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

constexpr int kSmallestSide = 16;

cv::Size scaled(cv::Size frame, double scale) {
  const auto side = [&](int pixels) { return std::max(kSmallestSide, static_cast<int>(std::lround(pixels * scale))); };
  return {side(frame.width), side(frame.height)};
}

// The largest size with the proportions of `frame` inside `box`.
cv::Size fitted(cv::Size frame, cv::Size box) {
  const double scale = std::min(1.0 * box.width / frame.width, 1.0 * box.height / frame.height);
  const auto side = [&](int pixels, int most) { return std::clamp(static_cast<int>(std::lround(pixels * scale)), 1, most); };
  return {side(frame.width, box.width), side(frame.height, box.height)};
}

int rounded_up(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

cv::Mat padded(const cv::Mat& image, cv::Size size) {
  if (image.size() == size) return image;
  cv::Mat out;
  cv::copyMakeBorder(image, out, 0, size.height - image.rows, 0, size.width - image.cols, cv::BORDER_REPLICATE);
  return out;
}

cv::Mat empty_planes(int channels, cv::Size size) {
  const int shape[] = {1, channels, size.height, size.width};
  return cv::Mat(4, shape, CV_32F);
}

// CV_8UC3 BGR [H,W] -> CV_32F [1,3,H,W] in the order and range of the contract.
cv::Mat to_planes(const cv::Mat& image, const ModelContract& contract) {
  cv::Mat planes = empty_planes(3, image.size());
  const double scale = (contract.range_high - contract.range_low) / 255;
  for (int channel = 0; channel < 3; ++channel) {
    cv::Mat plane, target(image.size(), CV_32FC1, planes.ptr<float>(0, channel));
    cv::extractChannel(image, plane, contract.colour_order == "rgb" ? 2 - channel : channel);
    plane.convertTo(target, CV_32F, scale, contract.range_low);
  }
  return planes;
}

// A trimap (CV_8UC1) or a share (CV_32FC1) [H,W] -> CV_32F [1,1,H,W]; 1 where the model's alpha is.
cv::Mat to_plane(const cv::Mat& guide, const ModelContract& contract) {
  cv::Mat planes = empty_planes(1, guide.size()), plane(guide.size(), CV_32FC1, planes.ptr<float>(0, 0));
  guide.convertTo(plane, CV_32F, guide.depth() == CV_8U ? 1. / 255 : 1);
  if (guide.depth() == CV_8U) plane.setTo(0.5, guide == kUnknown);
  if (contract.polarity == "occluder") cv::subtract(1.0, plane, plane);
  return planes;
}

cv::Mat clamped(const cv::Mat& alpha) {
  cv::Mat out;
  cv::min(cv::max(alpha, 0.f), 1.f, out);
  return out;
}

}  // namespace

double automatic_ratio(cv::Size image) {
  constexpr double kLongestSide = 512;
  return std::min(1.0, kLongestSide / std::max({image.width, image.height, 1}));
}

Matter::Matter(const fs::path& model, const MatterOptions& options)
    : Matter(std::make_shared<const Model>(
                 model, SessionOptions{options.threads, options.provider, options.device, options.optimisation}),
             options) {}

Matter::Matter(std::shared_ptr<const Model> model, const MatterOptions& options)
    : session_(std::move(model)), options_(options) {
  require(options.max_side == 0 || options.max_side >= kSmallestSide, "max_side is {} (allowed: 0 or at least {})",
          options.max_side, kSmallestSide);
  require(options.ratio >= 0 && options.ratio <= 1, "ratio is {} (allowed: above 0, at most 1; 0: automatic)", options.ratio);
  require(options.ratio == 0 || !contract().ratio_input.empty() || options.ratio == contract().ratio,
          "{}: the model was exported for a ratio of {}, not {}", this->model().where(), contract().ratio, options.ratio);
  if (options.max_side == 0 && options.as_trained) options_.max_side = contract().train_size;
}

// What the model is shown of a frame: the frame scaled to `picture` in the top left corner of `seen`.
struct Matter::View {
  cv::Size picture, seen;
  double ratio;
};

Matter::View Matter::view_of(cv::Size frame) const {
  View view{frame, session_.fixed_size(), contract().ratio};
  const int longest = std::max(frame.width, frame.height), multiple = contract().size_multiple;
  if (!view.seen.empty()) {
    view.picture = options_.stretch ? view.seen : fitted(frame, view.seen);
  } else {
    if (options_.max_side > 0 && longest > options_.max_side) view.picture = scaled(frame, 1.0 * options_.max_side / longest);
    view.seen = {rounded_up(view.picture.width, multiple), rounded_up(view.picture.height, multiple)};
  }
  if (options_.ratio > 0)
    view.ratio = options_.ratio;
  else if (!contract().ratio_input.empty() && contract().ratio == 1)
    view.ratio = automatic_ratio(view.picture);
  return view;
}

GuideWishes Matter::wishes() const {
  GuideWishes wishes;
  for (const ModelGuide& guide : contract().guides) find_guide(guide.name).of(wishes) = Wish::kNeeded;
  return wishes;
}

// As the model takes them, those that it needs.
FrameGuides Matter::planes_of(const FrameGuides& guides, const View& view) const {
  return changed(resized(looked_at(guides, wishes()), view.picture), [&](const cv::Mat& guide, const GuideEntry& entry) {
    const cv::Mat seen = padded(guide, view.seen);
    return entry.kind == GuideKind::kColours ? to_planes(seen, contract()) : to_plane(seen, contract());
  });
}

Matte Matter::predict_given(const cv::Mat& frame, const FrameGuides& guides) {
  require(frame.type() == CV_8UC3, "a frame must be BGR with 8 bits a channel");
  require(frame.cols >= kSmallestSide && frame.rows >= kSmallestSide, "a frame of {}x{} is too small (allowed: from {}x{})",
          frame.cols, frame.rows, kSmallestSide, kSmallestSide);
  check_guides(guides, wishes(), frame.size(), model().where());
  if (frame.size() != clip_size_) reset();

  const View view = view_of(frame.size());
  const cv::Mat seen = padded(view.picture == frame.size() ? frame : resize(frame, view.picture), view.seen);
  const Session::Answer answer = session_.run(to_planes(seen, contract()), planes_of(guides, view), view.ratio);
  try {
    if (!cv::checkRange(answer.alpha) || !cv::checkRange(answer.uncertainty)) {
      reset();
      fail("{}: the model answered with numbers that are not finite", model().where());
    }
    Matte matte = matte_of(answer, view, frame.size());
    clip_size_ = frame.size();
    return matte;
  } catch (...) {
    session_.undo();  // the frame has not been
    throw;
  }
}

Matte Matter::matte_of(const Session::Answer& answer, const View& view, cv::Size frame) const {
  const cv::Rect shown({}, view.picture);
  Matte matte;
  matte.alpha = resize(clamped(answer.alpha(shown)), frame);
  if (contract().polarity == "occluder") cv::subtract(1.0, matte.alpha, matte.alpha);
  if (!answer.uncertainty.empty()) matte.uncertainty = resize(answer.uncertainty(shown), frame);
  return matte;
}

void Matter::reset() {
  session_.reset();
  clip_size_ = {};
}

MatterState Matter::state() const {
  MatterState out{contract().network, contract().weights_hash, clip_size_, {}, contract().ratio, {}};
  if (clip_size_.empty()) return out;
  const View view = view_of(clip_size_);
  out.seen = view.seen;
  out.ratio = view.ratio;
  out.states = session_.states();
  return out;
}

void Matter::set_state(const MatterState& state) {
  const ModelContract& c = contract();
  require(state.network == c.network && state.weights_hash == c.weights_hash,
          "{}: the state is of another model ({} {}, this is {} {})", model().where(), state.network, state.weights_hash,
          c.network, c.weights_hash);
  if (state.frame.empty()) return reset();
  require(state.frame.width >= kSmallestSide && state.frame.height >= kSmallestSide, "{}: the state is of frames of {}x{}",
          model().where(), state.frame.width, state.frame.height);
  const View view = view_of(state.frame);
  require(view.seen == state.seen && view.ratio == state.ratio,
          "{}: the state was made at {}x{} and ratio {}, here frames of {}x{} are seen at {}x{} and ratio {}", model().where(),
          state.seen.width, state.seen.height, state.ratio, state.frame.width, state.frame.height, view.seen.width,
          view.seen.height, view.ratio);
  session_.set_states(state.states);
  clip_size_ = state.frame;
}

}  // namespace facemat
