#include "export/graph/graph.h"

#include <algorithm>

#include "src/core/error.h"

namespace facemat {
namespace {

template <typename T>
T attribute_or(const GraphNode& node, const std::string& name, const T& fallback) {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return fallback;
  const T* value = std::get_if<T>(&found->second);
  require(value != nullptr, "attribute '{}' of {} has another type than ONNX gives it", name, node.type);
  return *value;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool has_port(const std::vector<GraphPort>& ports, const std::string& name) {
  return std::any_of(ports.begin(), ports.end(), [&](const GraphPort& port) { return port.name == name; });
}

}  // namespace

int64_t integer_attribute(const GraphNode& node, const std::string& name, int64_t fallback) {
  return attribute_or(node, name, fallback);
}
double number_attribute(const GraphNode& node, const std::string& name, double fallback) {
  return attribute_or(node, name, fallback);
}
std::string text_attribute(const GraphNode& node, const std::string& name, const std::string& fallback) {
  return attribute_or(node, name, fallback);
}
std::vector<int64_t> integers_attribute(const GraphNode& node, const std::string& name, const std::vector<int64_t>& fallback) {
  return attribute_or(node, name, fallback);
}

int producer_of(const Graph& graph, const std::string& name) {
  if (name.empty()) return -1;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (contains(graph.nodes[i].outputs, name)) return static_cast<int>(i);
  return -1;
}

std::vector<int> users_of(const Graph& graph, const std::string& name) {
  std::vector<int> users;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (contains(graph.nodes[i].inputs, name)) users.push_back(static_cast<int>(i));
  return users;
}

bool is_output(const Graph& graph, const std::string& name) { return has_port(graph.outputs, name); }
bool is_input(const Graph& graph, const std::string& name) { return has_port(graph.inputs, name); }

const torch::Tensor* constant_of(const Graph& graph, const std::string& name) {
  const auto found = graph.constants.find(name);
  return found == graph.constants.end() ? nullptr : &found->second;
}

std::string fresh_name(const Graph& graph, const std::string& base) {
  const auto taken = [&](const std::string& name) {
    return graph.constants.count(name) > 0 || is_input(graph, name) || producer_of(graph, name) >= 0;
  };
  std::string name = base;
  for (int number = 2; taken(name); ++number) name = base + "_" + std::to_string(number);
  return name;
}

std::string add_constant(Graph& graph, const std::string& base, const torch::Tensor& value) {
  std::string name = fresh_name(graph, base);
  graph.constants[name] = value.detach().cpu().contiguous();
  return name;
}

void replace_node(Graph& graph, int index, const std::vector<GraphNode>& nodes) {
  const auto at = graph.nodes.erase(graph.nodes.begin() + index);
  graph.nodes.insert(at, nodes.begin(), nodes.end());
}

void redirect(Graph& graph, const std::string& from, const std::string& to) {
  for (GraphNode& node : graph.nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
}

}  // namespace facemat
