#pragma once
// An exported network as a plain list of ONNX operators: what the translators write, the passes rewrite and onnx_writer turns
// into bytes.

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace facemat {

using Attribute = std::variant<int64_t, double, std::string, std::vector<int64_t>>;
using Attributes = std::map<std::string, Attribute>;

inline constexpr int64_t kFloatType = 1, kIntegerType = 7;  // ONNX's numbers of float32 and int64, the attribute "to" of a Cast

// A size, or the name of one that is known when the model runs; an empty name: nothing is known about it.
using Dimension = std::variant<int64_t, std::string>;
using Dimensions = std::vector<Dimension>;

struct GraphNode {
  std::string type;                  // "Conv"
  std::vector<std::string> inputs;   // an empty name stands for an optional input that is not given
  std::vector<std::string> outputs;  // likewise
  Attributes attributes;
};

struct GraphPort {
  std::string name;
  Dimensions dimensions;
};

struct Graph {
  std::string name;
  std::vector<GraphPort> inputs, outputs;
  std::vector<GraphNode> nodes;                    // each after those it needs
  std::map<std::string, torch::Tensor> constants;  // float32 or int64, contiguous
  std::map<std::string, Dimensions> shapes;        // of results, where they are stated; empty: nothing is stated
};

// Attributes, or what ONNX takes where they are absent.
int64_t integer_attribute(const GraphNode& node, const std::string& name, int64_t fallback);
double number_attribute(const GraphNode& node, const std::string& name, double fallback);
std::string text_attribute(const GraphNode& node, const std::string& name, const std::string& fallback);
std::vector<int64_t> integers_attribute(const GraphNode& node, const std::string& name, const std::vector<int64_t>& fallback);

// The node whose result `name` is; -1 for a graph input, a constant and an unknown name.
int producer_of(const Graph& graph, const std::string& name);

// Indices of the nodes that read `name`, each once.
std::vector<int> users_of(const Graph& graph, const std::string& name);

bool is_output(const Graph& graph, const std::string& name);
bool is_input(const Graph& graph, const std::string& name);

// The constant `name`; null if it is none.
const torch::Tensor* constant_of(const Graph& graph, const std::string& name);

// `base`, or base with a number behind it, so that nothing in the graph has that name.
std::string fresh_name(const Graph& graph, const std::string& base);

// Stores a constant under a fresh name made of `base` and returns that.
std::string add_constant(Graph& graph, const std::string& base, const torch::Tensor& value);

// Puts `nodes` in the place of node `index`.
void replace_node(Graph& graph, int index, const std::vector<GraphNode>& nodes);

// Every reader of `from` reads `to` instead; graph outputs keep their names.
void redirect(Graph& graph, const std::string& from, const std::string& to);

}  // namespace facemat
