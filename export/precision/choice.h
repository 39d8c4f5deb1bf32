#pragma once
// Which layers of a model bear fewer bits: each is tried alone, then as many as the limit allows are taken together.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "export/proof/frames.h"

namespace facemat {

struct LayerError {
  std::string layer;
  double error = 0;   // largest difference of alpha with this layer alone in fewer bits, but for the share that is tolerated
  bool kept = false;  // in float32
};

struct LayerReport {
  std::vector<LayerError> layers;      // least error first
  int lowered = 0;                     // of them, in fewer bits
  double error = 0, all_error = 0;     // likewise, of alpha from the float32 model's: as chosen, with every layer lowered
  double fp32_ms = 0, lowered_ms = 0;  // median milliseconds of a frame, one thread, measured in turn
};

struct LayerJob {
  std::string onnx;                 // the float32 model, without a seal
  std::vector<std::string> layers;  // those that can be lowered, by name
  // The model with some of them in fewer bits.
  std::function<std::string(const std::set<std::string>& layers)> lower;
  std::vector<ShownFrames> frames;  // to measure on, one clip; both models must be able to hold their values
  std::string where;                // prefixes messages
  double tolerated = 0;             // share of alpha's values that may differ by more than the limit (parity.h)
};

using LayerDone = std::function<void(int64_t done, int64_t total, const std::string& note)>;

class LayerChooser {
 public:
  // Measures every layer alone, on the first frames. Throws Error as FileRunner does, and if there is no layer.
  explicit LayerChooser(LayerJob job, const LayerDone& done = {});

  // The model with the most layers lowered whose alpha keeps within `limit` on the job's frames, but for the share that is
  // tolerated: layers are taken in the order of their own errors, their number found by bisection. Empty if not even one may.
  std::string choose(double limit);

  // Of the last choice; times are taken now.
  LayerReport report() const;

 private:
  double error_of(const std::string& onnx, size_t frames) const;
  std::set<std::string> first(size_t count) const;

  LayerJob job_;
  std::vector<torch::Tensor> expected_;  // alpha of the float32 model
  std::vector<LayerError> errors_;
  size_t chosen_ = 0;
  std::string onnx_;
  double error_ = 0, all_error_ = 0;
};

}  // namespace facemat
