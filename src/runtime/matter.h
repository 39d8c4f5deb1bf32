#pragma once
// The exported model as a Predictor: frames in, visible-face alpha out, whatever the network behind it is.

#include <filesystem>

#include "src/image/predictor.h"
#include "src/runtime/session.h"

namespace facemat {

struct MatterOptions {
  int threads = 0;   // of the model; 0: as many as the machine has
  int max_side = 0;  // longest side the model sees, pixels; larger frames are shrunk and the alpha is enlarged; 0: no limit
  bool as_trained =
      false;  // where max_side is 0: no larger than the model's training pictures, if its contract states their size
};

class Matter : public Predictor {
 public:
  // Throws Error as Session does.
  explicit Matter(const fs::path& model, const MatterOptions& options = {});

  // Follows the contract: channel order, range, size multiple (replicated border, cropped away after), polarity. A frame of
  // another size than the one before starts a new clip. Throws Error for frames that are not CV_8UC3 or smaller than 16x16, and
  // when the model answers with numbers that are not finite.
  Matte predict(const cv::Mat& frame) override;
  void reset() override;

  const ModelContract& contract() const { return session_.contract(); }

 private:
  Session session_;
  MatterOptions options_;
  cv::Size clip_size_;  // of the frames since the last reset
};

}  // namespace facemat
