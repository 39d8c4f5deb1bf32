#pragma once
// A checkpoint as a Predictor: LibTorch behind the interface that every judge and user of networks knows.

#include <filesystem>
#include <optional>
#include <string>

#include "src/image/predictor.h"
#include "src/model/weights/weights.h"

namespace facemat {

class CheckpointPredictor : public Predictor {
 public:
  // `model` as load_model() takes it. With `untrained_seed` its weights are replaced by those a fresh network of that seed
  // starts with: what the same network knows without training. Throws Error as load_model does, and when the stored polarity is
  // not "visible_face".
  explicit CheckpointPredictor(const std::filesystem::path& model, std::optional<uint64_t> untrained_seed = {});

  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }
  // Throws Error naming the guide that its network needs and the frame does not come with.
  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override;
  GuideWishes wishes() const override;
  bool remembers() const override;
  void reset() override { states_.clear(); }

  const TrainedModel& model() const { return model_; }
  int64_t parameters() const;  // numbers that were learnt; buffers are not counted

 private:
  TrainedModel model_;
  States states_;
};

std::string prepare_checkpoints(int threads);  // LibTorch in this process (prepare.h); returns a warning or ""
std::string checkpoint_library();              // "LibTorch 1.13.1"

}  // namespace facemat
