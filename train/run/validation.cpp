#include "train/run/validation.h"

#include <algorithm>

#include "eval/metrics/metrics.h"
#include "src/core/error.h"
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

RegionInput region_input(const Clip& clip, size_t t, const cv::Mat& truth) {
  const cv::Mat everywhere(truth.size(), CV_8UC1, cv::Scalar(255));
  return {
      truth, clip.trimaps.empty() ? cv::Mat() : clip.trimaps[t], {}, clip.trusts.empty() ? everywhere : to_u8(clip.trusts[t])};
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

Validation validate(MattingNetwork& network, const DatasetSplit& split, int64_t clips, const std::string& region,
                    const torch::Device& device, Processes& processes) {
  const torch::NoGradGuard no_grad;
  const InEvaluation evaluation(network);
  const auto& metrics = metric_table();
  const auto kinds = static_cast<int64_t>(metrics.size());
  auto sums = torch::zeros({kinds + 3}, torch::kFloat64);  // the last: frames that count, pixels that count, all pixels
  auto* sum = sums.data_ptr<double>();
  const int64_t count = clips > 0 ? std::min(clips, split.size()) : split.size();
  for (int64_t i = processes.rank(); i < count; i += processes.size()) {
    const Clip clip = split.clip(i);
    const auto alpha = network.forward(collate({clip}).frames.to(device)).alpha[0].cpu();  // [T,1,H,W]
    for (size_t t = 0; t < clip.alphas.size(); ++t) {
      const AlphaPair pair = make_pair(alpha_picture(alpha[static_cast<int64_t>(t)]), to_u8(clip.alphas[t]));
      const Regions judged = Regions::of(region_input(clip, t, pair.truth), {region});
      require(judged.size() == 1, "valid_region: sample {} cannot tell the region '{}'", clip.name, region);
      sum[kinds + 1] += static_cast<double>(judged.pixels(0)), sum[kinds + 2] += static_cast<double>(pair.truth.total());
      if (judged.pixels(0) == 0 && !find_region(region).empty_counts) continue;
      for (int64_t m = 0; m < kinds; ++m) sum[m] += metrics[m].scale * metrics[m].compute(pair, judged).front();
      ++sum[kinds];
    }
  }
  const auto all = sums.to(device);
  processes.sum({all});
  const auto means = (all.narrow(0, 0, kinds) / all[kinds].clamp_min(1)).cpu();
  Validation result{{}, region, (all[kinds + 1] / all[kinds + 2].clamp_min(1)).item<double>()};
  for (int64_t m = 0; m < kinds; ++m) result.metrics[metrics[m].name] = means[m].item<double>();
  return result;
}

}  // namespace facemat
