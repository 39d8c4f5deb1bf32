#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "export/passes/blocks.h"
#include "export/passes/rewrites.h"
#include "export/passes/shapes.h"

namespace facemat {
namespace {

GraphNode convolution(const std::string& x, const std::string& weight, const std::string& y, int64_t group,
                      const std::vector<int64_t>& kernel = {1, 1}) {
  return {"Conv",
          {x, weight},
          {y},
          {{"dilations", std::vector<int64_t>{1, 1}},
           {"group", group},
           {"kernel_shape", kernel},
           {"pads", std::vector<int64_t>{0, 0, 0, 0}},
           {"strides", std::vector<int64_t>{1, 1}}}};
}

// y = factor x for each of `channels` channels, as a depthwise 1x1 convolution: in blocks, whatever x is in.
GraphNode pointwise(Graph& graph, const std::string& x, const std::string& y, int64_t channels, double factor) {
  return convolution(x, add_constant(graph, y + "/weight", torch::full({channels, 1, 1, 1}, factor)), y, channels);
}

// A slice from the first row and column to ends that are known when the model runs.
bool is_crop(const Graph& graph, const GraphNode& slice) {
  if (slice.inputs.size() != 4) return false;
  const torch::Tensor *starts = constant_of(graph, slice.inputs[1]), *axes = constant_of(graph, slice.inputs[3]);
  return starts && axes && !constant_of(graph, slice.inputs[2]) && torch::equal(*starts, torch::zeros({2}, torch::kInt64)) &&
         torch::equal(*axes, torch::tensor({-2, -1}, torch::kInt64));
}

// Results that ONNX Runtime has in blocks.
std::set<std::string> blocked_results(const Graph& graph, const Shapes& shapes) {
  std::set<std::string> blocked;
  const auto all_blocked = [&](const GraphNode& node) {
    return std::all_of(node.inputs.begin(), node.inputs.end(),
                       [&](const std::string& name) { return blocked.count(name) > 0; });
  };
  for (const GraphNode& node : graph.nodes) {
    const std::string& name = node.outputs[0];
    const int64_t channels = channels_of(shapes, name);
    bool kept = false;
    if (node.type == "Conv") {
      const int64_t group = integer_attribute(node, "group", 1), in = channels_of(shapes, node.inputs[0]);
      kept = constant_of(graph, node.inputs[1]) && channels > 0 && in > 0 &&
             (group == 1 ? in < kBlock || in % kBlockedMultiple == 0 : group == channels && channels % kBlockedMultiple == 0);
    } else if (node.type == "Relu" || node.type == "Sigmoid" || node.type == "Tanh") {
      kept = blocked.count(node.inputs[0]) > 0;
    } else if (node.type == "Add" || node.type == "Mul") {
      kept = all_blocked(node) && same(shapes.sizes.at(node.inputs[0]), shapes.sizes.at(node.inputs[1]));
    } else if (node.type == "Concat") {
      kept = integer_attribute(node, "axis", 0) == 1 && all_blocked(node) &&
             std::all_of(node.inputs.begin(), node.inputs.end(),
                         [&](const std::string& part) { return fills_blocks(channels_of(shapes, part)); });
    }
    if (kept) blocked.insert(name);
  }
  return blocked;
}

}  // namespace

// A channel split as 1x1 convolutions that each pick their channels: cheaper than leaving the blocks and coming back.
void block_splits(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    if (node.type != "Split" || integer_attribute(node, "axis", 0) != 1) continue;
    const Shapes shapes = infer_shapes(graph);
    const int64_t channels = channels_of(shapes, node.inputs[0]);
    std::vector<int64_t> parts;
    for (const std::string& name : node.outputs) parts.push_back(channels_of(shapes, name));
    if (channels == 0 || !std::all_of(parts.begin(), parts.end(), [](int64_t c) { return c > 0 && fills_blocks(c); })) continue;
    if (!blocked_results(graph, shapes).count(node.inputs[0])) continue;
    std::vector<GraphNode> picks;
    int64_t first = 0;
    for (size_t k = 0; k < parts.size(); ++k) {
      const auto weight = torch::eye(channels).narrow(0, first, parts[k]).view({parts[k], channels, 1, 1});
      picks.push_back(
          convolution(node.inputs[0], add_constant(graph, node.outputs[k] + "/weight", weight), node.outputs[k], 1));
      first += parts[k];
    }
    replace_node(graph, static_cast<int>(i), picks);
  }
  drop_unused(graph);
}

