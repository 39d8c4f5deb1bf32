#include "export/exporter.h"

#include <fmt/format.h>

#include "export/ops.h"
#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int kStates = 4;
constexpr int64_t kTraceSide = 128;  // any size would do: nothing of it is left in the graph

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

std::vector<NamedTensor> example_inputs(const ExportNames& names) {
  std::vector<NamedTensor> inputs = {{names.inputs[0], torch::full({1, 3, kTraceSide, kTraceSide}, 0.5)}};
  for (int i = 1; i <= kStates; ++i) inputs.push_back({names.inputs[i], torch::zeros({1, 1, 1, 1})});
  return inputs;
}

Dimension named(const std::string& value, const char* dimension) { return value + "_" + dimension; }

// Names of run-time sizes must differ where the sizes may: the first state is [1,1,1,1] whatever the frame is.
void declare_inputs(const ExportNames& names, OnnxWriter& onnx) {
  onnx.input(names.inputs[0], {"batch", int64_t{3}, "height", "width"});
  for (int i = 1; i <= kStates; ++i) {
    const std::string& name = names.inputs[i];
    onnx.input(name, {named(name, "batch"), named(name, "channels"), named(name, "height"), named(name, "width")});
  }
}

void declare_outputs(const ExportNames& names, OnnxWriter& onnx) {
  const size_t mattes = names.outputs.size() - kStates;
  for (size_t i = 0; i < mattes; ++i)
    onnx.output(names.outputs[i], {"batch", int64_t{names.outputs[i] == "fgr" ? 3 : 1}, "height", "width"});
  for (size_t i = mattes; i < names.outputs.size(); ++i) {
    const std::string& name = names.outputs[i];
    onnx.output(name, {"batch", named(name, "channels"), named(name, "height"), named(name, "width")});
  }
}

}  // namespace

std::vector<torch::Tensor> export_forward(MattingNetwork& network, const std::vector<torch::Tensor>& inputs, double ratio) {
  const Prediction prediction = network.forward(inputs[0], States(inputs.begin() + 1, inputs.end()), ratio);
  std::vector<torch::Tensor> outputs = {prediction.alpha};
  if (prediction.variance.defined()) outputs.push_back(prediction.variance.sqrt());
  if (prediction.foreground.defined()) outputs.push_back(prediction.foreground);
  outputs.insert(outputs.end(), prediction.states.begin(), prediction.states.end());
  return outputs;
}

ExportNames export_names(const ModelConfig& config) {
  ExportNames names{{"src"}, {"pha"}};
  if (config.uncertainty) names.outputs.push_back("uncertainty");
  if (config.foreground) names.outputs.push_back("fgr");
  for (int i = 1; i <= kStates; ++i) {
    names.inputs.push_back(fmt::format("r{}i", i));
    names.outputs.push_back(fmt::format("r{}o", i));
  }
  return names;
}

ModelContract contract_of(const TrainedModel& model) {
  ModelContract contract;
  contract.network = model.config.network;
  contract.polarity = metadata_or(model, "polarity", contract.polarity);
  contract.uncertainty_output = model.config.uncertainty ? "uncertainty" : "";
  for (int i = 1; i <= kStates; ++i) contract.states.push_back({fmt::format("r{}i", i), fmt::format("r{}o", i)});
  contract.train_size = train_size_of(model);
  contract.weights_hash = model.weights_hash;
  contract.data_licence = metadata_or(model, "data_licence", "");
  contract_from_json(contract_to_json(contract), model.file.string());  // what the runtime would refuse is refused here
  return contract;
}

std::string export_model(const TrainedModel& model, double ratio) {
  MattingNetwork& network = *model.network;
  require(!network.is_training(), "a network is exported in evaluation mode");
  require(ratio == 1 || model.config.refiner, "ratio is {}: only 1 is possible, the model has no refiner (model.refiner)",
          ratio);
  const ModelContract contract = contract_of(model);
  const ExportNames names = export_names(model.config);
  const auto forward = [&](const std::vector<torch::Tensor>& inputs) { return export_forward(network, inputs, ratio); };
  const TracedGraph graph = trace(forward, example_inputs(names), names.outputs, named_weights(network));

  OnnxWriter onnx(contract.network);
  declare_inputs(names, onnx);
  declare_outputs(names, onnx);
  translate(graph, onnx);
  return onnx.finish({{kContractKey, contract_to_json(contract)}, {kRatioKey, fmt::format("{}", ratio)}});
}

}  // namespace facemat
