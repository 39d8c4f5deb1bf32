#include <algorithm>
#include <set>

#include "export/passes/rewrites.h"
#include "export/passes/shapes.h"

namespace facemat {
namespace {

bool passes_on(const GraphNode& node, const Shapes& shapes) {
  if (node.type == "Identity" || node.type == "Dropout") return true;
  if (node.type == "Concat" && node.inputs.size() == 1) return true;
  if (node.type != "Slice" && node.type != "Expand" && node.type != "Pad") return false;
  const auto x = shapes.sizes.find(node.inputs[0]), y = shapes.sizes.find(node.outputs[0]);
  return x != shapes.sizes.end() && y != shapes.sizes.end() && same(x->second, y->second);
}

// False if it has to stay: an output that is an input, a constant or another output as well.
bool bypass(Graph& graph, int index) {
  const std::string from = graph.nodes[index].inputs[0], to = graph.nodes[index].outputs[0];
  if (!is_output(graph, to)) {
    redirect(graph, to, from);
    replace_node(graph, index, {});
    return true;
  }
  const int producer = producer_of(graph, from);
  if (producer < 0 || is_output(graph, from)) return false;
  auto& results = graph.nodes[producer].outputs;
  std::replace(results.begin(), results.end(), from, to);
  redirect(graph, from, to);
  replace_node(graph, index, {});
  return true;
}

bool same_tensor(const torch::Tensor& a, const torch::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && torch::equal(a, b);
}

bool same_node(const GraphNode& a, const GraphNode& b) {
  return a.type == b.type && a.inputs == b.inputs && a.attributes == b.attributes && a.outputs.size() == b.outputs.size();
}

bool has_output(const Graph& graph, const GraphNode& node) {
  return std::any_of(node.outputs.begin(), node.outputs.end(), [&](const std::string& name) { return is_output(graph, name); });
}

void merge_constants(Graph& graph) {
  for (auto a = graph.constants.begin(); a != graph.constants.end(); ++a)
    for (auto b = std::next(a); b != graph.constants.end();) {
      if (!same_tensor(a->second, b->second)) {
        ++b;
        continue;
      }
      redirect(graph, b->first, a->first);
      b = graph.constants.erase(b);
    }
}

// Whether the result is zero everywhere: what zeros are expanded to, products with them, their convolution without a bias.
bool stays_zero(const GraphNode& node, const std::set<std::string>& zeros) {
  const auto is_zero = [&](const std::string& name) { return zeros.count(name) > 0; };
  if (node.type == "Mul") return is_zero(node.inputs[0]) || is_zero(node.inputs[1]);
  return (node.type == "Expand" || (node.type == "Conv" && node.inputs.size() == 2)) && is_zero(node.inputs[0]);
}

// The operand that a sum with, or a difference from, zeros is; -1 if it is none, or if the zeros give it its shape.
int left_over(const GraphNode& node, const Shapes& shapes, const std::set<std::string>& zeros) {
  if (node.type != "Add" && node.type != "Sub") return -1;
  for (int zero = node.type == "Add" ? 0 : 1; zero < 2; ++zero) {
    const auto x = shapes.sizes.find(node.inputs[1 - zero]), y = shapes.sizes.find(node.outputs[0]);
    const bool keeps = x != shapes.sizes.end() && y != shapes.sizes.end() && same(x->second, y->second);
    if (zeros.count(node.inputs[zero]) && keeps) return 1 - zero;
  }
  return -1;
}

// A convolution of maps joined with zeros is that of the maps, with their part of the weights.
void leave_zeros_out(Graph& graph, const Shapes& shapes, const std::set<std::string>& zeros, int index) {
  const GraphNode node = graph.nodes[index];
  const torch::Tensor* weight = node.type == "Conv" ? constant_of(graph, node.inputs[1]) : nullptr;
  const int joined = weight && integer_attribute(node, "group", 1) == 1 ? producer_of(graph, node.inputs[0]) : -1;
  if (joined < 0 || graph.nodes[joined].type != "Concat" || integer_attribute(graph.nodes[joined], "axis", 0) != 1) return;
  GraphNode concat = graph.nodes[joined];
  std::vector<std::string> kept;
  std::vector<torch::Tensor> parts;
  int64_t first = 0;
  for (const std::string& name : concat.inputs) {
    const int64_t channels = channels_of(shapes, name);
    if (channels == 0) return;
    if (!zeros.count(name)) {
      kept.push_back(name);
      parts.push_back(weight->narrow(1, first, channels));
    }
    first += channels;
  }
  if (kept.empty() || kept.size() == concat.inputs.size()) return;
  concat.inputs = kept;
  concat.outputs = {fresh_name(graph, node.outputs[0] + "/input")};
  GraphNode convolution = node;
  convolution.inputs[0] = concat.outputs[0];
  convolution.inputs[1] = add_constant(graph, node.inputs[1] + "/kept", torch::cat(parts, 1));
  replace_node(graph, index, {concat, convolution});
}

}  // namespace

void drop_identities(Graph& graph) {
  const Shapes shapes = infer_shapes(graph);
  for (size_t i = 0; i < graph.nodes.size();)
    if (!passes_on(graph.nodes[i], shapes) || !bypass(graph, static_cast<int>(i))) ++i;
  drop_unused(graph);
}

void drop_zeros(Graph& graph) {
  const Shapes shapes = infer_shapes(graph);
  std::set<std::string> zeros;
  for (const auto& [name, tensor] : graph.constants)
    if (tensor.is_floating_point() && tensor.numel() > 0 && !tensor.count_nonzero().item<int64_t>()) zeros.insert(name);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    leave_zeros_out(graph, shapes, zeros, static_cast<int>(i));
    GraphNode& node = graph.nodes[i];
    if (stays_zero(node, zeros)) zeros.insert(node.outputs[0]);
    const int other = left_over(node, shapes, zeros);
    if (other >= 0) node = {"Identity", {node.inputs[other]}, node.outputs, {}};
  }
  drop_identities(graph);
}

void drop_unused(Graph& graph) {
  std::set<std::string> needed;
  for (const GraphPort& output : graph.outputs) needed.insert(output.name);
  std::vector<GraphNode> kept;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const auto is_needed = [&](const std::string& name) { return needed.count(name) > 0; };
    if (std::none_of(node->outputs.begin(), node->outputs.end(), is_needed)) continue;
    needed.insert(node->inputs.begin(), node->inputs.end());
    kept.push_back(*node);
  }
  graph.nodes.assign(kept.rbegin(), kept.rend());
  for (auto constant = graph.constants.begin(); constant != graph.constants.end();)
    constant = needed.count(constant->first) ? std::next(constant) : graph.constants.erase(constant);
}

void merge_duplicates(Graph& graph) {
  merge_constants(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (size_t k = i + 1; k < graph.nodes.size();) {
      if (!same_node(graph.nodes[i], graph.nodes[k]) || has_output(graph, graph.nodes[k])) {
        ++k;
        continue;
      }
      for (size_t r = 0; r < graph.nodes[i].outputs.size(); ++r)
        redirect(graph, graph.nodes[k].outputs[r], graph.nodes[i].outputs[r]);
      replace_node(graph, static_cast<int>(k), {});
    }
}

}  // namespace facemat
