// What older or smaller runtimes know instead of newer operators.

#include <limits>

#include "export/passes/rewrites.h"
#include "export/passes/shapes.h"
#include "src/core/error.h"

namespace facemat {

// A pooling keeps one running sum for all values of a map, which loses digits in large ones: at 1080p a sharp alpha was off by
// 2e-4. The mean of the rows' means adds few values at a time.
void mean_by_rows(Graph& graph) {
  const auto mean = [](const std::string& x, int64_t axis, const std::string& y) -> GraphNode {
    return {"ReduceMean", {x}, {y}, {{"axes", std::vector<int64_t>{axis}}, {"keepdims", int64_t{1}}}};
  };
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    if (node.type != "GlobalAveragePool") continue;
    const std::string rows = fresh_name(graph, node.outputs[0] + "/rows");
    replace_node(graph, static_cast<int>(i), {mean(node.inputs[0], 3, rows), mean(rows, 2, node.outputs[0])});
  }
}

void open_hard_swish(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    if (node.type != "HardSwish") continue;
    const std::string gate = fresh_name(graph, node.outputs[0] + "/gate");
    replace_node(graph, static_cast<int>(i),
                 {{"HardSigmoid", {node.inputs[0]}, {gate}, {{"alpha", 1.0 / 6}, {"beta", 0.5}}},
                  {"Mul", {node.inputs[0], gate}, node.outputs, {}}});
  }
}

// hardsigmoid(conv(x)) = clip(conv'(x), 0, 1) with the slope and the shift in the convolution.
void clip_gates(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    const int at = node.type == "HardSigmoid" ? producer_of(graph, node.inputs[0]) : -1;
    if (at < 0 || graph.nodes[at].type != "Conv" || users_of(graph, node.inputs[0]).size() != 1) continue;
    GraphNode& convolution = graph.nodes[at];
    const torch::Tensor* weight = constant_of(graph, convolution.inputs[1]);
    const torch::Tensor* bias = convolution.inputs.size() > 2 ? constant_of(graph, convolution.inputs[2]) : nullptr;
    if (!weight || (convolution.inputs.size() > 2 && !bias) || is_output(graph, node.inputs[0])) continue;
    const double slope = number_attribute(node, "alpha", 0.2), shift = number_attribute(node, "beta", 0.5);
    const auto moved = (bias ? *bias * slope : torch::zeros({weight->size(0)})) + shift;
    convolution.inputs = {convolution.inputs[0], add_constant(graph, convolution.inputs[1] + "/gate", *weight * slope),
                          add_constant(graph, convolution.inputs[1] + "/gate_bias", moved)};
    const std::string low = add_constant(graph, node.outputs[0] + "/low", torch::zeros({})),
                      high = add_constant(graph, node.outputs[0] + "/high", torch::ones({}));
    graph.nodes[i] = {"Clip", {node.inputs[0], low, high}, node.outputs, {}};
  }
  merge_duplicates(graph);
}

namespace {

const torch::Tensor& constant_input(const Graph& graph, const GraphNode& node, size_t index) {
  const torch::Tensor* value = index < node.inputs.size() ? constant_of(graph, node.inputs[index]) : nullptr;
  require(value != nullptr, "{} {} needs a constant {} in an old opset", node.type, node.outputs[0], node.inputs.at(index));
  return *value;
}

std::vector<int64_t> integers(const torch::Tensor& tensor) {
  return {tensor.data_ptr<int64_t>(), tensor.data_ptr<int64_t>() + tensor.numel()};
}

void lower_split(const Graph& graph, GraphNode& node) {
  node.attributes["split"] = integers(constant_input(graph, node, 1));
  node.inputs.resize(1);
}

}  // namespace

// Opset 12 and before: the parts of a split are an attribute, a resize has a region and scales, here empty ones. Convolutions,
// transposed ones too, state their kernels' sizes, which is optional, but missed by some readers of that time.
void old_inputs(Graph& graph) {
  for (GraphNode& node : graph.nodes) {
    const bool convolves = node.type == "Conv" || node.type == "ConvTranspose";
    const torch::Tensor* weight = convolves ? constant_of(graph, node.inputs[1]) : nullptr;
    if (weight) node.attributes["kernel_shape"] = std::vector<int64_t>{weight->size(2), weight->size(3)};
    if (node.type == "Split" && node.inputs.size() > 1) lower_split(graph, node);
    for (size_t i = 1; node.type == "Resize" && i < node.inputs.size(); ++i)
      if (node.inputs[i].empty()) node.inputs[i] = add_constant(graph, node.outputs[0] + "/none", torch::zeros({0}));
  }
  drop_unused(graph);
}

// OpenCV's importer, from 4.8 on, makes layers of an instance norm's gain and bias, and wires them to whatever else reads the
// same constants: batch norms, which then have too many inputs.
void own_instance_norms(Graph& graph) {
  for (GraphNode& node : graph.nodes) {
    if (node.type != "InstanceNormalization") continue;
    for (size_t i = 1; i < node.inputs.size(); ++i)
      if (const torch::Tensor* constant = constant_of(graph, node.inputs[i])) {
        const torch::Tensor value = constant->clone();
        node.inputs[i] = add_constant(graph, node.outputs[0] + "/own", value);
      }
  }
  drop_unused(graph);
}

// clip(x, a, b) = b - relu((b - a) - relu(x - a)).
void clip_by_relu(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    if (node.type != "Clip" || node.inputs.size() != 3) continue;
    const torch::Tensor *low = constant_of(graph, node.inputs[1]), *high = constant_of(graph, node.inputs[2]);
    if (!low || !high) continue;
    const double a = low->item<float>(), b = high->item<float>();
    const std::string base = node.outputs[0] + "/clip/";
    const auto number = [&](const char* name, double value) {
      return add_constant(graph, base + name, torch::full({1}, value));
    };
    std::vector<GraphNode> nodes;
    std::string x = node.inputs[0];
    if (a != 0) {
      nodes.push_back({"Sub", {x, number("low", a)}, {base + "shifted"}, {}});
      x = base + "shifted";
    }
    nodes.push_back({"Relu", {x}, {base + "above"}, {}});
    nodes.push_back({"Sub", {number("span", b - a), base + "above"}, {base + "rest"}, {}});
    nodes.push_back({"Relu", {base + "rest"}, {base + "below"}, {}});
    nodes.push_back({"Sub", {number("high", b), base + "below"}, node.outputs, {}});
    replace_node(graph, static_cast<int>(i), nodes);
  }
}

// Opset 14 and before: the sizes of all dimensions, of which a slice takes some.
void whole_shapes(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    if (node.type != "Shape" || node.attributes.empty()) continue;
    const std::string base = node.outputs[0] + "/";
    const auto vector = [&](const char* name, int64_t value) {
      return add_constant(graph, base + name, torch::full({1}, value, torch::kInt64));
    };
    const std::string start = vector("start", integer_attribute(node, "start", 0)), axis = vector("axis", 0),
                      end = vector("end", integer_attribute(node, "end", std::numeric_limits<int64_t>::max()));
    const std::string whole = fresh_name(graph, base + "whole");
    replace_node(graph, static_cast<int>(i),
                 {{"Shape", {node.inputs[0]}, {whole}, {}}, {"Slice", {whole, start, end, axis}, node.outputs, {}}});
  }
  merge_duplicates(graph);
}

}  // namespace facemat
