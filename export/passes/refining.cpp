// What a deep guided filter does at full size: A x + b with A and b enlarged.

#include <algorithm>
#include <optional>

#include "export/passes/rewrites.h"
#include "export/passes/shapes.h"

namespace facemat {
namespace {

// The channels that a slice takes, all other axes whole.
struct Channels {
  int64_t first, count, of;
};

std::optional<Channels> channels_taken(const Graph& graph, const Shapes& shapes, const GraphNode& node) {
  if (node.type != "Slice" || node.inputs.size() < 4) return std::nullopt;
  const torch::Tensor *start = constant_of(graph, node.inputs[1]), *axes = constant_of(graph, node.inputs[3]);
  if (!start || !axes || axes->numel() != 1) return std::nullopt;
  const int64_t axis = axes->data_ptr<int64_t>()[0], first = start->data_ptr<int64_t>()[0];
  const int64_t of = channels_of(shapes, node.inputs[0]), count = channels_of(shapes, node.outputs[0]);
  if ((axis != 1 && axis != -3) || of == 0 || count == 0) return std::nullopt;
  return Channels{first < 0 ? first + of : first, count, of};
}

// Slices that nodes of one reader each feed can be moved before those.
bool only_sliced(const Graph& graph, const Shapes& shapes, const std::string& name) {
  if (is_output(graph, name)) return false;
  const std::vector<int> users = users_of(graph, name);
  return std::all_of(users.begin(), users.end(),
                     [&](int user) { return channels_taken(graph, shapes, graph.nodes[user]).has_value(); });
}

GraphNode with_input(GraphNode slice, const std::string& from, const std::string& to) {
  slice.inputs[0] = from;
  slice.outputs = {to};
  return slice;
}

// slice(f(x, y)) = f(slice(x), slice(y)) for what works on each channel alone.
bool move_up(Graph& graph, int index, const Shapes& shapes) {
  const GraphNode slice = graph.nodes[index];
  const auto taken = channels_taken(graph, shapes, slice);
  const int at = taken ? producer_of(graph, slice.inputs[0]) : -1;
  if (at < 0 || !only_sliced(graph, shapes, slice.inputs[0])) return false;
  GraphNode source = graph.nodes[at];
  const std::string result = slice.outputs[0];
  if (source.type == "Add" || source.type == "Mul" || source.type == "Sub") {
    std::vector<GraphNode> nodes;
    for (size_t k = 0; k < 2; ++k) {
      if (channels_of(shapes, source.inputs[k]) != taken->of) return false;
      const std::string part = fresh_name(graph, result + "/operand_" + std::to_string(k + 1));
      nodes.push_back(with_input(slice, source.inputs[k], part));
      source.inputs[k] = part;
    }
    source.outputs = {result};
    nodes.push_back(source);
    replace_node(graph, index, nodes);
    return true;
  }
  if (source.type == "Resize" && source.inputs.size() == 4) {
    // The sizes [N,C,H,W] are put together of two halves; the first is taken of the sliced map.
    const int sizes = producer_of(graph, source.inputs[3]);
    const torch::Tensor* fixed = constant_of(graph, source.inputs[3]);
    const std::string part = fresh_name(graph, result + "/source");
    std::vector<GraphNode> nodes = {with_input(slice, source.inputs[0], part)};
    source.inputs[0] = part;
    source.outputs = {result};
    if (fixed) {
      auto changed = fixed->clone();
      changed[1] = taken->count;
      source.inputs[3] = add_constant(graph, result + "/sizes", changed);
    } else {
      if (sizes < 0 || graph.nodes[sizes].type != "Concat" || graph.nodes[sizes].inputs.size() != 2) return false;
      const std::string front = fresh_name(graph, result + "/batch_channels"), all = fresh_name(graph, result + "/sizes");
      nodes.push_back({"Shape", {part}, {front}, {{"start", int64_t{0}}, {"end", int64_t{2}}}});
      nodes.push_back({"Concat", {front, graph.nodes[sizes].inputs[1]}, {all}, {{"axis", int64_t{0}}}});
      source.inputs[3] = all;
    }
    nodes.push_back(source);
    replace_node(graph, index, nodes);
    return true;
  }
  if (source.type == "Concat" && integer_attribute(source, "axis", 0) == 1) {
    int64_t first = 0;
    for (const std::string& input : source.inputs) {
      const int64_t channels = channels_of(shapes, input);
      if (channels == 0) return false;
      if (first == taken->first && channels == taken->count) {
        replace_node(graph, index, {{"Identity", {input}, {result}, {}}});
        return true;
      }
      first += channels;
    }
  }
  return false;
}

const GraphNode* behind(const Graph& graph, const std::string& name, const char* type) {
  const int index = producer_of(graph, name);
  const bool sole = index >= 0 && users_of(graph, name).size() == 1 && !is_output(graph, name);
  return sole && graph.nodes[index].type == type ? &graph.nodes[index] : nullptr;
}

// up(a) x + b + x = up(a + 1) x + b: what is added to each of the small map's values keeps through the resize.
bool sum_into_factor(Graph& graph, int index) {
  const GraphNode node = graph.nodes[index];
  if (node.type != "Add") return false;
  for (int side = 0; side < 2; ++side) {
    const std::string x = node.inputs[1 - side];
    const GraphNode* inner = behind(graph, node.inputs[side], "Add");
    for (int k = 0; inner && k < 2; ++k) {
      const GraphNode* product = behind(graph, inner->inputs[k], "Mul");
      for (int m = 0; product && m < 2; ++m) {
        const GraphNode* resize = product->inputs[1 - m] == x ? behind(graph, product->inputs[m], "Resize") : nullptr;
        if (!resize) continue;
        const int at = producer_of(graph, product->inputs[m]), sum = producer_of(graph, node.inputs[side]);
        const std::string small = resize->inputs[0], raised = fresh_name(graph, small + "/raised");
        graph.nodes[sum].outputs = node.outputs;
        graph.nodes[at].inputs[0] = raised;
        graph.nodes.erase(graph.nodes.begin() + index);
        const std::string one = add_constant(graph, raised + "/one", torch::ones({}));
        graph.nodes.insert(graph.nodes.begin() + at, GraphNode{"Add", {small, one}, {raised}, {}});
        return true;
      }
    }
  }
  return false;
}

}  // namespace

void move_slices_up(Graph& graph) {
  for (bool changed = true; changed;) {
    changed = false;
    const Shapes shapes = infer_shapes(graph);
    for (size_t i = 0; i < graph.nodes.size() && !changed; ++i) changed = move_up(graph, static_cast<int>(i), shapes);
    if (changed) drop_unused(graph);
  }
  drop_identities(graph);
}

void sum_before_resize(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) sum_into_factor(graph, static_cast<int>(i));
}

