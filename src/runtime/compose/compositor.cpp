#include "src/runtime/compose/compositor.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <vector>

#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/runtime/compose/blend_rows.h"
#include "src/runtime/compose/layers.h"
#include "src/runtime/compose/light.h"
#include "src/runtime/compose/multilevel.h"

namespace facemat {
namespace {

constexpr int kMostErode = 256;
constexpr double kMostFeather = 256;

void check_options(const CompositeOptions& o) {
  require(o.mode == "standard" || o.mode == "uncertainty" || o.mode == "recompose",
          "mode is '{}' (allowed: standard, uncertainty, recompose)", o.mode);
  require(o.layers == "faces" || o.layers == "multilevel", "layers is '{}' (allowed: faces, multilevel)", o.layers);
  require(o.uncertain_toward == "target" || o.uncertain_toward == "swap", "uncertain_toward is '{}' (allowed: target, swap)",
          o.uncertain_toward);
  const auto check = [](const char* name, double value, double low, double high) {
    require(value >= low && value <= high, "{} is {} (allowed: {}..{})", name, value, low, high);
  };
  check("opacity", o.opacity, 0, 1);
  check("uncertainty_strength", o.uncertainty_strength, 0, 1);
  check("threshold", o.threshold, 0, 1);
  check("erode", o.erode, -kMostErode, kMostErode);
  check("feather", o.feather, 0, kMostFeather);
}

void check_map(const cv::Mat& map, const char* name, cv::Size size) {
  require(map.type() == CV_32FC1, "{} must be a float map with one channel", name);
  require(map.size() == size, "{} is {}x{}, the target {}x{} (both must have one size)", name, map.cols, map.rows, size.width,
          size.height);
}

void check_pictures(const cv::Mat& target, const cv::Mat& swap) {
  const auto good = [](int type) { return type == CV_8UC3 || type == CV_16UC3 || type == CV_32FC3; };
  require(good(target.type()) && good(swap.type()), "target and swap must be BGR with 8 bits, 16 bits or floats a channel");
  require(target.type() == swap.type(), "target and swap must have one depth");
  require(swap.size() == target.size(), "the swap is {}x{}, the target {}x{} (both must have one size)", swap.cols, swap.rows,
          target.cols, target.rows);
}

// A disc, as the border of a face has no direction.
cv::Mat eroded(const cv::Mat& alpha, int pixels) {
  const int side = 2 * std::abs(pixels) + 1;
  const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side});
  cv::Mat out;
  pixels > 0 ? cv::erode(alpha, out, disc) : cv::dilate(alpha, out, disc);
  return out;
}

// Both directions of the header: alpha moves by strength u of its way to 0 or to 1.
cv::Mat moved_by_uncertainty(const cv::Mat& alpha, const cv::Mat& uncertainty, double strength, bool to_swap) {
  cv::Mat out(alpha.size(), CV_32FC1);
  const float end = to_swap ? 1.f : 0.f, share = static_cast<float>(strength);
  for (int y = 0; y < alpha.rows; ++y) {
    const float *a = alpha.ptr<float>(y), *u = uncertainty.ptr<float>(y);
    float* o = out.ptr<float>(y);
    for (int x = 0; x < alpha.cols; ++x) o[x] = a[x] + share * std::clamp(u[x], 0.f, 1.f) * (end - a[x]);
  }
  return out;
}

cv::Mat shaped(const cv::Mat& alpha, const CompositeOptions& o) {
  cv::Mat out = alpha;
  if (o.threshold > 0) out = to_float(alpha >= o.threshold);
  if (o.erode != 0) out = eroded(out, o.erode);
  if (o.feather > 0) {
    cv::Mat soft;
    cv::GaussianBlur(out, soft, {}, o.feather, o.feather, cv::BORDER_REPLICATE);
    out = soft;
  }
  return out;
}

struct Run {
  int first = 0, width = 0;
};

// The pixels of a row for which the matting equation on encoded values is not all.
std::vector<Run> soft_runs(const float* alpha, const float* weight, const CompositeOptions& o, std::vector<uint8_t>& marks) {
  const bool layers = o.mode == "recompose" || o.decontaminate;
  mark_soft(alpha, weight, static_cast<int>(marks.size()), layers, o.linear_light, marks.data());
  std::vector<Run> runs;
  const auto next = [&](uint8_t mark, auto from) { return std::find(from, marks.end(), mark); };
  for (auto first = next(1, marks.begin()); first != marks.end();) {
    const auto last = next(0, first);
    runs.push_back({static_cast<int>(first - marks.begin()), static_cast<int>(last - first)});
    first = next(1, last);
  }
  return runs;
}

