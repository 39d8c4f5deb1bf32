#include "train/run/pictures.h"

#include <algorithm>

#include "train/feed/batch.h"
#include "train/feed/guides.h"
#include "train/run/sample_sheet.h"
#include "train/run/validation.h"

namespace facemat {
namespace {

// What the network makes of the last frame after all others, one by one, so that memory does not grow with the clip.
Prediction last_prediction(MattingNetwork& network, const Clip& clip, const ClipGuides& guides, const torch::Device& device) {
  Prediction prediction;
  for (size_t t = 0; t < clip.images.size(); ++t) {
    const Clip frame = still_of(clip, t);
    Batch batch = collate({frame});
    batch.guides = collate_guides({guides_of_frame(guides, t)}, {frame});
    batch = batch.to(device);
    prediction = network.forward(batch.frames, batch.guides, prediction.states, /*ratio=*/1);
  }
  return prediction;
}

// [1,1,1,H,W] -> CV_32FC1; empty if undefined.
cv::Mat picture_of(const torch::Tensor& maps) {
  if (!maps.defined()) return {};
  const auto map = maps[0][0][0].to(torch::kCPU, torch::kFloat32).contiguous();
  return cv::Mat(static_cast<int>(map.size(0)), static_cast<int>(map.size(1)), CV_32FC1, map.data_ptr<float>()).clone();
}

cv::Mat sheet_of(MattingNetwork& network, MattingNetwork* teacher, const Clip& clip, const ClipGuides& guides,
                 const torch::Device& device) {
  const Prediction prediction = last_prediction(network, clip, guides, device);
  auto variance = prediction.variance;
  if (!variance.defined() && teacher != nullptr) variance = last_prediction(*teacher, clip, guides, device).variance;
  const auto deviation = variance.defined() ? variance.sqrt() : variance;
  return sample_sheet(clip.images.back(), picture_of(prediction.alpha), clip.alphas.back(), picture_of(deviation));
}

}  // namespace

std::vector<std::pair<std::string, cv::Mat>> sample_pictures(MattingNetwork& network, MattingNetwork* teacher,
                                                             const DatasetSplit& split, int count, const torch::Device& device,
                                                             const GuidePlan& guides) {
  const torch::NoGradGuard no_grad;
  const InEvaluation evaluation(network);
  std::vector<std::pair<std::string, cv::Mat>> pictures;
  for (int64_t i = 0; i < std::min<int64_t>(count, split.size()); ++i) {
    const Clip clip = split.clip(i);
    pictures.emplace_back(clip.name, sheet_of(network, teacher, clip, held_out_guides(clip, guides, i), device));
  }
  return pictures;
}

}  // namespace facemat
