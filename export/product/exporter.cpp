#include "export/product/exporter.h"

#include <fmt/format.h>

#include <algorithm>

#include "export/operators/ops.h"
#include "export/passes/passes.h"
#include "export/passes/shapes.h"
#include "export/passes/targets.h"
#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int kStates = 4;
constexpr int64_t kTraceSide = 128;  // any size would do: nothing of it is left in the graph
constexpr const char* kRatioInput = "downsample_ratio";

std::string metadata_or(const TrainedModel& model, const std::string& key, const std::string& fallback) {
  const auto found = model.metadata.find(key);
  return found == model.metadata.end() ? fallback : found->second;
}

int train_size_of(const TrainedModel& model) {
  const std::string text = metadata_or(model, "train_size", "0");
  const bool digits = !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
  require(digits, "{}: metadata 'train_size' is '{}' (a number of pixels is allowed)", model.file.string(), text);
  return std::stoi(text);
}

void check_options(const TrainedModel& model, const GraphOptions& options) {
  const Target& target = find_target(options.target);
  require((options.height == 0) == (options.width == 0), "a frame size has both height and width, got {}x{}", options.height,
          options.width);
  require(options.height >= 0 && options.width >= 0 && options.batch >= 0, "sizes are not negative");
  require(options.height > 0 || !target.fixed_size, "target '{}' needs a fixed frame size ({})", target.name,
          target.why_fixed_size);
  require(options.batch > 0 || !target.fixed_size, "target '{}' needs a fixed batch ({})", target.name, target.why_fixed_size);
  require(options.ratio > 0 && options.ratio <= 1, "ratio is {} (above 0, at most 1 is allowed)", options.ratio);
  require(options.ratio == 1 || model.config.refiner,
          "ratio is {}: only 1 is possible, the model has no refiner (model.refiner)", options.ratio);
  require(!options.ratio_input || model.config.refiner, "a ratio input needs a model with the refiner (model.refiner)");
  require(!options.ratio_input || !target.fixed_size, "target '{}' takes no ratio input ({})", target.name,
          target.why_fixed_size);
}

std::vector<NamedTensor> example_inputs(const ExportNames& names) {
  std::vector<NamedTensor> inputs;
  for (const std::string& name : names.inputs)
    inputs.push_back({name, name == names.inputs[0] ? torch::full({1, 3, kTraceSide, kTraceSide}, 0.5)
                            : name == kRatioInput   ? torch::full({1}, 0.5)
                                                    : torch::zeros({1, 1, 1, 1})});
  return inputs;
}

Dimension size_or(int64_t size, const char* name) { return size > 0 ? Dimension(size) : Dimension(std::string(name)); }

// Names of run-time sizes must differ where the sizes may: the first state is [1,1,1,1] whatever the frame is.
void declare_inputs(const ExportNames& names, const GraphOptions& options, OnnxWriter& onnx) {
  for (const std::string& name : names.inputs) {
    if (name == names.inputs[0]) {
      onnx.input(name, {size_or(options.batch, "batch"), int64_t{3}, size_or(options.height, "height"),
                        size_or(options.width, "width")});
    } else if (name == kRatioInput) {
      onnx.input(name, {int64_t{1}});
    } else {
      onnx.input(name, {name + "_batch", name + "_channels", name + "_height", name + "_width"});
    }
  }
}

// Where sizes are fixed, so are the states', from the first frame on.
void fix_states(Graph& graph) {
  for (GraphPort& input : graph.inputs)
    for (const GraphPort& output : graph.outputs)
      if (input.name.size() == 3 && output.name == input.name.substr(0, 2) + "o") input.dimensions = output.dimensions;
}

