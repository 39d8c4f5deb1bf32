#include "train/losses/terms/composition.h"

namespace facemat {

torch::Tensor composition_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& clean,
                               const torch::Tensor& occluder, const Average& average) {
  const auto colour = occluder.narrow(2, 0, 3), opacity = occluder.narrow(2, 3, 1);
  const auto region = (opacity > 0) & ((target > 0) | (opacity >= 1));
  const auto contrast = (region * (clean - colour).abs()).sum(2, /*keepdim=*/true);
  return average.in_region((alpha - target).abs() * contrast, 3 * region);
}

torch::Tensor background_behind(const torch::Tensor& alpha, const torch::Tensor& clean, const torch::Tensor& occluder) {
  constexpr double kNothing = 1e-3;  // less than 8 bits can show
  const auto colour = occluder.narrow(2, 0, 3), opacity = occluder.narrow(2, 3, 1);
  const auto rest = (1 - opacity - alpha).clamp_min(0), share = opacity + rest;
  const auto known = (share > kNothing).to(share.scalar_type());
  const auto background = known * (opacity * colour + rest * clean) / share.clamp_min(kNothing);
  return torch::cat({background, known}, 2);
}

torch::Tensor covered_background(const torch::Tensor& alpha, const torch::Tensor& background, const torch::Tensor& occluder) {
  const auto seen = background_behind(alpha, background, occluder);
  const auto known = seen.narrow(2, 3, 1);
  return torch::cat({known * seen.narrow(2, 0, 3) + (1 - known) * background, torch::ones_like(known)}, 2);
}

torch::Tensor composition_unknown_loss(const torch::Tensor& alpha, const torch::Tensor& target,
                                       const torch::Tensor& true_foreground, const torch::Tensor& true_background,
                                       const torch::Tensor& unknown, double epsilon, const Average& average) {
  const auto region = unknown * true_background.narrow(2, 3, 1);
  const auto contrast = true_foreground - true_background.narrow(2, 0, 3);
  const auto error = (((alpha - target) * contrast).square() + epsilon * epsilon).sqrt();
  return average.in_region(region * error, 3 * region);
}

torch::Tensor composition_predicted_loss(const torch::Tensor& frames, const torch::Tensor& alpha,
                                         const torch::Tensor& foreground, const torch::Tensor& background) {
  constexpr double kHardlyCovered = 0.95;
  const auto colour = torch::where(alpha > kHardlyCovered, frames, foreground);
  return (frames - alpha * colour - (1 - alpha) * background).abs().mean();
}

}  // namespace facemat
