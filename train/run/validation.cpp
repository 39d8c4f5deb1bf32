#include "train/run/validation.h"

#include <algorithm>

#include "eval/metrics/metrics.h"
#include "src/image/pixels.h"
#include "train/feed/batch.h"

namespace facemat {
namespace {

// [1,H,W] -> CV_8UC1, rounded as a file would be.
cv::Mat alpha_picture(const torch::Tensor& alpha) {
  const auto plain = alpha.contiguous();
  const cv::Mat view(static_cast<int>(plain.size(1)), static_cast<int>(plain.size(2)), CV_32FC1, plain.data_ptr<float>());
  return to_u8(view);
}

}  // namespace

InEvaluation::InEvaluation(torch::nn::Module& network) {
  modes_.emplace_back(&network, network.is_training());
  for (const auto& module : network.modules(/*include_self=*/false)) modes_.emplace_back(module.get(), module->is_training());
  network.eval();
}

InEvaluation::~InEvaluation() {
  for (const auto& [module, training] : modes_) module->train(training);  // from the outermost inwards: train() goes down
}

std::map<std::string, double> validate(MattingNetwork& network, const DatasetSplit& split, int64_t clips,
                                       const torch::Device& device, Processes& processes) {
  const torch::NoGradGuard no_grad;
  const InEvaluation evaluation(network);
  const auto& metrics = metric_table();
  auto sums = torch::zeros({static_cast<int64_t>(metrics.size()) + 1}, torch::kFloat64);  // the last: number of frames
  auto* sum = sums.data_ptr<double>();
  const int64_t count = clips > 0 ? std::min(clips, split.size()) : split.size();
  for (int64_t i = processes.rank(); i < count; i += processes.size()) {
    const Clip clip = split.clip(i);
    const auto alpha = network.forward(collate({clip}).frames.to(device)).alpha[0].cpu();  // [T,1,H,W]
    for (size_t t = 0; t < clip.alphas.size(); ++t) {
      const AlphaPair pair = make_pair(alpha_picture(alpha[static_cast<int64_t>(t)]), to_u8(clip.alphas[t]));
      const Regions whole = Regions::whole(pair.truth.size());
      for (size_t m = 0; m < metrics.size(); ++m) sum[m] += metrics[m].scale * metrics[m].compute(pair, whole).front();
      ++sum[metrics.size()];
    }
  }
  const auto all = sums.to(device);
  processes.sum({all});
  const auto means = (all / all[-1].clamp_min(1)).cpu();
  std::map<std::string, double> values;
  for (size_t m = 0; m < metrics.size(); ++m) values[metrics[m].name] = means[static_cast<int64_t>(m)].item<double>();
  return values;
}

}  // namespace facemat