// The layers of a picture round its soft pixels.
class LocalLayers {
 public:
  LocalLayers(const cv::Mat& picture, const cv::Mat& alpha, cv::Rect box, bool linear, bool multilevel) : box_(box) {
    Planes planes;
    for (cv::Mat& plane : planes) plane.create(box.size(), CV_32FC1);
    for (int y = 0; y < box.height; ++y)
      read_pixels(picture, box.y + y, box.x, box.width, linear,
                  {planes[0].ptr<float>(y), planes[1].ptr<float>(y), planes[2].ptr<float>(y)});
    layers_ = multilevel ? multilevel_layers(planes, alpha(box)) : estimate_layers(planes, alpha(box));
  }
  LayerPair at(int y, int x, int c) const {
    return {layers_.face[c].ptr<float>(y - box_.y, x - box_.x), layers_.occluder[c].ptr<float>(y - box_.y, x - box_.x)};
  }

 private:
  cv::Rect box_;
  SeparatedLayers layers_;
};

// Overwrites the soft pixels of a standard blend.
class SoftBlend {
 public:
  SoftBlend(const cv::Mat& target, const cv::Mat& swap, const cv::Mat& alpha, const cv::Mat& weights,
            const CompositeOptions& options)
      : target_(target),
        swap_(swap),
        alpha_(alpha),
        weights_(weights),
        linear_(options.linear_light),
        recompose_(options.mode == "recompose"),
        multilevel_(options.layers == "multilevel"),
        buffer_(static_cast<size_t>(kBuffers) * target.cols) {}

  void estimate(cv::Rect box, bool decontaminate) {
    if (recompose_) target_layers_.emplace(target_, alpha_, box, linear_, multilevel_);
    if (decontaminate) swap_layers_.emplace(swap_, alpha_, box, linear_, multilevel_);
  }

  void blend(int y, const Run& run, cv::Mat& out) {
    const float *alpha = alpha_.ptr<float>(y, run.first), *weight = weights_.ptr<float>(y, run.first);
    read_pixels(target_, y, run.first, run.width, linear_, {buffer(0), buffer(1), buffer(2)});
    read_pixels(swap_, y, run.first, run.width, linear_, {buffer(3), buffer(4), buffer(5)});
    float *share = buffer(6), *layer = buffer(7);
    if (recompose_) occluder_share(alpha, weight, run.width, share);
    if (!recompose_) std::fill_n(share, run.width, 0.f);
    for (int c = 0; c < 3; ++c) {
      float *target = buffer(c), *swap = buffer(3 + c);
      if (swap_layers_) explain_face(swap_layers_->at(y, run.first, c), alpha, swap, run.width, swap);
      if (target_layers_) explain_occluder(target_layers_->at(y, run.first, c), alpha, target, run.width, layer);
      blend_layers(swap, target_layers_ ? layer : target, target, weight, share, run.width, target);
    }
    write_pixels({buffer(0), buffer(1), buffer(2)}, run.width, linear_, y, run.first, out);
  }

 private:
  static constexpr int kBuffers = 8;  // target, swap, share, layer
  float* buffer(int i) { return buffer_.data() + static_cast<size_t>(i) * target_.cols; }

  const cv::Mat &target_, &swap_, &alpha_, &weights_;
  bool linear_, recompose_, multilevel_;
  std::optional<LocalLayers> target_layers_, swap_layers_;
  std::vector<float> buffer_;
};

// The layers look this far round what is soft: there the face and the occluder show themselves.
constexpr int kSurroundings = 16;

