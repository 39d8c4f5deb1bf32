#pragma once
// A network as an ONNX model: names as RVM's published files (src, r1i..r4i -> pha[, uncertainty][, fgr], r1o..r4o), weights
// under their dotted names, batch, height and width open, the contract in the metadata.

#include <string>
#include <vector>

#include "src/core/contract.h"
#include "src/model/weights.h"

namespace facemat {

inline constexpr const char* kRatioKey = "facemat.ratio";  // metadata: the ratio a model was exported at

// The function that is exported. inputs: src [B,3,H,W] RGB 0..1, then r1..r4 (each [1,1,1,1] zeros at the start of a clip).
// Returns alpha [B,1,H,W], the standard deviation of alpha and the foreground [B,3,H,W] (if the network has these heads),
// r1..r4.
std::vector<torch::Tensor> export_forward(MattingNetwork& network, const std::vector<torch::Tensor>& inputs, double ratio);

// Names of what export_forward takes and returns for this network.
struct ExportNames {
  std::vector<std::string> inputs, outputs;
};
ExportNames export_names(const ModelConfig& config);

// What is known about a trained model: polarity, training, weights, and the names above. Throws Error, naming the model's file,
// for metadata that make no contract.
ModelContract contract_of(const TrainedModel& model);

// The bytes of the ONNX model. `model.network` must be in evaluation mode. Throws Error for an operator without translation and
// for a ratio the network cannot work at.
std::string export_model(const TrainedModel& model, double ratio = 1);

}  // namespace facemat
