#pragma once
// A network as an ONNX model: names as RVM's published files (src, r1i..r4i[, downsample_ratio] -> [fgr,] pha, r1o..r4o
// [, uncertainty]), the contract in the metadata, and the graph rewritten for the runtime it shall run in (targets.h).

#include <string>
#include <vector>

#include "export/graph/graph.h"
#include "src/core/contract.h"
#include "src/model/weights/weights.h"

namespace facemat {

// What the graph is made for.
struct GraphOptions {
  std::string target = "ort";     // name in the target table
  int64_t height = 0, width = 0;  // of the frames; 0: open
  int64_t batch = 0;              // 0: open
  bool recurrent = true;          // with states; false: every frame is the first of its clip
  double ratio = 1;               // the network works at this share of the frame's size, (0,1]; below 1 needs the refiner
  bool ratio_input = false;       // the share is an input, float32 [1]; needs the refiner; `ratio` is then the one advised
  bool rewrite = true;            // false: the operators as they were recorded, with batch norms folded and no more
};

// Names of what export_forward takes and returns.
struct ExportNames {
  std::vector<std::string> inputs, outputs;
};
ExportNames export_names(const ModelConfig& config, const GraphOptions& options = {});

// The function that is exported. inputs: src [B,3,H,W] RGB 0..1; with states r1..r4 (each [1,1,1,1] zeros at the start of a
// clip); with ratio_input that, [1]. Returns the foreground [B,3,H,W] (if the network has that head), alpha [B,1,H,W], with
// states r1..r4, and the standard deviation of alpha (if the network has it). Of `options` recurrent, ratio and ratio_input
// count.
std::vector<torch::Tensor> export_forward(MattingNetwork& network, const std::vector<torch::Tensor>& inputs,
                                          const GraphOptions& options = {});

// What is known about a trained model: polarity, training, weights, and the names above. Throws Error, naming the model's file,
// for metadata that make no contract.
ModelContract contract_of(const TrainedModel& model, const GraphOptions& options = {});

// The graph and the bytes of the ONNX model. `model.network` must be in evaluation mode. Throws Error for an operator without
// translation and for options that the network or the target does not allow.
Graph export_graph(const TrainedModel& model, const GraphOptions& options = {});
std::string export_model(const TrainedModel& model, const GraphOptions& options = {});

}  // namespace facemat
