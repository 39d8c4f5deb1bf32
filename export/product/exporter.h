#pragma once
// A network as an ONNX model: names as RVM's published files (src[, guides][, r1i..r4i][, downsample_ratio] -> [fgr,] pha
// [, r1o..r4o][, uncertainty]), guides by the names of the guide table, the contract in the metadata, and the graph rewritten
// for the runtime it shall run in (targets.h). Which of these a network has the model table tells. Parts that it gives to
// losses alone are not exported.

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
  bool recurrent = true;          // with the states that the network carries; false: every frame is the first of its clip
  double ratio = 1;          // the network works at this share of the frame's size, (0,1]; below 1: takes_ratio() (models.h)
  bool ratio_input = false;  // the share is an input, float32 [1]; likewise; `ratio` is then the one advised
  bool rewrite = true;       // false: the operators as they were recorded, with batch norms folded and no more
};

// Names of what export_forward takes and returns.
struct ExportNames {
  std::vector<std::string> inputs;  // src, then the guides, the states and the ratio that there are
  std::vector<std::string> outputs;
  std::vector<std::string> guides;  // those among the inputs; the guide table's names
  std::vector<ModelState> states;
};
ExportNames export_names(const ModelConfig& config, const GraphOptions& options = {});

// The function that is exported. inputs, in the order of export_names: src [B,3,H,W] RGB 0..1; guides [B,C,H,W] (guides.h);
// states (each [1,1,1,1] zeros at the start of a clip); with ratio_input that, [1]. Returns the foreground [B,3,H,W] (if the
// network has that head), alpha [B,1,H,W], the states after the frame, and the standard deviation of alpha (if the network has
// it). Of `options` recurrent, ratio and ratio_input count.
std::vector<torch::Tensor> export_forward(const TrainedModel& model, const std::vector<torch::Tensor>& inputs,
                                          const GraphOptions& options = {});

// What is known about a trained model: polarity, training, weights, and the names above. Throws Error, naming the model's file,
// for metadata that make no contract.
ModelContract contract_of(const TrainedModel& model, const GraphOptions& options = {});

// The graph and the bytes of the ONNX model. `model.network` must be in evaluation mode. Throws Error for an operator without
// translation or that the target is not known to run, and for options that the network or the target does not allow.
Graph export_graph(const TrainedModel& model, const GraphOptions& options = {});
std::string export_model(const TrainedModel& model, const GraphOptions& options = {});

}  // namespace facemat
