#include "train/losses/terms/colours.h"

#include "train/losses/terms/laplacian.h"

namespace facemat {
namespace {

// What is asked of the background: its error where it is known, else 0.
torch::Tensor background_error(const torch::Tensor& background, const torch::Tensor& true_background) {
  return true_background.narrow(2, 3, 1) * (background - true_background.narrow(2, 0, 3));
}

}  // namespace

torch::Tensor colours_l1_loss(const torch::Tensor& foreground, const torch::Tensor& background,
                              const torch::Tensor& true_foreground, const torch::Tensor& true_background,
                              const Average& average) {
  const auto known = true_background.narrow(2, 3, 1);
  return average.of((foreground - true_foreground).abs()) +
         average.in_region(background_error(background, true_background).abs(), 3 * known);
}

torch::Tensor colours_laplacian_loss(const torch::Tensor& foreground, const torch::Tensor& background,
                                     const torch::Tensor& true_foreground, const torch::Tensor& true_background, int levels,
                                     const Average& average) {
  const auto error = background_error(background, true_background);
  return laplacian_loss(foreground, true_foreground, levels, average) +
         laplacian_loss(error, torch::zeros_like(error), levels, average);
}

torch::Tensor colours_composition_loss(const torch::Tensor& foreground, const torch::Tensor& background,
                                       const torch::Tensor& true_foreground, const torch::Tensor& true_background,
                                       const torch::Tensor& target, const Average& average) {
  const auto error = target * (foreground - true_foreground) + (1 - target) * background_error(background, true_background);
  return average.of(error.abs());
}

torch::Tensor exclusion_loss(const torch::Tensor& foreground, const torch::Tensor& background) {
  const auto shared = [&](int dim) { return (foreground.diff(1, dim).abs() * background.diff(1, dim).abs()).mean(); };
  return shared(-1) + shared(-2);
}

}  // namespace facemat
