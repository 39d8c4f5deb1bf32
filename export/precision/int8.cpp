#include "export/precision/int8.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "export/graph/proto.h"
#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int kInt8 = onnx::TensorProto::INT8, kUint8 = onnx::TensorProto::UINT8, kInt32 = onnx::TensorProto::INT32,
              kFloat = onnx::TensorProto::FLOAT;
constexpr float kSmallestScale = 1e-8f;  // of a map or filter that is zero throughout

using Tensors = std::map<std::string, const onnx::TensorProto*>;

bool is_quantisable(const onnx::NodeProto& node, const Tensors& stored) {
  if (node.op_type() != "Conv" || node.input_size() < 2) return false;
  const auto weight = stored.find(node.input(1));
  if (weight == stored.end() || weight->second->data_type() != kFloat || weight->second->dims_size() != 4) return false;
  return node.input_size() == 2 || node.input(2).empty() || stored.count(node.input(2)) > 0;
}

// How often each value is read, the graph's outputs included.
std::map<std::string, int> count_readers(const onnx::GraphProto& graph) {
  std::map<std::string, int> readers;
  for (const onnx::NodeProto& node : graph.node())
    for (const std::string& name : node.input()) ++readers[name];
  for (const auto& output : graph.output()) ++readers[output.name()];
  return readers;
}

std::vector<Layer> layers_of(const onnx::GraphProto& graph) {
  const Tensors stored = initializers_of(graph);
  const auto readers = count_readers(graph);
  std::map<std::string, std::string> clipped;  // the result of a Relu or Clip, by what it reads
  for (const onnx::NodeProto& node : graph.node())
    if (node.op_type() == "Relu" || node.op_type() == "Clip") clipped[node.input(0)] = node.output(0);
  std::vector<Layer> layers;
  for (const onnx::NodeProto& node : graph.node()) {
    if (!is_quantisable(node, stored)) continue;
    const std::string& name = node.output(0);
    const auto behind = clipped.find(name);
    const bool alone = behind != clipped.end() && readers.at(name) == 1;
    layers.push_back({name, node.input(0), alone ? behind->second : name});
  }
  return layers;
}

// Filters [C,...] rounded to int8 with a scale for each of the C.
struct Filters {
  std::vector<int8_t> values;
  std::vector<float> scales;
};

Filters rounded_filters(const onnx::TensorProto& weight) {
  const std::vector<float> values = floats_of(weight);
  const size_t count = static_cast<size_t>(weight.dims(0)), length = values.size() / count;
  Filters filters;
  for (size_t c = 0; c < count; ++c) {
    const auto first = values.begin() + static_cast<int64_t>(c * length), last = first + static_cast<int64_t>(length);
    float largest = 0;
    for (auto v = first; v != last; ++v) largest = std::max(largest, std::abs(*v));
    const float scale = std::max(largest / 127, kSmallestScale);
    filters.scales.push_back(scale);
    for (auto v = first; v != last; ++v) filters.values.push_back(static_cast<int8_t>(std::lround(*v / scale)));
  }
  return filters;
}

// uint8 codes of a range, which must hold 0 so that padding is exact.
struct Codes {
  float scale;
  uint8_t zero;
};

Codes codes_of(ValueRange range) {
  const float low = std::min(range.low, 0.f), high = std::max(range.high, 0.f);
  const float scale = std::max((high - low) / 255, kSmallestScale);
  return {scale, static_cast<uint8_t>(std::clamp(std::lround(-low / scale), 0L, 255L))};
}

void set_axis(onnx::NodeProto& node, int64_t axis) {
  auto* attribute = node.add_attribute();
  attribute->set_name("axis");
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(axis);
}

// Walks a graph's nodes once and writes them anew.
class Rewriter {
 public:
  Rewriter(const std::string& onnx, const std::set<std::string>& chosen, const std::string& where)
      : model_(parse_onnx(onnx, where)), where_(where) {
    for (const Layer& layer : layers_of(model_.graph()))
      if (chosen.count(layer.name)) layers_[layer.name] = layer;
    for (const std::string& name : chosen)
      require(layers_.count(name) > 0, "{}: the graph has no convolution '{}' with stored weights", where, name);
  }
  virtual ~Rewriter() = default;

  std::string run() {
    onnx::GraphProto& graph = *model_.mutable_graph();
    const auto given = graph.node();
    const auto tensors = graph.initializer();  // what stored_ points to, while new ones are added
    for (const onnx::TensorProto& tensor : tensors) stored_[tensor.name()] = &tensor;
    for (const onnx::NodeProto& node : given) {
      const auto layer = layers_.find(node.output(0));
      if (layer == layers_.end()) {
        copy(node);
      } else {
        replace(node, layer->second);
      }
    }
    graph.clear_node();
    graph.clear_value_info();
    for (onnx::NodeProto& node : nodes_) graph.add_node()->Swap(&node);
    remove_unused();
    check_onnx(model_, where_);
    return model_.SerializeAsString();
  }

