#include "train/losses/gradient.h"

namespace facemat {

torch::Tensor gradient_loss(const torch::Tensor& alpha, const torch::Tensor& target) {
  namespace F = torch::nn::functional;
  const auto across = torch::tensor({{-1., 0., 1.}, {-2., 0., 2.}, {-1., 0., 1.}}, alpha.options().requires_grad(false)) / 8;
  const auto kernels = torch::stack({across, across.t()}).unsqueeze(1);  // [2,1,3,3]
  const auto difference = (alpha - target).flatten(0, 1);                // [B T,1,H,W]; gradients are linear
  const auto padded = F::pad(difference, F::PadFuncOptions({1, 1, 1, 1}).mode(torch::kReplicate));
  return 2 * F::conv2d(padded, kernels).abs().mean();  // the mean over both directions, twice: their sum
}

}  // namespace facemat