// The mean over a few channels as a matrix product: ONNX Runtime adds channel maps up one value at a time.
void mean_by_product(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    if (node.type != "ReduceMean" || integers_attribute(node, "axes", {}) != std::vector<int64_t>{1}) continue;
    const Shapes shapes = infer_shapes(graph);
    const int64_t channels = channels_of(shapes, node.inputs[0]);
    if (channels == 0 || integer_attribute(node, "keepdims", 1) == 0) continue;
    const std::string base = node.outputs[0] + "/mean/";
    const auto weight = torch::full({1, channels}, 1.0 / static_cast<double>(channels));
    const auto vector = [&](const char* name, const std::vector<int64_t>& values) {
      return add_constant(graph, base + name, torch::tensor(values, torch::kInt64));
    };
    const std::string factors = add_constant(graph, base + "weight", weight), rows = vector("rows", {0, 0, -1}),
                      unit = vector("one", {1});
    replace_node(graph, static_cast<int>(i),
                 {{"Reshape", {node.inputs[0], rows}, {base + "flat"}, {}},
                  {"MatMul", {factors, base + "flat"}, {base + "product"}, {}},
                  {"Shape", {node.inputs[0]}, {base + "batch"}, {{"start", int64_t{0}}, {"end", int64_t{1}}}},
                  {"Shape", {node.inputs[0]}, {base + "size"}, {{"start", int64_t{2}}, {"end", int64_t{4}}}},
                  {"Concat", {base + "batch", unit, base + "size"}, {base + "shape"}, {{"axis", int64_t{0}}}},
                  {"Reshape", {base + "product", base + "shape"}, node.outputs, {}}});
  }
}

// A bilinear resize to a size, first along the rows and then along the columns. The second step is written with the rows'
// values as channels, last: ONNX Runtime then works on whole rows at once.
void resize_by_axes(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    const bool bilinear = node.type == "Resize" && node.inputs.size() == 4 && text_attribute(node, "mode", "") == "linear" &&
                          text_attribute(node, "coordinate_transformation_mode", "half_pixel") == "half_pixel";
    if (!bilinear || channels_of(infer_shapes(graph), node.inputs[0]) == 0) continue;
    const std::string x = node.inputs[0], to = node.inputs[3], base = node.outputs[0] + "/axes/";
    const auto vector = [&](const char* name, const std::vector<int64_t>& values) {
      return add_constant(graph, base + name, torch::tensor(values, torch::kInt64));
    };
    const std::string one = vector("one", {1}), minus = vector("rest", {-1}), two = vector("two", {2}),
                      three = vector("three", {3}), four = vector("four", {4}), zero = vector("zero", {0});
    const auto concat = [&](const std::vector<std::string>& parts, const char* name) {
      return GraphNode{"Concat", parts, {base + name}, {{"axis", int64_t{0}}}};
    };
    const auto part = [&](const std::string& of, const std::string& from, const std::string& until, const char* name) {
      return GraphNode{"Slice", {of, from, until, zero}, {base + name}, {}};
    };
    GraphNode wide = node, high = node;
    wide.inputs[3] = base + "wide_size";
    wide.outputs = {base + "wide"};
    high.inputs = {base + "rows", "", "", base + "high_size"};
    high.outputs = {base + "high"};
    replace_node(graph, static_cast<int>(i),
                 {{"Shape", {x}, {base + "small"}, {{"start", int64_t{0}}, {"end", int64_t{3}}}},
                  part(to, three, four, "width"),
                  concat({base + "small", base + "width"}, "wide_size"),
                  wide,
                  part(base + "small", two, three, "small_height"),
                  concat({minus, base + "small_height", one, base + "width"}, "rows_shape"),
                  {"Reshape", {base + "wide", base + "rows_shape"}, {base + "rows"}, {}},
                  {"Shape", {base + "rows"}, {base + "maps"}, {{"start", int64_t{0}}, {"end", int64_t{1}}}},
                  part(to, two, three, "height"),
                  concat({base + "maps", base + "height", one, base + "width"}, "high_size"),
                  high,
                  {"Reshape", {base + "high", to}, node.outputs, {}}});
    i += 11;
  }
}

}  // namespace facemat