// Cutting the last row or column off is a depthwise convolution whose window is 2 long and looks at its first value.
void block_crops(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    if (node.type != "Slice") continue;
    const Shapes shapes = infer_shapes(graph);
    const auto x = shapes.sizes.find(node.inputs[0]), y = shapes.sizes.find(node.outputs[0]);
    const int64_t channels = channels_of(shapes, node.inputs[0]);
    const int producer = producer_of(graph, node.inputs[0]);
    if (channels == 0 || channels % kBlockedMultiple != 0 || y == shapes.sizes.end() || producer < 0) continue;
    if (graph.nodes[producer].type != "Resize" || channels_of(shapes, node.outputs[0]) != channels) continue;
    const auto cut = [&](size_t axis) {
      const auto *from = std::get_if<int64_t>(&x->second[axis]), *to = std::get_if<int64_t>(&y->second[axis]);
      return from && to ? *from - *to : int64_t{-1};
    };
    const int64_t rows = cut(2), columns = cut(3);
    if (rows < 0 || rows > 1 || columns < 0 || columns > 1) continue;
    auto weight = torch::zeros({channels, 1, rows + 1, columns + 1});
    weight.select(3, 0).select(2, 0).fill_(1);
    replace_node(graph, static_cast<int>(i),
                 {convolution(node.inputs[0], add_constant(graph, node.outputs[0] + "/weight", weight), node.outputs[0],
                              channels, {rows + 1, columns + 1})});
  }
  drop_unused(graph);
}

// Where a size is told when the file is loaded, ONNX Runtime removes a slice whose end is the largest number, but none whose
// end is the size of what it cuts: so that is written for it.
void open_crops(Graph& graph) {
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode node = graph.nodes[i];
    if (node.type != "Slice" || !is_crop(graph, node)) continue;
    const std::string& ends = node.inputs[2];
    const std::string own = fresh_name(graph, node.outputs[0] + "/own"), whole = fresh_name(graph, node.outputs[0] + "/whole"),
                      open_ends = fresh_name(graph, node.outputs[0] + "/ends");
    const std::string most = add_constant(graph, "crop/end", torch::full({2}, kEnd, torch::kInt64));
    GraphNode cut = node;
    cut.inputs[2] = open_ends;
    replace_node(graph, static_cast<int>(i),
                 {{"Shape", {node.inputs[0]}, {own}, {{"start", int64_t{-2}}}},
                  {"Equal", {ends, own}, {whole}, {}},
                  {"Where", {whole, most, ends}, {open_ends}, {}},
                  cut});
    i += 3;
  }
  merge_duplicates(graph);
}

void block_upsampling(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].type != "Resize" || graph.nodes[i].inputs.size() != 3) continue;
    const Shapes shapes = infer_shapes(graph);
    const std::string x = graph.nodes[i].inputs[0];
    const int64_t channels = channels_of(shapes, x);
    const torch::Tensor* scales = constant_of(graph, graph.nodes[i].inputs[2]);
    if (!scales || channels == 0 || channels % kBlockedMultiple != 0 || blocked_results(graph, shapes).count(x)) continue;
    if (!torch::equal(*scales, scales->round()) || scales->data_ptr<float>()[2] < 2) continue;
    const std::string in_blocks = fresh_name(graph, x + "/blocked");
    graph.nodes[i].inputs[0] = in_blocks;
    graph.nodes.insert(graph.nodes.begin() + static_cast<int64_t>(i), pointwise(graph, x, in_blocks, channels, 1));
    ++i;
  }
}

