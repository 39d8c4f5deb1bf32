#include "src/model/blocks/patch_refiner.h"

#include <vector>

#include "src/core/config.h"
#include "src/model/operators/patches.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr int64_t kFine = 6, kOut = 4;  // frame and background; alpha and foreground residual
constexpr int64_t kPatch = 4;           // pixels
// Around a patch at half and at full size: the convolutions at full size take two pixels from either side, those at half size
// two more, of which each is two of the full size.
constexpr int64_t kAroundHalf = 3, kAroundFull = 2;

nn::Conv2d unpadded(int64_t in, int64_t out, bool bias = false) { return nn::Conv2d(nn::Conv2dOptions(in, out, 3).bias(bias)); }

torch::Tensor doubled(const torch::Tensor& x) {
  namespace F = torch::nn::functional;
  return F::interpolate(
      x,
      F::InterpolateFuncOptions().scale_factor(std::vector<double>{2, 2}).mode(torch::kNearest).recompute_scale_factor(false));
}

torch::Tensor with_border(const torch::Tensor& x, int64_t width) {
  return torch::constant_pad_nd(x, {width, width, width, width});
}

}  // namespace

void fields(FieldVisitor& visit, PatchSettings& s) {
  visit("scale", s.scale, "the coarse network works at this share of the frame's size", {0.125, 1});
  visit("refine", s.refine, "what is refined: none, sampling, thresholding or full",
        {"none", "sampling", "thresholding", "full"});
  visit("share", s.share, "sampling: share of the patches, those with the largest expected errors", {0, 1});
  visit("threshold", s.threshold, "thresholding: expected error of alpha above which a patch is refined", {0, 1});
}

PatchRefinerImpl::PatchRefinerImpl(int64_t hidden)
    : conv1_(register_module("conv1", unpadded(hidden + kOut + kFine, 24))),
      conv2_(register_module("conv2", unpadded(24, 16))),
      conv3_(register_module("conv3", unpadded(16 + kFine, 12))),
      conv4_(register_module("conv4", unpadded(12, kOut, true))),
      bn1_(register_module("bn1", Norm(24, Activation::kRelu))),
      bn2_(register_module("bn2", Norm(16, Activation::kRelu))),
      bn3_(register_module("bn3", Norm(12, Activation::kRelu))) {}

torch::Tensor PatchRefinerImpl::at_half(const torch::Tensor& x) { return bn2_(conv2_(bn1_(conv1_(x)))); }

torch::Tensor PatchRefinerImpl::at_full(const torch::Tensor& x, const torch::Tensor& fine) {
  return conv4_(bn3_(conv3_(torch::cat({doubled(x), fine}, 1))));
}

torch::Tensor PatchRefinerImpl::forward(const torch::Tensor& fine, const torch::Tensor& coarse, const torch::Tensor& enlarged,
                                        const torch::Tensor& error, const PatchSettings& settings) {
  if (settings.refine == "none") return enlarged;
  const auto half_fine = resize_by(fine, 0.5);
  const auto half = torch::cat({resize_like(coarse, half_fine), half_fine}, 1);
  if (settings.refine == "full") return at_full(at_half(with_border(half, kAroundHalf)), with_border(fine, kAroundFull));
  const auto cells =
      settings.refine == "sampling" ? largest_cells(error, settings.share) : cells_above(error, settings.threshold);
  const auto around = patches_at(half, cells, kPatch / 2, kAroundHalf);
  return with_patches(enlarged, at_full(at_half(around), patches_at(fine, cells, kPatch, kAroundFull)), cells, kPatch);
}

}  // namespace facemat
