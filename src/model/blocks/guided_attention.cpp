#include "src/model/blocks/guided_attention.h"

#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

constexpr double kLeastLength = 1e-4, kLeastWeight = 0.1, kMostWeight = 10, kSelfPenalty = -1e4, kStartScale = 1e-3;
constexpr int64_t kKeySide = 3, kValueSide = 4, kValueStride = 2, kBorder = 1;
constexpr double kOverlap = 4;  // patches of alpha that a place lies in

// The nearest neighbours at half size.
torch::Tensor every_second(const torch::Tensor& x) { return x.slice(2, 0, c10::nullopt, 2).slice(3, 0, c10::nullopt, 2); }

// Patches of a map with a mirrored border: [N,C,h,w] -> [N,C side side,L], L places row by row.
torch::Tensor patches(const torch::Tensor& x, int64_t side, int64_t stride) {
  const auto bordered = torch::reflection_pad2d(x, {kBorder, kBorder, kBorder, kBorder});
  return torch::im2col(bordered, {side, side}, {1, 1}, {0, 0}, {stride, stride});
}

// What the products with a key count, [N,1,L]: by the share of unknown places if its patch touches the unknown, else by that
// share's inverse. unknown [N,1,h,w].
torch::Tensor key_weights(const torch::Tensor& unknown, const torch::Tensor& touches) {
  constexpr double kLeastKnown = 1e-3;  // beyond the reach of the clamp, and no division by 0
  const auto share = unknown.flatten(2).mean(2, /*keepdim=*/true);
  const auto weight = (share / (1 - share).clamp(kLeastKnown)).sqrt().clamp(kLeastWeight, kMostWeight);
  return touches * weight + (1 - touches) / weight;
}

}  // namespace

GuidedAttentionImpl::GuidedAttentionImpl(int64_t channels, int64_t guidance)
    : guidance_conv_(register_module("guidance_conv", nn::Conv2d(nn::Conv2dOptions(guidance, guidance / 2, 1)))),
      back_(register_module("W",
                            nn::Sequential(nn::Conv2d(nn::Conv2dOptions(channels, channels, 1).bias(false)), Norm(channels)))) {
  nn::init::xavier_uniform_(guidance_conv_->weight);
  nn::init::zeros_(guidance_conv_->bias);
  nn::init::xavier_uniform_(back_->ptr<nn::Conv2dImpl>(0)->weight);
  nn::init::constant_(back_->ptr<NormImpl>(1)->named_parameters()["weight"], kStartScale);
}

torch::Tensor GuidedAttentionImpl::forward(const torch::Tensor& given_alpha, const torch::Tensor& given_guidance,
                                           const torch::Tensor& unknown) {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const auto alpha = widened(given_alpha), guidance = widened(given_guidance);
  const auto places = every_second(unknown);
  const auto queries = patches(every_second(guidance_conv_(guidance)), kKeySide, 1);
  const auto length = torch::linalg_vector_norm(queries, 2, torch::IntArrayRef{1}, /*keepdim=*/true).clamp(kLeastLength);
  const auto touches = torch::max_pool2d(places, kKeySide, 1, 1).flatten(2);
  // [N,L,L]: a row for each query, a column for each key.
  const auto score = torch::bmm(queries.transpose(1, 2), queries / length) * key_weights(places, touches);
  const auto attention = torch::softmax(add_to_diagonal(score, touches * kSelfPenalty), 2);
  const auto moved = torch::bmm(patches(alpha, kValueSide, kValueStride), attention.transpose(1, 2));
  const auto sum = fold_like(moved, places, kValueSide, kValueStride, kBorder) / kOverlap;
  return back_->forward(laid_out_as(sum, alpha)) + alpha;
}

}  // namespace facemat
