#include "export/product/exporter.h"

#include <fmt/format.h>

#include <algorithm>

#include "export/operators/ops.h"
#include "export/passes/passes.h"
#include "export/passes/shapes.h"
#include "export/passes/targets.h"
#include "src/core/error.h"
#include "src/model/networks/models.h"

namespace facemat {
namespace {

constexpr int64_t kTraceSide = 128;  // any size would do: nothing of it is left in the graph
constexpr const char *kImageInput = "src", *kRatioInput = "downsample_ratio";

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

// Why a model works at a ratio of 1 alone; empty: it does not.
std::string ratio_obstacle(const ModelConfig& config) {
  if (!find_model(config.network).scales) return fmt::format("the network '{}' works at the frame's own size", config.network);
  return config.refiner ? "" : "the model has no refiner (model.refiner)";
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
  const std::string obstacle = ratio_obstacle(model.config);
  require(options.ratio == 1 || obstacle.empty(), "ratio is {}: only 1 is possible, {}", options.ratio, obstacle);
  require(!options.ratio_input || obstacle.empty(), "a ratio input needs a model with the refiner: {}", obstacle);
  require(!options.ratio_input || !target.fixed_size, "target '{}' takes no ratio input ({})", target.name,
          target.why_fixed_size);
}

// Channels of an input that has the frame's size; 0: it has not.
int64_t frame_channels(const ExportNames& names, const std::string& input) {
  if (input == kImageInput) return 3;
  const bool guide = std::count(names.guides.begin(), names.guides.end(), input) > 0;
  return guide ? find_guide(input).channels() : 0;
}

std::vector<NamedTensor> example_inputs(const ExportNames& names) {
  std::vector<NamedTensor> inputs;
  for (const std::string& name : names.inputs) {
    const int64_t channels = frame_channels(names, name);
    inputs.push_back({name, channels > 0          ? torch::full({1, channels, kTraceSide, kTraceSide}, 0.5)
                            : name == kRatioInput ? torch::full({1}, 0.5)
                                                  : torch::zeros({1, 1, 1, 1})});
  }
  return inputs;
}

Dimension size_or(int64_t size, const char* name) { return size > 0 ? Dimension(size) : Dimension(std::string(name)); }

// Names of run-time sizes must differ where the sizes may: the first state is [1,1,1,1] whatever the frame is.
void declare_inputs(const ExportNames& names, const GraphOptions& options, OnnxWriter& onnx) {
  for (const std::string& name : names.inputs) {
    if (const int64_t channels = frame_channels(names, name); channels > 0) {
      onnx.input(name, {size_or(options.batch, "batch"), channels, size_or(options.height, "height"),
                        size_or(options.width, "width")});
    } else if (name == kRatioInput) {
      onnx.input(name, {int64_t{1}});
    } else {
      onnx.input(name, {name + "_batch", name + "_channels", name + "_height", name + "_width"});
    }
  }
}

// Where sizes are fixed, so are the states', from the first frame on.
void fix_states(const ExportNames& names, Graph& graph) {
  for (const ModelState& state : names.states)
    for (GraphPort& input : graph.inputs)
      for (const GraphPort& output : graph.outputs)
        if (input.name == state.input && output.name == state.output) input.dimensions = output.dimensions;
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
  const ModelEntry& entry = find_model(config.network);
  ExportNames names{{kImageInput}, {}, entry.guides, {}};
  names.inputs.insert(names.inputs.end(), entry.guides.begin(), entry.guides.end());
  if (config.foreground) names.outputs.push_back("fgr");
  names.outputs.push_back("pha");
  for (int i = 1; options.recurrent && i <= entry.states; ++i) {
    names.states.push_back({fmt::format("r{}i", i), fmt::format("r{}o", i)});
    names.inputs.push_back(names.states.back().input);
    names.outputs.push_back(names.states.back().output);
  }
  if (config.uncertainty) names.outputs.push_back("uncertainty");  // last: hosts of RVM take "fgr, pha, *states" by order
  if (options.ratio_input) names.inputs.push_back(kRatioInput);
  return names;
}

std::vector<torch::Tensor> export_forward(const TrainedModel& model, const std::vector<torch::Tensor>& inputs,
                                          const GraphOptions& options) {
  MattingNetwork& network = *model.network;
  const ExportNames names = export_names(model.config, options);
  size_t next = 1;
  Guides guides;
  for (const std::string& name : names.guides) find_guide(name).of(guides) = inputs.at(next++);
  States states;
  for (size_t i = 0; i < names.states.size(); ++i) states.push_back(inputs.at(next++));
  const Prediction prediction = options.ratio_input ? network.forward_scaled(inputs[0], guides, states, inputs.at(next))
                                                    : network.forward(inputs[0], guides, states, options.ratio);
  std::vector<torch::Tensor> outputs;
  if (prediction.foreground.defined()) outputs.push_back(prediction.foreground);
  outputs.push_back(prediction.alpha);
  if (!names.states.empty()) outputs.insert(outputs.end(), prediction.states.begin(), prediction.states.end());
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
  const ExportNames names = export_names(model.config, options);
  for (const std::string& guide : names.guides) contract.guides.push_back({guide, guide});
  contract.states = names.states;
  contract.train_size = train_size_of(model);
  contract.weights_hash = model.weights_hash;
  contract.data_licence = metadata_or(model, "data_licence", "");
  contract_from_json(contract_to_json(contract), model.file.string());  // what the runtime would refuse is refused here
  return contract;
}

Graph export_graph(const TrainedModel& model, const GraphOptions& options) {
  require(!model.network->is_training(), "a network is exported in evaluation mode");
  check_options(model, options);
  const ExportNames names = export_names(model.config, options);
  const auto forward = [&](const std::vector<torch::Tensor>& inputs) { return export_forward(model, inputs, options); };
  const TracedGraph traced = trace(forward, example_inputs(names), names.outputs, named_weights(*model.network));

  OnnxWriter onnx(model.config.network);
  declare_inputs(names, options, onnx);
  translate(traced, onnx);
  Graph graph = onnx.graph();
  declare_outputs(names, graph);
  const Target& target = find_target(options.target);
  if (target.fixed_size) fix_states(names, graph);
  run_passes(graph, options.rewrite ? target.passes : plain_passes());
  if (options.rewrite) check_operators(graph, target);
  return graph;
}

std::string export_model(const TrainedModel& model, const GraphOptions& options) {
  const ModelContract contract = contract_of(model, options);
  return onnx_bytes(export_graph(model, options), {{kContractKey, contract_to_json(contract)}},
                    find_target(options.target).opset);
}

}  // namespace facemat
