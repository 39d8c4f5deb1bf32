#include <algorithm>
#include <map>

#include "export/passes/rewrites.h"
#include "export/passes/shapes.h"

namespace facemat {
namespace {

// The node behind `name` if it is a `type` and nothing but one node reads it; -1 otherwise.
int sole_producer(const Graph& graph, const std::string& name, const std::string& type) {
  const int index = producer_of(graph, name);
  if (index < 0 || graph.nodes[index].type != type || is_output(graph, name)) return -1;
  return users_of(graph, name).size() == 1 ? index : -1;
}

torch::Tensor bias_or_zeros(const Graph& graph, const GraphNode& convolution, int64_t channels) {
  const torch::Tensor* bias = convolution.inputs.size() > 2 ? constant_of(graph, convolution.inputs[2]) : nullptr;
  return bias ? bias->to(torch::kFloat64) : torch::zeros({channels}, torch::kFloat64);
}

bool fold_batch_norm(Graph& graph, int index) {
  const GraphNode norm = graph.nodes[index];
  const int at = sole_producer(graph, norm.inputs[0], "Conv");
  if (at < 0) return false;
  GraphNode& convolution = graph.nodes[at];
  const torch::Tensor* weight = constant_of(graph, convolution.inputs[1]);
  if (!weight) return false;
  const auto vector = [&](int input) { return graph.constants.at(norm.inputs[input]).to(torch::kFloat64); };
  for (int i = 1; i <= 4; ++i)
    if (!constant_of(graph, norm.inputs[i])) return false;
  const auto scale = vector(1) / (vector(4) + number_attribute(norm, "epsilon", 1e-5)).sqrt();
  const auto bias = (bias_or_zeros(graph, convolution, weight->size(0)) - vector(3)) * scale + vector(2);
  const auto folded = weight->to(torch::kFloat64) * scale.view({-1, 1, 1, 1});
  const std::string base = convolution.inputs[1];
  convolution.inputs = {convolution.inputs[0], add_constant(graph, base + "/folded", folded.to(torch::kFloat32)),
                        add_constant(graph, base + "/folded_bias", bias.to(torch::kFloat32))};
  convolution.outputs = norm.outputs;
  replace_node(graph, index, {});
  return true;
}

torch::Tensor to_tensor(const Dimensions& values, bool scalar) {
  const auto tensor = torch::tensor(fixed_sizes(values), torch::kInt64);
  return scalar ? tensor.view({}) : tensor;
}

// A constant rounded down, or as another kind of number; undefined for other operators.
torch::Tensor converted(const GraphNode& node, const torch::Tensor& x) {
  if (node.type == "Floor") return x.floor();
  const int64_t type = node.type == "Cast" ? integer_attribute(node, "to", 0) : 0;
  return type == kFloatType ? x.to(torch::kFloat32) : type == kIntegerType ? x.to(torch::kInt64) : torch::Tensor();
}

// Arithmetic of small constants.
bool evaluate(Graph& graph, const GraphNode& node) {
  using Function = torch::Tensor (*)(const torch::Tensor&, const torch::Tensor&);
  static const std::map<std::string, Function> functions = {
      {"Add", [](const torch::Tensor& a, const torch::Tensor& b) { return a + b; }},
      {"Sub", [](const torch::Tensor& a, const torch::Tensor& b) { return a - b; }},
      {"Mul", [](const torch::Tensor& a, const torch::Tensor& b) { return a * b; }},
      {"Div", [](const torch::Tensor& a, const torch::Tensor& b) { return a.is_floating_point() ? a / b : a.div(b, "trunc"); }},
      {"Mod", [](const torch::Tensor& a, const torch::Tensor& b) { return a.remainder(b); }},
      {"Max", [](const torch::Tensor& a, const torch::Tensor& b) { return torch::maximum(a, b); }}};
  const torch::Tensor* a = node.inputs.empty() ? nullptr : constant_of(graph, node.inputs[0]);
  if (!a) return false;
  const torch::Tensor alone = converted(node, *a);
  if (alone.defined()) graph.constants[node.outputs[0]] = alone.contiguous();
  const auto function = functions.find(node.type);
  if (alone.defined() || function == functions.end() || node.inputs.size() != 2) return alone.defined();
  const torch::Tensor* b = constant_of(graph, node.inputs[1]);
  if (!b || a->scalar_type() != b->scalar_type()) return false;
  graph.constants[node.outputs[0]] = function->second(*a, *b).contiguous();
  return true;
}

// Values for each of `channels` channels, of a constant [1,C,1,1], [C,1,1] or a single one; undefined for another.
torch::Tensor per_channel(const Graph& graph, const std::string& name, int64_t channels) {
  const torch::Tensor* value = constant_of(graph, name);
  if (!value || !value->is_floating_point()) return {};
  if (value->numel() == 1) return value->to(torch::kFloat64).reshape({1}).expand({channels});
  const bool fits = value->dim() >= 3 && value->numel() == channels && value->size(-3) == channels;
  return fits ? value->to(torch::kFloat64).reshape({channels}) : torch::Tensor();
}

// conv((x - mean) / deviation) as a convolution of x and a channel of ones, which carries the shift: what the convolution pads
// with zeros lacks the ones as well, so the borders are as they were.
bool fold_shift_and_scale(Graph& graph, int index) {
  const GraphNode node = graph.nodes[index];
  const torch::Tensor* weight = node.type == "Conv" ? constant_of(graph, node.inputs[1]) : nullptr;
  if (!weight || integer_attribute(node, "group", 1) != 1) return false;
  const int division = sole_producer(graph, node.inputs[0], "Div");
  const int shift = division < 0 ? -1 : sole_producer(graph, graph.nodes[division].inputs[0], "Sub");
  if (shift < 0) return false;
  const int64_t channels = weight->size(1);
  const auto mean = per_channel(graph, graph.nodes[shift].inputs[1], channels);
  const auto deviation = per_channel(graph, graph.nodes[division].inputs[1], channels);
  const std::string x = graph.nodes[shift].inputs[0];
  if (!mean.defined() || !deviation.defined() || channels_of(infer_shapes(graph), x) != channels) return false;
  const auto scaled = weight->to(torch::kFloat64) / deviation.view({1, -1, 1, 1});
  const auto ones = -(scaled * mean.view({1, -1, 1, 1})).sum(1, true);
  const std::string base = node.outputs[0] + "/normalised/";
  GraphNode convolution = node;
  convolution.inputs[0] = base + "input";
  convolution.inputs[1] = add_constant(graph, base + "weight", torch::cat({scaled, ones}, 1).to(torch::kFloat32));
  const std::string one = add_constant(graph, base + "one", torch::ones({1, 1, 1, 1}));
  const std::string single = add_constant(graph, base + "channels", torch::ones({1}, torch::kInt64));
  replace_node(graph, index,
               {{"Shape", {x}, {base + "batch"}, {{"start", int64_t{0}}, {"end", int64_t{1}}}},
                {"Shape", {x}, {base + "size"}, {{"start", int64_t{2}}, {"end", int64_t{4}}}},
                {"Concat", {base + "batch", single, base + "size"}, {base + "shape"}, {{"axis", int64_t{0}}}},
                {"Expand", {one, base + "shape"}, {base + "ones"}, {}},
                {"Concat", {x, base + "ones"}, {base + "input"}, {{"axis", int64_t{1}}}},
                convolution});
  return true;
}

// "1 - x" is recorded with a map of ones; a single one does.
bool shrink_operand(Graph& graph, GraphNode& node) {
  if (node.type != "Add" && node.type != "Sub" && node.type != "Mul" && node.type != "Div") return false;
  for (size_t side = 0; side < 2; ++side) {
    const int index = producer_of(graph, node.inputs[side]);
    if (index < 0 || graph.nodes[index].type != "Expand") continue;
    const torch::Tensor* value = constant_of(graph, graph.nodes[index].inputs[0]);
    const int shape = producer_of(graph, graph.nodes[index].inputs[1]);
    if (!value || value->numel() != 1 || shape < 0 || graph.nodes[shape].type != "Shape") continue;
    const GraphNode& measured = graph.nodes[shape];
    if (measured.inputs[0] != node.inputs[1 - side] || !measured.attributes.empty()) continue;
    node.inputs[side] = graph.nodes[index].inputs[0];
    return true;
  }
  return false;
}

}  // namespace

void fold_batch_norms(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size();)
    if (graph.nodes[i].type != "BatchNormalization" || !fold_batch_norm(graph, static_cast<int>(i))) ++i;
  drop_unused(graph);
}

void fold_normalisation(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) fold_shift_and_scale(graph, static_cast<int>(i));
  drop_unused(graph);
}

void fold_constants(Graph& graph) {
  for (GraphNode& node : graph.nodes) shrink_operand(graph, node);
  drop_unused(graph);
  const Shapes shapes = infer_shapes(graph);
  for (size_t i = 0; i < graph.nodes.size();) {
    const GraphNode node = graph.nodes[i];
    const std::string& name = node.outputs[0];
    const auto values = shapes.values.find(name);
    bool known = false;
    if (values != shapes.values.end() && is_fixed(values->second) && !is_output(graph, name)) {
      graph.constants[name] = to_tensor(values->second, shapes.sizes.at(name).empty());
      known = true;
    } else if (!is_output(graph, name)) {
      known = evaluate(graph, node);
    }
    if (known) {
      replace_node(graph, static_cast<int>(i), {});
    } else {
      ++i;
    }
  }
  drop_unused(graph);
}

}  // namespace facemat