 protected:
  virtual void copy(const onnx::NodeProto& node) { nodes_.push_back(node); }
  virtual void replace(const onnx::NodeProto& conv, const Layer& layer) = 0;

  template <typename T>
  std::string store(const std::string& name, int type, const std::vector<int64_t>& dims, const std::vector<T>& values) {
    if (added_.insert(name).second) *model_.mutable_graph()->add_initializer() = make_tensor(name, type, dims, values);
    return name;
  }

  onnx::NodeProto& add(const std::string& type, const std::vector<std::string>& inputs, const std::string& output) {
    nodes_.push_back(make_node(type, inputs, {output}));
    return nodes_.back();
  }

  static bool has_bias(const onnx::NodeProto& conv) { return conv.input_size() > 2 && !conv.input(2).empty(); }

  onnx::ModelProto model_;
  std::string where_;
  std::map<std::string, Layer> layers_;
  Tensors stored_;
  std::vector<onnx::NodeProto> nodes_;

 private:
  void remove_unused() {
    onnx::GraphProto& graph = *model_.mutable_graph();
    const auto readers = count_readers(graph);
    const auto tensors = graph.initializer();
    graph.clear_initializer();
    for (const onnx::TensorProto& tensor : tensors)
      if (readers.count(tensor.name())) *graph.add_initializer() = tensor;
  }

  std::set<std::string> added_;
};

class StaticRewriter : public Rewriter {
 public:
  StaticRewriter(const std::string& onnx, const std::set<std::string>& chosen, const Ranges& ranges, bool outputs_too,
                 const std::string& where)
      : Rewriter(onnx, chosen, where), ranges_(ranges) {
    if (!outputs_too) return;
    for (const auto& [name, layer] : layers_) rounded_.insert(layer.output);
  }

 private:
  void copy(const onnx::NodeProto& given) override {
    onnx::NodeProto node = given;
    for (std::string& name : *node.mutable_input())
      if (rounded_.count(name)) name = dequantised(name);
    nodes_.push_back(node);
    finish_output(node.output(0));
  }

  void replace(const onnx::NodeProto& given, const Layer& layer) override {
    onnx::NodeProto conv = given;
    const Codes input = codes_of(ranges_.at(layer.input));
    const Filters filters = rounded_filters(*stored_.at(given.input(1)));
    conv.set_input(0, dequantised(layer.input));
    conv.set_input(1, dequantised_weight(given.input(1), filters));
    if (has_bias(given)) conv.set_input(2, dequantised_bias(layer.name, given.input(2), filters, input.scale));
    nodes_.push_back(conv);
    finish_output(conv.output(0));
  }

  // A graph output keeps its name: its values are written by the last node of the pair.
  void finish_output(const std::string& name) {
    const auto& outputs = model_.graph().output();
    const bool port = std::any_of(outputs.begin(), outputs.end(), [&](const auto& o) { return o.name() == name; });
    if (!rounded_.count(name) || !port) return;
    nodes_.back().set_output(0, name + "/q_before");
    port_[name] = name + "/q_before";
    add("Identity", {dequantised(name)}, name);
  }

  std::string dequantised(const std::string& value) {
    const std::string result = value + "/q_rounded";
    if (!paired_.insert(value).second) return result;
    const Codes codes = codes_of(ranges_.at(value));
    const std::string scale = store<float>(value + "/q_scale", kFloat, {}, {codes.scale});
    const std::string zero = store<uint8_t>(value + "/q_zero", kUint8, {}, {codes.zero});
    const auto port = port_.find(value);
    add("QuantizeLinear", {port == port_.end() ? value : port->second, scale, zero}, value + "/q_codes");
    add("DequantizeLinear", {value + "/q_codes", scale, zero}, result);
    return result;
  }

  std::string dequantised_weight(const std::string& name, const Filters& filters) {
    const std::string result = name + "/q_rounded";
    if (!paired_.insert(name).second) return result;
    const onnx::TensorProto& weight = *stored_.at(name);
    const int64_t channels = weight.dims(0);
    store(name + "/q_int8", kInt8, {weight.dims().begin(), weight.dims().end()}, filters.values);
    store(name + "/q_scale", kFloat, {channels}, filters.scales);
    store(name + "/q_zero", kInt8, {channels}, std::vector<int8_t>(static_cast<size_t>(channels), 0));
    set_axis(add("DequantizeLinear", {name + "/q_int8", name + "/q_scale", name + "/q_zero"}, result), 0);
    return result;
  }

