#include "src/runtime/onnx/ports.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "src/core/error.h"
#include "src/runtime/onnx/session.h"

namespace facemat::ports {
namespace {

std::string describe(const Port& port) {
  const char* type = port.is_float() ? "float" : port.is_half() ? "float16" : "other";
  return fmt::format("{} {}[{}]", port.name, type, fmt::join(port.shape, ","));
}

std::string describe(const std::vector<Port>& ports) {
  std::vector<std::string> parts;
  for (const Port& port : ports) parts.push_back(describe(port));
  return fmt::format("{}", fmt::join(parts, " "));
}

Port port(std::string name, const Ort::TypeInfo& type) {
  Port out{std::move(name), ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED, {}};
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) return out;
  const auto tensor = type.GetTensorTypeAndShapeInfo();
  out.type = tensor.GetElementType();
  out.shape = tensor.GetShape();
  return out;
}

// `ports` must hold a float or float16 tensor `name` of rank 4 with `channels` channels (0: any number).
const Port& check_port(const std::vector<Port>& ports, const std::string& name, int channels, const char* side,
                       const std::string& model) {
  const std::string wanted = fmt::format("{} float[-1,{},-1,-1]", name, channels == 0 ? -1 : channels);
  const Port* found = find(ports, name);
  const bool fits = found && (found->is_float() || found->is_half()) && found->shape.size() == 4 &&
                    (channels == 0 || found->shape[1] == -1 || found->shape[1] == channels);
  require(fits, "{}: the contract promises {} {}, the graph has {}", model, side, wanted, describe(ports));
  return *found;
}

void check_image_port(const Port& image, const std::string& model) {
  const int64_t batch = image.shape[0], height = image.shape[2], width = image.shape[3];
  require(batch == -1 || batch == 1, "{}: the graph is frozen to a batch of {} (allowed: 1)", model, batch);
  const bool open = height == -1 && width == -1;
  require(open || (height >= 1 && height <= kLargestSide && width >= 1 && width <= kLargestSide),
          "{}: the graph is frozen to images of {}x{} (allowed: both sides open, or both 1 to {})", model, width, height,
          kLargestSide);
}

// A guide comes at the size of the image, so what one is frozen to the other is.
void check_guide_port(const Port& guide, const Port& image, const std::string& model) {
  const bool fits =
      (guide.shape[0] == -1 || guide.shape[0] == 1) && guide.shape[2] == image.shape[2] && guide.shape[3] == image.shape[3];
  require(fits, "{}: {} comes at the size of {}", model, describe(guide), describe(image));
}

void check_ratio_port(const Graph& graph, const std::string& name, const std::string& model) {
  const Port* found = find(graph.inputs, name);
  const bool fits = found && found->is_float() && found->shape.size() == 1 && (found->shape[0] == 1 || found->shape[0] == -1);
  require(fits, "{}: the contract promises input {} float[1], the graph has {}", model, name, describe(graph.inputs));
}

// A name that stands for two things would leave one of them without a value.
void check_names(const ModelContract& contract, const std::string& model) {
  std::vector<std::string> inputs = {contract.image_input}, outputs = {contract.alpha_output};
  if (!contract.ratio_input.empty()) inputs.push_back(contract.ratio_input);
  for (const ModelGuide& guide : contract.guides) inputs.push_back(guide.input);
  if (!contract.uncertainty_output.empty()) outputs.push_back(contract.uncertainty_output);
  for (const ModelState& state : contract.states) inputs.push_back(state.input), outputs.push_back(state.output);
  for (const auto* names : {&inputs, &outputs})
    require(std::set<std::string>(names->begin(), names->end()).size() == names->size(),
            "{}: the contract uses a name twice: {}", model, fmt::join(*names, ", "));
}

}  // namespace

Graph graph_of(const Ort::Session& session) {
  Ort::AllocatorWithDefaultOptions allocator;
  Graph graph;
  for (size_t i = 0; i < session.GetInputCount(); ++i)
    graph.inputs.push_back(port(session.GetInputNameAllocated(i, allocator).get(), session.GetInputTypeInfo(i)));
  for (size_t i = 0; i < session.GetOutputCount(); ++i)
    graph.outputs.push_back(port(session.GetOutputNameAllocated(i, allocator).get(), session.GetOutputTypeInfo(i)));
  return graph;
}

const Port* find(const std::vector<Port>& ports, const std::string& name) {
  const auto at = std::find_if(ports.begin(), ports.end(), [&](const Port& p) { return p.name == name; });
  return at == ports.end() ? nullptr : &*at;
}

void check_graph(const Graph& graph, const ModelContract& contract, const std::string& model) {
  check_names(contract, model);
  const Port& image = check_port(graph.inputs, contract.image_input, 3, "input", model);
  check_image_port(image, model);
  for (const ModelGuide& guide : contract.guides)
    check_guide_port(check_port(graph.inputs, guide.input, find_guide(guide.name).channels(), "input", model), image, model);
  check_port(graph.outputs, contract.alpha_output, 1, "output", model);
  if (!contract.uncertainty_output.empty()) check_port(graph.outputs, contract.uncertainty_output, 1, "output", model);
  for (const ModelState& state : contract.states) {
    const Port& in = check_port(graph.inputs, state.input, 0, "input", model);
    const Port& out = check_port(graph.outputs, state.output, 0, "output", model);
    require(in.type == out.type, "{}: state {} is fed back to {}, which is of another type", model, describe(out),
            describe(in));
  }
  if (!contract.ratio_input.empty()) check_ratio_port(graph, contract.ratio_input, model);
  const size_t promised = 1 + contract.guides.size() + contract.states.size() + (contract.ratio_input.empty() ? 0 : 1);
  require(graph.inputs.size() == promised, "{}: the contract promises {} inputs, the graph has {}", model, promised,
          describe(graph.inputs));
}

std::string contract_text(const Ort::Session& session, const Graph& graph, const std::string& model) {
  Ort::AllocatorWithDefaultOptions allocator;
  const auto text = session.GetModelMetadata().LookupCustomMetadataMapAllocated(kContractKey, allocator);
  require(text != nullptr, "{}: the model has no contract (metadata '{}'; 'facemat export' writes it); inputs: {}; outputs: {}",
          model, kContractKey, describe(graph.inputs), describe(graph.outputs));
  return text.get();
}

}  // namespace facemat::ports
