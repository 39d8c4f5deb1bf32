#include "src/model/blocks/aspp.h"

#include <memory>
#include <string>

#include "src/model/compute/layout.h"
#include "src/model/compute/norm.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

nn::Conv2d atrous(int64_t in, int64_t out, int64_t kernel, int64_t rate) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).padding((kernel - 1) / 2 * rate).dilation(rate).bias(false));
}

nn::Sequential atrous_branch(int64_t in, int64_t out, int64_t kernel, int64_t rate) {
  return nn::Sequential(atrous(in, out, kernel, rate), Norm(out, Activation::kRelu));
}

}  // namespace

LrAsppImpl::LrAsppImpl(int64_t in, int64_t out)
    : aspp1_(register_module(
          "aspp1", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, out, 1).bias(false)), Norm(out, Activation::kRelu)))),
      aspp2_(register_module("aspp2", nn::Sequential(nn::AdaptiveAvgPool2d(1),
                                                     nn::Conv2d(nn::Conv2dOptions(in, out, 1).bias(false)), nn::Sigmoid()))) {}

torch::Tensor LrAsppImpl::forward(const torch::Tensor& x) { return aspp1_->forward(x) * aspp2_->forward(x); }

AsppImpl::AsppImpl(int64_t in, int64_t out, const std::vector<int64_t>& rates) {
  branches_.push_back(atrous_branch(in, out, 1, 1));
  for (const int64_t rate : rates) branches_.push_back(atrous_branch(in, out, 3, rate));
  pooled_->push_back("1", atrous(in, out, 1, 1));  // "0" would be the pooling
  pooled_->push_back("2", Norm(out, Activation::kRelu));
  const auto convs = register_module("convs", std::make_shared<nn::Module>());
  for (size_t i = 0; i < branches_.size(); ++i) convs->register_module(std::to_string(i), branches_[i]);
  convs->register_module(std::to_string(branches_.size()), pooled_);
  const auto joined = static_cast<int64_t>(branches_.size() + 1) * out;
  project_ = atrous_branch(joined, out, 1, 1);
  register_module("project", project_);
}

torch::Tensor AsppImpl::forward(const torch::Tensor& x) {
  std::vector<torch::Tensor> maps;
  for (nn::Sequential& branch : branches_) maps.push_back(branch->forward(x));
  const auto mean = pooled_->forward(torch::adaptive_avg_pool2d(x, {1, 1}));
  maps.push_back(laid_out_as(mean.expand_as(maps[0]), maps[0]));
  return project_->forward(torch::cat(maps, 1));
}

}  // namespace facemat