void blend_soft(const cv::Mat& target, const cv::Mat& swap, const cv::Mat& alpha, const cv::Mat& weights,
                const CompositeOptions& options, cv::Mat& out) {
  if (options.mode != "recompose" && !options.decontaminate && !options.linear_light) return;
  std::vector<std::vector<Run>> rows(target.rows);
  std::vector<uint8_t> marks(target.cols);
  cv::Rect box;
  for (int y = 0; y < target.rows; ++y) {
    rows[y] = soft_runs(alpha.ptr<float>(y), weights.ptr<float>(y), options, marks);
    if (rows[y].empty()) continue;
    const Run last = rows[y].back();
    box |= cv::Rect(rows[y].front().first, y, last.first + last.width - rows[y].front().first, 1);
  }
  if (box.empty()) return;
  box = (box + cv::Size(2 * kSurroundings, 2 * kSurroundings) - cv::Point(kSurroundings, kSurroundings)) &
        cv::Rect({0, 0}, target.size());
  SoftBlend blend(target, swap, alpha, weights, options);
  blend.estimate(box, options.decontaminate);
  for (int y = 0; y < target.rows; ++y)
    for (const Run& run : rows[y]) blend.blend(y, run, out);
}

template <typename Value>
void blend_rows(const cv::Mat& target, const cv::Mat& swap, const cv::Mat& weights, cv::Mat& out) {
  for (int y = 0; y < target.rows; ++y)
    blend_row(swap.ptr<Value>(y), target.ptr<Value>(y), weights.ptr<float>(y), target.cols, out.ptr<Value>(y));
}

cv::Mat blend_all(const cv::Mat& target, const cv::Mat& swap, const cv::Mat& weights) {
  cv::Mat out(target.size(), target.type());
  if (target.depth() == CV_8U) blend_rows<uint8_t>(target, swap, weights, out);
  if (target.depth() == CV_16U) blend_rows<uint16_t>(target, swap, weights, out);
  if (target.depth() == CV_32F) blend_rows<float>(target, swap, weights, out);
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, CompositeOptions& o) {
  visit("mode", o.mode,
        "standard: the matting equation; uncertainty: moved where the model is unsure; recompose: the old face "
        "does not shine through what covers it",
        {"standard", "uncertainty", "recompose"});
  visit("layers", o.layers, "how recompose and decontaminate tell the face from what covers it; multilevel: as published",
        {"faces", "multilevel"});
  visit("opacity", o.opacity, "of swap or effect; 1 hides the old face", {0, 1});
  visit("uncertain_toward", o.uncertain_toward,
        "where unsure pixels go in mode uncertainty: target (safe) or swap (as published)", {"target", "swap"});
  visit("uncertainty_strength", o.uncertainty_strength, "how far they go", {0, 1});
  visit("linear_light", o.linear_light, "blend amounts of light instead of encoded values");
  visit("decontaminate", o.decontaminate, "the swap was made of the target, occluder and all: take only its face");
  visit("threshold", o.threshold, "alpha at or above becomes 1, below 0; 0: off", {0, 1});
  visit("erode", o.erode, "pixels taken from the border of the face; negative: added", {-kMostErode, kMostErode});
  visit("feather", o.feather, "softens the matte: sigma of a Gaussian in pixels; 0: off", {0, kMostFeather});
}

cv::Mat swap_weights(const Matte& matte, const CompositeOptions& options, const cv::Mat& region) {
  check_options(options);
  check_map(matte.alpha, "alpha", matte.alpha.size());
  cv::Mat weights = shaped(matte.alpha, options);
  if (options.mode == "uncertainty") {
    require(!matte.uncertainty.empty(), "mode 'uncertainty' needs the model's uncertainty, and this matte has none");
    check_map(matte.uncertainty, "the uncertainty", matte.alpha.size());
    weights =
        moved_by_uncertainty(weights, matte.uncertainty, options.uncertainty_strength, options.uncertain_toward == "swap");
  }
  // New maps each: assigning the expression itself would write into the caller's alpha.
  if (options.opacity < 1) weights = cv::Mat(weights * options.opacity);
  if (!region.empty()) {
    check_map(region, "the region", matte.alpha.size());
    weights = cv::Mat(weights.mul(region));
  }
  return weights;
}

cv::Mat composite(const cv::Mat& target, const cv::Mat& swap, const Matte& matte, const CompositeOptions& options,
                  const cv::Mat& region) {
  check_pictures(target, swap);
  check_map(matte.alpha, "alpha", target.size());
  const cv::Mat weights = swap_weights(matte, options, region);
  cv::Mat out = blend_all(target, swap, weights);
  blend_soft(target, swap, matte.alpha, weights, options, out);
  return out;
}

cv::Mat composite(const cv::Mat& target, const cv::Mat& swap, const cv::Mat& alpha, const CompositeOptions& options,
                  const cv::Mat& region) {
  return composite(target, swap, Matte{alpha, {}}, options, region);
}

}  // namespace facemat
