#pragma once
// From what a user names to what is judged.

#include <memory>
#include <string>
#include <vector>

#include "eval/judge/judged.h"
#include "eval/results/result.h"
#include "src/runtime/sources/alpha_source.h"

namespace facemat {

struct ModelChoice {
  fs::path path;                         // run or checkpoint, FILE.onnx, or the YAML file of an alpha source
  std::vector<std::string> assignments;  // for the YAML file
  bool untrained = false;                // the checkpoint's network with fresh random weights
  uint64_t seed = 0;                     // of those
  int threads = 1;
  AugmentConfig augment;
  WorkingSize working_size;
  RefineConfig refine;
};

struct OpenedModel {
  std::unique_ptr<Predictor> predictor;
  ModelInfo info;
  std::vector<LogPoint> training;  // of a run
};

// Throws Error naming the path: missing, unreadable, or a checkpoint in a build without LibTorch.
OpenedModel open_model(const ModelChoice& choice);

// ModelInfo::given of what sees frames that come with `guides` (names of the guide table).
std::vector<std::string> given_to(const Predictor& predictor, const std::vector<std::string>& guides);

// Sets parameters and multiply-adds of what ONNX Runtime runs, for a frame of `size`; a checkpoint's multiply-adds stay
// unknown, since its network is not a graph before it is exported.
void count_cost(const ModelChoice& choice, cv::Size size, ModelInfo& info);

// The licence roll-up of the data a run or checkpoint was trained on; empty: not stated, or a build without LibTorch.
std::string training_licence_of(const fs::path& run);

// "flip, scales 0.5 1, at 256x256, guided filter 4": what differs from running the model as it is; empty: nothing.
std::string settings_text(const ModelChoice& choice);

// The last part of a path: "runs/student/" -> "student".
std::string name_of(const fs::path& path);

std::string torch_version();  // "LibTorch 1.13.1"; empty in builds without it

}  // namespace facemat