// hardswish(x) = x hardsigmoid(x); the latter rides on a convolution by 1, as its activation.
void block_hard_swish(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].type != "HardSwish") continue;
    const Shapes shapes = infer_shapes(graph);
    const GraphNode node = graph.nodes[i];
    const int64_t channels = channels_of(shapes, node.inputs[0]);
    if (channels % kBlockedMultiple != 0 || !blocked_results(graph, shapes).count(node.inputs[0])) continue;
    const std::string copy = fresh_name(graph, node.outputs[0] + "/copy"), gate = fresh_name(graph, node.outputs[0] + "/gate");
    replace_node(graph, static_cast<int>(i),
                 {pointwise(graph, node.inputs[0], copy, channels, 1),
                  {"HardSigmoid", {copy}, {gate}, {{"alpha", 1.0 / 6}, {"beta", 0.5}}},
                  {"Mul", {node.inputs[0], gate}, node.outputs, {}}});
  }
}

namespace {

// (1 - z) h + z c
struct Blend {
  std::string z, h, c;
};

// The node behind `name` if it is a `type`.
const GraphNode* behind(const Graph& graph, const std::string& name, const char* type) {
  const int index = producer_of(graph, name);
  return index >= 0 && graph.nodes[index].type == type ? &graph.nodes[index] : nullptr;
}

std::optional<Blend> match_blend(const Graph& graph, const GraphNode& node) {
  if (node.type != "Add") return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    const GraphNode *old_part = behind(graph, node.inputs[side], "Mul"),
                    *new_part = behind(graph, node.inputs[1 - side], "Mul");
    if (!old_part || !new_part) continue;
    for (int i = 0; i < 2; ++i) {
      const GraphNode* rest = behind(graph, old_part->inputs[i], "Sub");
      const torch::Tensor* one = rest ? constant_of(graph, rest->inputs[0]) : nullptr;
      if (!one || one->numel() != 1 || one->item<float>() != 1) continue;
      for (int k = 0; k < 2; ++k)
        if (new_part->inputs[k] == rest->inputs[1])
          return Blend{rest->inputs[1], old_part->inputs[1 - i], new_part->inputs[1 - k]};
    }
  }
  return std::nullopt;
}

}  // namespace

// (1 - z) h + z c = h + z (c - h). Where channels fill blocks, h is brought into them by a convolution by 1 and -h is added
// by one by -1, since ONNX Runtime keeps sums and products in blocks, but no differences.
void block_blends(Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto blend = match_blend(graph, graph.nodes[i]);
    if (!blend) continue;
    const Shapes shapes = infer_shapes(graph);
    const std::string result = graph.nodes[i].outputs[0];
    const int64_t channels = channels_of(shapes, result);
    const std::string change = fresh_name(graph, result + "/change"), step = fresh_name(graph, result + "/step");
    const auto blocked = blocked_results(graph, shapes);
    if (channels == 0 || !fills_blocks(channels) || !blocked.count(blend->z) || !blocked.count(blend->c)) {
      replace_node(graph, static_cast<int>(i),
                   {{"Sub", {blend->c, blend->h}, {change}, {}},
                    {"Mul", {blend->z, change}, {step}, {}},
                    {"Add", {blend->h, step}, {result}, {}}});
      continue;
    }
    const std::string kept = fresh_name(graph, result + "/kept"), negative = fresh_name(graph, result + "/negative");
    replace_node(graph, static_cast<int>(i),
                 {pointwise(graph, blend->h, negative, channels, -1),
                  {"Add", {blend->c, negative}, {change}, {}},
                  {"Mul", {blend->z, change}, {step}, {}},
                  {"Add", {kept, step}, {result}, {}}});
    // r h, further up, is a product in blocks as well.
    for (GraphNode& node : graph.nodes)
      if (node.type == "Mul" && node.outputs[0] != step) std::replace(node.inputs.begin(), node.inputs.end(), blend->h, kept);
    const int source = producer_of(graph, blend->h);
    graph.nodes.insert(graph.nodes.begin() + source + 1, pointwise(graph, blend->h, kept, channels, 1));
  }
  drop_unused(graph);
}

void state_shapes(Graph& graph) {
  const Shapes shapes = infer_shapes(graph);
  for (const GraphNode& node : graph.nodes) {
    if (node.type == "Greater") continue;  // sizes are stated together with a type, float32, and this gives truths
    for (const std::string& name : node.outputs) {
      const auto found = shapes.sizes.find(name);
      const bool map = found != shapes.sizes.end() && found->second.size() == 4;
      if (map) graph.shapes[name] = found->second;
    }
  }
}

}  // namespace facemat
