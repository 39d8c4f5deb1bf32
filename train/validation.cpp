#include "train/validation.h"

#include "eval/metrics/metrics.h"
#include "src/image/pixels.h"
#include "train/batch.h"

namespace facemat {
namespace {

// [1,H,W] -> CV_8UC1, rounded as a file would be.
cv::Mat alpha_picture(const torch::Tensor& alpha) {
  const auto plain = alpha.contiguous();
  const cv::Mat view(static_cast<int>(plain.size(1)), static_cast<int>(plain.size(2)), CV_32FC1, plain.data_ptr<float>());
  return to_u8(view);
}

}  // namespace

std::map<std::string, double> validate(MattingNetwork& network, const DatasetSplit& split) {
  const torch::NoGradGuard no_grad;
  const bool was_training = network.is_training();
  network.eval();
  std::map<std::string, double> sums;
  int frames = 0;
  for (int64_t i = 0; i < split.size(); ++i) {
    const Clip clip = split.clip(i);
    const auto alpha = network.forward(collate({clip}).frames).alpha[0];  // [T,1,H,W]
    for (size_t t = 0; t < clip.alphas.size(); ++t, ++frames) {
      const AlphaPair pair = make_pair(alpha_picture(alpha[static_cast<int64_t>(t)]), to_u8(clip.alphas[t]));
      for (const MetricEntry& metric : metric_table()) sums[metric.name] += metric.scale * metric.compute(pair);
    }
  }
  for (auto& [name, sum] : sums) sum /= std::max(frames, 1);
  network.train(was_training);
  return sums;
}

}  // namespace facemat
