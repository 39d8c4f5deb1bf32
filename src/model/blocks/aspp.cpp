#include "src/model/blocks/aspp.h"

#include "src/model/compute/norm.h"

namespace facemat {
namespace nn = torch::nn;

LrAsppImpl::LrAsppImpl(int64_t in, int64_t out)
    : aspp1_(register_module(
          "aspp1", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, out, 1).bias(false)), Norm(out, Activation::kRelu)))),
      aspp2_(register_module("aspp2", nn::Sequential(nn::AdaptiveAvgPool2d(1),
                                                     nn::Conv2d(nn::Conv2dOptions(in, out, 1).bias(false)), nn::Sigmoid()))) {}

torch::Tensor LrAsppImpl::forward(const torch::Tensor& x) { return aspp1_->forward(x) * aspp2_->forward(x); }

}  // namespace facemat
