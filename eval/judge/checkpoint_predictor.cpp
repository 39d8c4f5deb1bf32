#include "eval/judge/checkpoint_predictor.h"

#include <torch/torch.h>

#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/trimap.h"
#include "src/model/compute/prepare.h"
#include "src/model/networks/models.h"

namespace facemat {
namespace {

// CV_8UC3 BGR -> [1,3,H,W] float, RGB 0..1.
torch::Tensor frame_to_tensor(const cv::Mat& frame) {
  cv::Mat rgb;
  cv::cvtColor(frame, rgb, cv::COLOR_BGR2RGB);
  const auto bytes = torch::from_blob(rgb.data, {1, rgb.rows, rgb.cols, 3}, torch::kUInt8);
  return bytes.permute({0, 3, 1, 2}).to(torch::kFloat32).div(255).contiguous();
}

// CV_32FC1 -> [1,1,H,W].
torch::Tensor plane_to_tensor(const cv::Mat& plane) {
  const cv::Mat whole = plane.isContinuous() ? plane : plane.clone();
  return torch::from_blob(whole.data, {1, 1, whole.rows, whole.cols}, torch::kFloat32).clone();
}

// 0, 128, 255 -> 0, 0.5, 1.
torch::Tensor trimap_to_tensor(const cv::Mat& trimap) {
  cv::Mat values;
  trimap.convertTo(values, CV_32F, 1. / 255);
  values.setTo(0.5, trimap == kUnknown);
  return plane_to_tensor(values);
}

Guides tensors_of(const FrameGuides& guides) {
  Guides out;
  for (const GuideEntry& entry : guide_table()) {
    const cv::Mat& guide = entry.of(guides);
    if (guide.empty()) continue;
    entry.of(out) = entry.kind == GuideKind::kTrimap  ? trimap_to_tensor(guide)
                    : entry.kind == GuideKind::kShare ? plane_to_tensor(guide)
                                                      : frame_to_tensor(guide);
  }
  return out;
}

// [1,1,H,W] -> CV_32FC1.
cv::Mat tensor_to_mat(const torch::Tensor& tensor) {
  const auto plain = tensor.to(torch::kFloat32).contiguous();
  return cv::Mat(static_cast<int>(plain.size(2)), static_cast<int>(plain.size(3)), CV_32FC1, plain.data_ptr<float>()).clone();
}

}  // namespace

CheckpointPredictor::CheckpointPredictor(const std::filesystem::path& model, std::optional<uint64_t> untrained_seed)
    : model_(load_model(model)) {
  const auto polarity = model_.metadata.find("polarity");
  require(polarity == model_.metadata.end() || polarity->second == "visible_face", "{}: polarity '{}' (allowed: visible_face)",
          model_.file.string(), polarity->second);
  if (untrained_seed) model_.network = make_model(model_.config, Rng(*untrained_seed));
  model_.network->eval();
}

GuideWishes CheckpointPredictor::wishes() const { return needs(find_model(model_.config.network).guides); }
bool CheckpointPredictor::remembers() const { return find_model(model_.config.network).states > 0; }

Matte CheckpointPredictor::predict_given(const cv::Mat& frame, const FrameGuides& guides) {
  require(frame.type() == CV_8UC3, "a frame must be 8-bit BGR");
  check_guides(guides, wishes(), frame.size(), model_.file.string());
  const torch::NoGradGuard no_grad;
  const Prediction prediction =
      model_.network->forward(frame_to_tensor(frame), tensors_of(looked_at(guides, wishes())), states_, /*ratio=*/1);
  states_ = prediction.states;
  require(torch::isfinite(prediction.alpha).all().item<bool>(), "{}: the network answers with numbers that are not finite",
          model_.file.string());
  Matte matte{tensor_to_mat(prediction.alpha.clamp(0, 1)), {}};
  if (prediction.variance.defined()) matte.uncertainty = tensor_to_mat(prediction.variance.sqrt());
  return matte;
}

int64_t CheckpointPredictor::parameters() const {
  int64_t count = 0;
  for (const auto& parameter : model_.network->parameters()) count += parameter.numel();
  return count;
}

std::string prepare_checkpoints(int threads) { return prepare_libtorch(threads); }

std::string checkpoint_library() { return std::string("LibTorch ") + TORCH_VERSION; }

}  // namespace facemat
