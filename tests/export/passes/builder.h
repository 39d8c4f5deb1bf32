#pragma once
// Small graphs, written by hand.

#include <torch/torch.h>

#include <algorithm>
#include <string>
#include <vector>

#include "export/graph/onnx_writer.h"
#include "export/passes/shapes.h"

namespace facemat {

using Names = std::vector<std::string>;

class Builder {
 public:
  Builder& input(const std::string& name, const Dimensions& sizes) {
    writer_.input(name, sizes);
    return *this;
  }
  // A constant of random values.
  Builder& random(const std::string& name, const std::vector<int64_t>& shape, double scale = 0.5) {
    writer_.tensor(name, scale * torch::randn(shape));
    return *this;
  }
  Builder& tensor(const std::string& name, const torch::Tensor& tensor) {
    writer_.tensor(name, tensor);
    return *this;
  }
  Builder& node(const std::string& type, const Names& inputs, const Names& outputs, const Attributes& attributes = {}) {
    writer_.node(type, inputs, outputs, attributes);
    return *this;
  }
  Builder& conv(const std::string& x, const std::string& w, const std::string& y, int64_t pad = 0, int64_t stride = 1,
                const std::string& bias = "") {
    Names inputs = {x, w};
    if (!bias.empty()) inputs.push_back(bias);
    return node("Conv", inputs, {y},
                {{"pads", std::vector<int64_t>(4, pad)}, {"strides", std::vector<int64_t>{stride, stride}}});
  }
  std::string integers(const std::vector<int64_t>& values) { return writer_.integers(values); }
  std::string numbers(const std::vector<double>& values) { return writer_.numbers(values); }
  std::string scalar(double value) { return writer_.scalar(value); }
  Builder& slice(const std::string& x, int64_t first, int64_t last, const std::string& y) {
    return node("Slice", {x, integers({first}), integers({last}), integers({1}), integers({1})}, {y});
  }
  Builder& split(const std::string& x, const std::vector<int64_t>& parts, const Names& outputs) {
    return node("Split", {x, integers(parts)}, outputs, {{"axis", int64_t{1}}});
  }
  Builder& cat(const Names& parts, const std::string& y) { return node("Concat", parts, {y}, {{"axis", int64_t{1}}}); }
  // Twice the size, as RVM's decoder does it.
  Builder& twice(const std::string& x, const std::string& y) {
    return node("Resize", {x, "", numbers({1, 1, 2, 2})}, {y},
                {{"coordinate_transformation_mode", "half_pixel"}, {"mode", "linear"}});
  }
  // To the height and width of `like`.
  Builder& like(const std::string& x, const std::string& like, const std::string& y) {
    node("Shape", {x}, {y + "/front"}, {{"start", int64_t{0}}, {"end", int64_t{2}}});
    node("Shape", {like}, {y + "/size"}, {{"start", int64_t{-2}}});
    node("Concat", {y + "/front", y + "/size"}, {y + "/shape"}, {{"axis", int64_t{0}}});
    return node("Resize", {x, "", "", y + "/shape"}, {y},
                {{"coordinate_transformation_mode", "half_pixel"}, {"mode", "linear"}});
  }
  Graph graph(const Names& outputs) {
    Graph graph = writer_.graph();
    const Shapes shapes = infer_shapes(graph);
    for (const std::string& name : outputs) {
      Dimensions sizes = shapes.sizes.at(name);
      for (size_t i = 0; i < sizes.size(); ++i)
        if (!is_known(sizes[i])) sizes[i] = name + "_" + std::to_string(i);
      graph.outputs.push_back({name, sizes});
    }
    return graph;
  }

 private:
  OnnxWriter writer_{"test"};
};

inline Dimensions open(int64_t channels, const std::string& prefix = "") {
  return {"batch", channels, prefix + "height", prefix + "width"};
}

inline int count(const Graph& graph, const std::string& type) {
  return static_cast<int>(
      std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](const GraphNode& node) { return node.type == type; }));
}

}  // namespace facemat
