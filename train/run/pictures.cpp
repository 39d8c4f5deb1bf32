#include "train/run/pictures.h"

#include <algorithm>

#include "train/feed/batch.h"
#include "train/run/sample_sheet.h"
#include "train/run/validation.h"

namespace facemat {
namespace {

// [1,T,1,H,W] -> the last frame, CV_32FC1; empty if undefined.
cv::Mat last_frame(const torch::Tensor& maps) {
  if (!maps.defined()) return {};
  const auto map = maps[0][-1][0].to(torch::kCPU, torch::kFloat32).contiguous();
  return cv::Mat(static_cast<int>(map.size(0)), static_cast<int>(map.size(1)), CV_32FC1, map.data_ptr<float>()).clone();
}

cv::Mat picture(MattingNetwork& network, MattingNetwork* teacher, const Clip& clip, const torch::Device& device) {
  const auto frames = collate({clip}).frames.to(device);
  const Prediction prediction = network.forward(frames);
  auto variance = prediction.variance;
  if (!variance.defined() && teacher != nullptr) variance = teacher->forward(frames).variance;
  const auto deviation = variance.defined() ? variance.sqrt() : variance;
  return sample_sheet(clip.images.back(), last_frame(prediction.alpha), clip.alphas.back(), last_frame(deviation));
}

}  // namespace

std::vector<std::pair<std::string, cv::Mat>> sample_pictures(MattingNetwork& network, MattingNetwork* teacher,
                                                             const DatasetSplit& split, int count,
                                                             const torch::Device& device) {
  const torch::NoGradGuard no_grad;
  const InEvaluation evaluation(network);
  std::vector<std::pair<std::string, cv::Mat>> pictures;
  for (int64_t i = 0; i < std::min<int64_t>(count, split.size()); ++i) {
    const Clip clip = split.clip(i);
    pictures.emplace_back(clip.name, picture(network, teacher, clip, device));
  }
  return pictures;
}

}  // namespace facemat
