#include "data/augment/given_background.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr double kStatedAt = 512;

int shorter(const cv::Mat& picture) { return std::min(picture.cols, picture.rows); }

// A factor that stays the same over a clip: 1 + value.
Ramp always(double value) { return {value, value}; }

// alpha -> how much darker it is, CV_32FC1.
cv::Mat shade(const cv::Mat& covering, const BackgroundFaults& faults) {
  const int side = shorter(covering);
  const cv::Matx23d shift(1, 0, faults.shadow_x * side, 0, 1, faults.shadow_y * side);
  cv::Mat cast = warp(covering, shift, covering.size(), Outside::kReplicated);
  const int box = static_cast<int>(std::lround(faults.shadow_blur * side));
  if (box > 1) cv::blur(cast, cast, {box, box}, {-1, -1}, cv::BORDER_REPLICATE);
  return cast * faults.shadow;
}

cv::Mat darkened(const cv::Mat& picture, const cv::Mat& by) {
  cv::Mat colours;
  cv::merge(std::vector<cv::Mat>{by, by, by}, colours);
  return to_u8(to_float(picture) - colours);
}

cv::Mat with_gamma(const cv::Mat& picture, double gamma) {
  cv::Mat table(1, 256, CV_8UC1), out;
  for (int i = 0; i < 256; ++i)
    table.at<uint8_t>(i) = cv::saturate_cast<uint8_t>(std::floor(255 * std::pow(i / 255., gamma) + 0.5));
  cv::LUT(picture, table, out);
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, BackgroundGuideConfig& c) {
  visit("noise", c.noise, "probability of noise", {0, 1});
  visit("most_noise", c.most_noise, "its largest standard deviation, of 0..1", {0, 1});
  visit("jitter", c.jitter, "probability of other colours", {0, 1});
  visit("brightness", c.brightness, "largest change of brightness, of 1", {0, 0.9});
  visit("contrast", c.contrast, "largest change of contrast, of 1", {0, 0.9});
  visit("saturation", c.saturation, "largest change of saturation, of 1", {0, 0.9});
  visit("hue", c.hue, "largest change of hue, turns", {0, 0.5});
  visit("gamma", c.gamma, "probability of a gamma (BGM)", {0, 1});
  visit("gamma_deviation", c.gamma_deviation, "standard deviation of that gamma around 1", {0, 1});
  visit("moved", c.moved, "probability that it is turned and moved", {0, 1});
  visit("degrees", c.degrees, "largest turn, degrees", {0, 45});
  visit("shift", c.shift, "largest shift, share of the shorter side", {0, 0.5});
  visit("shadow", c.shadow, "probability of a shadow of the foreground", {0, 1});
  visit("most_shadow", c.most_shadow, "how dark it is at most, of 0..1", {0, 1});
  visit("shadow_shift", c.shadow_shift, "how far it falls at most, share of the shorter side", {0, 1});
  visit("least_shadow_blur", c.least_shadow_blur, "smallest side of its box blur, pixels at 512", {0, 512});
  visit("most_shadow_blur", c.most_shadow_blur, "largest", {0, 512});
}

BackgroundFaults draw_background_faults(Rng rng, const BackgroundGuideConfig& c) {
  BackgroundFaults faults;
  const auto within = [](Rng& r, double most) { return r.uniform(-most, most); };
  require(c.least_shadow_blur <= c.most_shadow_blur, "guides.background: least_shadow_blur {} is more than most_shadow_blur {}",
          c.least_shadow_blur, c.most_shadow_blur);
  if (Rng r = rng.fork("shadow"); r.chance(c.shadow)) {
    faults.shadow = r.uniform(0, c.most_shadow);
    faults.shadow_x = within(r, c.shadow_shift);
    faults.shadow_y = within(r, c.shadow_shift);
    faults.shadow_blur = r.uniform(c.least_shadow_blur, c.most_shadow_blur) / kStatedAt;
  }
  if (Rng r = rng.fork("noise"); r.chance(c.noise)) faults.effects.noise = r.uniform(0, c.most_noise);
  if (Rng r = rng.fork("jitter"); r.chance(c.jitter)) {
    ColourJitter& jitter = faults.effects.jitter;
    jitter.strength = 1;
    jitter.brightness = always(within(r, c.brightness));
    jitter.contrast = always(within(r, c.contrast));
    jitter.saturation = always(within(r, c.saturation));
    jitter.hue = always(within(r, c.hue));
  }
  constexpr double kLeastGamma = 0.2;
  if (Rng r = rng.fork("gamma"); r.chance(c.gamma)) faults.gamma = std::max(kLeastGamma, r.normal(1, c.gamma_deviation));
  if (Rng r = rng.fork("moved"); r.chance(c.moved)) {
    faults.degrees = within(r, c.degrees);
    faults.x = within(r, c.shift);
    faults.y = within(r, c.shift);
  }
  return faults;
}

cv::Mat given_background(const cv::Mat& background, const cv::Mat& covering, const BackgroundFaults& faults, Rng noise) {
  require(background.type() == CV_8UC3, "a background must be 8 bit with 3 channels");
  require(covering.empty() || (covering.type() == CV_32FC1 && covering.size() == background.size()),
          "what covers a background must be one float channel of its size");
  cv::Mat out = background;
  if (faults.shadow > 0 && !covering.empty()) out = darkened(out, shade(covering, faults));
  out = apply_effects(out, faults.effects, /*progress=*/1, noise);
  if (faults.gamma != 1) out = with_gamma(out, faults.gamma);
  if (faults.degrees != 0 || faults.x != 0 || faults.y != 0) {
    const cv::Point2d middle((out.cols - 1) / 2., (out.rows - 1) / 2.);
    const cv::Point2d way(faults.x * shorter(out), faults.y * shorter(out));
    out = warp(out, similarity(middle, 1, faults.degrees, middle + way), out.size(), Outside::kReplicated);
  }
  return out;
}

}  // namespace facemat