// Outputs are declared with the sizes that follow from the inputs'.
void declare_outputs(const ExportNames& names, Graph& graph) {
  const Shapes shapes = infer_shapes(graph);
  for (const std::string& name : names.outputs) {
    const auto found = shapes.sizes.find(name);
    Dimensions sizes = found == shapes.sizes.end() ? Dimensions(4, std::string()) : found->second;
    const char* const letters[] = {"batch", "channels", "height", "width"};
    for (size_t i = 0; i < sizes.size(); ++i)
      if (!is_known(sizes[i])) sizes[i] = name + "_" + letters[i];
    graph.outputs.push_back({name, sizes});
  }
}

}  // namespace

ExportNames export_names(const ModelConfig& config, const GraphOptions& options) {
  ExportNames names{{"src"}, {}};
  if (config.foreground) names.outputs.push_back("fgr");
  names.outputs.push_back("pha");
  for (int i = 1; options.recurrent && i <= kStates; ++i) {
    names.inputs.push_back(fmt::format("r{}i", i));
    names.outputs.push_back(fmt::format("r{}o", i));
  }
  if (config.uncertainty) names.outputs.push_back("uncertainty");  // last: hosts of RVM take "fgr, pha, *states" by order
  if (options.ratio_input) names.inputs.push_back(kRatioInput);
  return names;
}

std::vector<torch::Tensor> export_forward(MattingNetwork& network, const std::vector<torch::Tensor>& inputs,
                                          const GraphOptions& options) {
  const States states = options.recurrent ? States(inputs.begin() + 1, inputs.begin() + 1 + kStates) : States();
  const Prediction prediction = options.ratio_input ? network.forward_scaled(inputs[0], states, inputs.back())
                                                    : network.forward(inputs[0], states, options.ratio);
  std::vector<torch::Tensor> outputs;
  if (prediction.foreground.defined()) outputs.push_back(prediction.foreground);
  outputs.push_back(prediction.alpha);
  if (options.recurrent) outputs.insert(outputs.end(), prediction.states.begin(), prediction.states.end());
  if (prediction.variance.defined()) outputs.push_back(prediction.variance.sqrt());
  return outputs;
}

ModelContract contract_of(const TrainedModel& model, const GraphOptions& options) {
  ModelContract contract;
  contract.network = model.config.network;
  contract.polarity = metadata_or(model, "polarity", contract.polarity);
  contract.uncertainty_output = model.config.uncertainty ? "uncertainty" : "";
  contract.ratio = options.ratio;
  if (options.ratio_input) contract.ratio_input = kRatioInput;
  for (int i = 1; options.recurrent && i <= kStates; ++i)
    contract.states.push_back({fmt::format("r{}i", i), fmt::format("r{}o", i)});
  contract.train_size = train_size_of(model);
  contract.weights_hash = model.weights_hash;
  contract.data_licence = metadata_or(model, "data_licence", "");
  contract_from_json(contract_to_json(contract), model.file.string());  // what the runtime would refuse is refused here
  return contract;
}

Graph export_graph(const TrainedModel& model, const GraphOptions& options) {
  MattingNetwork& network = *model.network;
  require(!network.is_training(), "a network is exported in evaluation mode");
  check_options(model, options);
  const ExportNames names = export_names(model.config, options);
  const auto forward = [&](const std::vector<torch::Tensor>& inputs) { return export_forward(network, inputs, options); };
  const TracedGraph traced = trace(forward, example_inputs(names), names.outputs, named_weights(network));

  OnnxWriter onnx(model.config.network);
  declare_inputs(names, options, onnx);
  translate(traced, onnx);
  Graph graph = onnx.graph();
  declare_outputs(names, graph);
  if (find_target(options.target).fixed_size) fix_states(graph);
  run_passes(graph, options.rewrite ? find_target(options.target).passes : plain_passes());
  return graph;
}

std::string export_model(const TrainedModel& model, const GraphOptions& options) {
  const ModelContract contract = contract_of(model, options);
  return onnx_bytes(export_graph(model, options), {{kContractKey, contract_to_json(contract)}},
                    find_target(options.target).opset);
}

}  // namespace facemat
