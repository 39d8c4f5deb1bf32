#include <algorithm>
#include <set>

#include "export/passes/blocks.h"
#include "export/passes/rewrites.h"
#include "export/passes/shapes.h"

namespace facemat {
namespace {

bool is_plain_convolution(const Graph& graph, const GraphNode& node) {
  return node.type == "Conv" && integer_attribute(node, "group", 1) == 1 && constant_of(graph, node.inputs[1]) &&
         (node.inputs.size() < 3 || constant_of(graph, node.inputs[2]));
}

// The channels of what `concat` joins; empty where one is not known.
std::vector<int64_t> part_channels(const Shapes& shapes, const GraphNode& concat) {
  std::vector<int64_t> channels;
  for (const std::string& part : concat.inputs) {
    channels.push_back(channels_of(shapes, part));
    if (channels.back() == 0) return {};
  }
  return channels;
}

bool worth_splitting(const std::vector<int64_t>& channels) {
  int64_t total = 0;
  for (const int64_t c : channels) total += c;
  return total % kBlockedMultiple != 0 || std::all_of(channels.begin(), channels.end(), fills_blocks);
}

// conv(concat(x, y)) = conv(x) + conv(y), each with its part of the weights.
bool split_by_inputs(Graph& graph, int index, const Shapes& shapes) {
  const GraphNode node = graph.nodes[index];
  if (!is_plain_convolution(graph, node)) return false;
  const int joined = producer_of(graph, node.inputs[0]);
  if (joined < 0 || graph.nodes[joined].type != "Concat" || integer_attribute(graph.nodes[joined], "axis", 0) != 1)
    return false;
  const GraphNode concat = graph.nodes[joined];
  const std::vector<int64_t> channels = part_channels(shapes, concat);
  if (channels.size() < 2 || !worth_splitting(channels)) return false;
  const torch::Tensor weight = graph.constants.at(node.inputs[1]);
  const std::string result = node.outputs[0];
  std::vector<GraphNode> nodes;
  std::string sum;
  int64_t first = 0;
  for (size_t i = 0; i < channels.size(); ++i) {
    GraphNode part = node;
    const std::string number = std::to_string(i + 1);
    part.inputs = {concat.inputs[i],
                   add_constant(graph, node.inputs[1] + "/part_" + number, weight.narrow(1, first, channels[i]))};
    if (i == 0 && node.inputs.size() > 2) part.inputs.push_back(node.inputs[2]);
    part.outputs = {result + "/part_" + number};
    nodes.push_back(part);
    first += channels[i];
    if (i > 0) {
      const std::string total = i + 1 == channels.size() ? result : result + "/sum_" + number;
      nodes.push_back({"Add", {sum, part.outputs[0]}, {total}, {}});
      sum = total;
    } else {
      sum = part.outputs[0];
    }
  }
  replace_node(graph, index, nodes);
  return true;
}

struct Cut {
  int node;
  int64_t first, last;  // channels, last excluded
};

// The channel slices of `name` in the order of the channels; empty if it is used otherwise, or if they leave gaps or overlap.
std::vector<Cut> channel_cuts(const Graph& graph, const Shapes& shapes, const std::string& name) {
  const int64_t channels = channels_of(shapes, name);
  std::vector<Cut> cuts;
  for (const int user : users_of(graph, name)) {
    const GraphNode& node = graph.nodes[user];
    const int64_t part = channels_of(shapes, node.outputs[0]);
    if (node.type != "Slice" || node.inputs.size() < 4 || part == 0 || part == channels) return {};
    const torch::Tensor *start = constant_of(graph, node.inputs[1]), *axes = constant_of(graph, node.inputs[3]);
    const torch::Tensor* step = node.inputs.size() > 4 ? constant_of(graph, node.inputs[4]) : nullptr;
    if (!start || !axes || axes->numel() != 1 || (step && step->data_ptr<int64_t>()[0] != 1)) return {};
    const int64_t axis = axes->data_ptr<int64_t>()[0], first = start->data_ptr<int64_t>()[0];
    if (axis != 1 && axis != -3) return {};
    cuts.push_back({user, first < 0 ? first + channels : first, (first < 0 ? first + channels : first) + part});
  }
  std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.first < b.first; });
  int64_t next = 0;
  for (const Cut& cut : cuts) {
    if (cut.first != next) return {};
    next = cut.last;
  }
  return next == channels ? cuts : std::vector<Cut>();
}

}  // namespace

void join_slices(Graph& graph) {
  const Shapes shapes = infer_shapes(graph);
  std::set<std::string> names;
  for (const GraphNode& node : graph.nodes)
    if (node.type == "Slice") names.insert(node.inputs[0]);
  for (const std::string& name : names) {
    const std::vector<Cut> cuts = channel_cuts(graph, shapes, name);
    if (cuts.size() < 2 || is_output(graph, name)) continue;
    GraphNode split{"Split", {name}, {}, {{"axis", int64_t{1}}}};
    std::vector<int64_t> parts, indices;
    for (const Cut& cut : cuts) {
      split.outputs.push_back(graph.nodes[cut.node].outputs[0]);
      parts.push_back(cut.last - cut.first);
      indices.push_back(cut.node);
    }
    split.inputs.push_back(add_constant(graph, name + "/parts", torch::tensor(parts, torch::kInt64)));
    std::sort(indices.rbegin(), indices.rend());
    for (const int64_t index : indices) graph.nodes.erase(graph.nodes.begin() + index);
    graph.nodes.insert(graph.nodes.begin() + indices.back(), split);  // where the first of them was
  }
  drop_unused(graph);
}

void split_joined_inputs(Graph& graph) {
  const Shapes shapes = infer_shapes(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) split_by_inputs(graph, static_cast<int>(i), shapes);
  drop_unused(graph);
}

}  // namespace facemat