  // int32 at the scale of the products, as integer convolutions add it.
  std::string dequantised_bias(const std::string& layer, const std::string& name, const Filters& filters, float input_scale) {
    const std::vector<float> values = floats_of(*stored_.at(name));
    std::vector<float> scales;
    std::vector<int32_t> rounded;
    for (size_t c = 0; c < values.size(); ++c) {
      scales.push_back(filters.scales[c] * input_scale);
      const double code = std::round(static_cast<double>(values[c]) / scales[c]);
      rounded.push_back(static_cast<int32_t>(std::clamp(code, -2147483647.0, 2147483647.0)));
    }
    const int64_t channels = static_cast<int64_t>(values.size());
    const std::string prefix = layer + "/q_bias";
    store(prefix + "/q_int32", kInt32, {channels}, rounded);
    store(prefix + "/q_scale", kFloat, {channels}, scales);
    store(prefix + "/q_zero", kInt32, {channels}, std::vector<int32_t>(values.size(), 0));
    set_axis(add("DequantizeLinear", {prefix + "/q_int32", prefix + "/q_scale", prefix + "/q_zero"}, prefix + "/q_rounded"), 0);
    return prefix + "/q_rounded";
  }

  const Ranges& ranges_;
  std::set<std::string> rounded_;            // results that everybody reads rounded
  std::set<std::string> paired_;             // values with their pair of nodes
  std::map<std::string, std::string> port_;  // what a graph output is called before it is rounded
};

class DynamicRewriter : public Rewriter {
 public:
  using Rewriter::Rewriter;

 private:
  void replace(const onnx::NodeProto& given, const Layer& layer) override {
    const std::string& x = layer.input;
    if (quantised_.insert(x).second)
      nodes_.push_back(make_node("DynamicQuantizeLinear", {x}, {x + "/q_codes", x + "/q_scale", x + "/q_zero"}));
    const std::string& weight = given.input(1);
    const onnx::TensorProto& stored = *stored_.at(weight);
    const Filters filters = rounded_filters(stored);
    const int64_t channels = stored.dims(0);
    // ONNX Runtime's ConvInteger wants unsigned weights.
    std::vector<uint8_t> shifted;
    for (const int8_t value : filters.values) shifted.push_back(static_cast<uint8_t>(value + 128));
    store(weight + "/q_uint8", kUint8, {stored.dims().begin(), stored.dims().end()}, shifted);
    store<uint8_t>("/q_zero_128", kUint8, {}, {128});
    store(weight + "/q_scale", kFloat, {1, channels, 1, 1}, filters.scales);
    const std::string sums = layer.name + "/q_sums";
    onnx::NodeProto conv = given;
    conv.set_op_type("ConvInteger");
    conv.clear_input();
    for (const std::string& name : {x + "/q_codes", weight + "/q_uint8", x + "/q_zero", std::string("/q_zero_128")})
      conv.add_input(name);
    conv.set_output(0, sums);
    nodes_.push_back(conv);
    auto* to = add("Cast", {sums}, sums + "/q_float").add_attribute();
    to->set_name("to");
    to->set_type(onnx::AttributeProto::INT);
    to->set_i(kFloat);
    add("Mul", {weight + "/q_scale", x + "/q_scale"}, layer.name + "/q_both_scales");
    const bool bias = has_bias(given);
    add("Mul", {sums + "/q_float", layer.name + "/q_both_scales"}, bias ? layer.name + "/q_scaled" : layer.name);
    if (!bias) return;
    store(given.input(2) + "/q_map", kFloat, {1, channels, 1, 1}, floats_of(*stored_.at(given.input(2))));
    add("Add", {layer.name + "/q_scaled", given.input(2) + "/q_map"}, layer.name);
  }

  std::set<std::string> quantised_;
};

}  // namespace

std::vector<Layer> quantisable_layers(const std::string& onnx, const std::string& where) {
  return layers_of(parse_onnx(onnx, where).graph());
}

std::string quantise(const std::string& onnx, const std::set<std::string>& chosen, const Ranges& ranges, bool outputs_too,
                     const std::string& where) {
  return StaticRewriter(onnx, chosen, ranges, outputs_too, where).run();
}

std::string quantise_dynamic(const std::string& onnx, const std::set<std::string>& chosen, const std::string& where) {
  return DynamicRewriter(onnx, chosen, where).run();
}

}  // namespace facemat
