#pragma once
// Proof that an exported model computes what the network computes: both run over the same recurrent frames, at even and odd
// sizes.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "export/config.h"
#include "src/model/weights.h"

namespace facemat {

inline constexpr const char* kParityKey = "facemat.parity";  // metadata: the certificate, JSON

struct FrameSize {
  int64_t height, width;
};

// Largest absolute differences over all frames and sizes.
struct Parity {
  int frames = 0;  // at each size
  std::vector<FrameSize> sizes;
  double alpha = 0;                       // of alpha
  std::map<std::string, double> outputs;  // of every output, alpha and states included
};

using FrameDone = std::function<void(int done, int total)>;

// Frames of a soft disc over a moving pattern with noise, carried on recurrently on both sides, at 128x128, 160x96 and 127x129.
// `onnx`: bytes of the model, exported at `ratio` from `model`; `where` names it in messages. Throws Error if the model does
// not run, answers with other shapes or with numbers that are not finite, or if an output differs by more than config.limit.
Parity verify_parity(const TrainedModel& model, const std::string& onnx, double ratio, const ExportConfig& config,
                     const std::string& where, const FrameDone& done = {});

// The certificate as JSON: frames, sizes, differences, limit, versions.
std::string parity_to_json(const Parity& parity, const ExportConfig& config);

// The ratio `onnx` was exported at. Throws Error, prefixed by `where`, if it is no model of facemat-export.
double exported_ratio(const std::string& onnx, const std::string& where);

// Throws Error unless the contract of `onnx` names the weights of `model`.
void check_same_weights(const TrainedModel& model, const std::string& onnx, const std::string& where);

}  // namespace facemat
