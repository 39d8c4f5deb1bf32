#include "export/precision/half.h"

#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "export/graph/proto.h"
#include "src/core/contract.h"
#include "src/core/error.h"
#include "src/core/seal.h"

namespace facemat {
namespace {

constexpr int kFloat = onnx::TensorProto::FLOAT, kHalf = onnx::TensorProto::FLOAT16;
constexpr float kLargestHalf = 65504;

using Types = std::map<std::string, int>;
using Names = std::set<std::string>;

// Inputs that ONNX allows as float32 only: (operator, position).
bool must_be_float(const std::string& type, int position) {
  static const std::map<std::string, std::vector<int>> table = {{"Resize", {1, 2}}, {"Upsample", {1}}, {"Range", {0, 1, 2}}};
  const auto entry = table.find(type);
  return entry != table.end() && std::count(entry->second.begin(), entry->second.end(), position) > 0;
}

bool is_float(const Types& types, const std::string& name) {
  const auto type = types.find(name);
  return type != types.end() && type->second == kFloat;
}

// Whether its results are values of its first input as they are.
bool picks(const onnx::NodeProto& node) {
  static const Names types = {"MaxPool", "Reshape", "Slice", "Transpose"};
  return types.count(node.op_type()) > 0;
}

bool casts_to_float(const onnx::NodeProto& node) {
  if (node.op_type() != "Cast") return false;
  for (const auto& attribute : node.attribute())
    if (attribute.name() == "to") return attribute.i() == kFloat;
  return false;
}

// The layer of each node.
std::vector<std::string> layers_of_nodes(const onnx::GraphProto& graph) {
  std::vector<std::string> layers;
  std::string first, current;
  for (const onnx::NodeProto& node : graph.node()) {
    if (node.op_type() == "Conv") current = node.output(0);
    if (first.empty()) first = current;
    layers.push_back(current);
  }
  for (std::string& layer : layers)
    if (layer.empty()) layer = first;
  return layers;
}

// Which values stay float32: size arithmetic, what is counted from comparisons, the layers that are kept, and what is compared
// of these.
class StaysFloat {
 public:
  StaysFloat(const onnx::GraphProto& graph, const Types& types, const std::string& ratio_input, const Names& kept_layers)
      : graph_(graph), types_(types), stored_(initializers_of(graph)) {
    if (!ratio_input.empty()) kept_.insert(ratio_input);
    follow_sizes();
    follow_scales_back();
    const std::vector<std::string> layers = layers_of_nodes(graph);
    for (int i = 0; i < graph.node_size(); ++i)
      if (kept_layers.count(layers[static_cast<size_t>(i)])) keep_outputs(graph.node(i));
    follow_comparisons();
  }

  bool keeps(const std::string& value) const { return kept_.count(value) > 0; }
  // Whether it computes in float32. A node without a float result, as a comparison is, does so where it is given any.
  bool keeps(const onnx::NodeProto& node) const {
    const auto& values = has_float_result(node) ? node.output() : node.input();
    return std::any_of(values.begin(), values.end(), [&](const auto& value) { return keeps(value); });
  }

 private:
  bool has_float_result(const onnx::NodeProto& node) const {
    return std::any_of(node.output().begin(), node.output().end(), [&](const auto& name) { return is_float(types_, name); });
  }

  // Forwards: numbers made from integers (shapes), from truths (distances, whose squares are beyond float16) or the ratio
  // alone.
  void follow_sizes() {
    for (const onnx::NodeProto& node : graph_.node()) {
      bool sizes = false, others = false;
      for (const std::string& input : node.input()) {
        if (!is_float(types_, input) || stored_.count(input)) continue;
        (keeps(input) ? sizes : others) = true;
      }
      const bool counts = casts_to_float(node) && is_whole(node.input(0));
      if (counts || (sizes && !others)) keep_outputs(node);
    }
  }

  // Backwards: whatever a float32-only input is computed from.
  void follow_scales_back() {
    for (int i = graph_.node_size() - 1; i >= 0; --i) {
      const onnx::NodeProto& node = graph_.node(i);
      for (int k = 0; k < node.input_size(); ++k)
        if (must_be_float(node.op_type(), k) && !node.input(k).empty() && !stored_.count(node.input(k)))
          wanted_.insert(node.input(k));
      const bool wanted =
          std::any_of(node.output().begin(), node.output().end(), [&](const auto& o) { return wanted_.count(o); });
      if (!wanted) continue;
      keep_outputs(node);
      for (const std::string& input : node.input())
        if (is_float(types_, input) && !stored_.count(input)) wanted_.insert(input);
    }
  }

  // Values of a kept layer that rounding would make equal differ in a comparison, whatever layer that belongs to: what is
  // picked for it out of what is kept is kept, too.
  void follow_comparisons() {
    Names compared;
    for (int i = graph_.node_size() - 1; i >= 0; --i) {
      const onnx::NodeProto& node = graph_.node(i);
      const bool compares = !has_float_result(node) && node.op_type() != "Shape";
      if (compares || (picks(node) && compared.count(node.output(0))))
        compared.insert(node.input().begin(), node.input().end());
    }
    for (const onnx::NodeProto& node : graph_.node())
      if (picks(node) && compared.count(node.output(0)) && keeps(node.input(0))) keep_outputs(node);
  }

  bool is_whole(const std::string& name) const {
    constexpr int kWhole[] = {onnx::TensorProto::INT64, onnx::TensorProto::INT32, onnx::TensorProto::BOOL};
    const auto type = types_.find(name);
    return type != types_.end() && std::count(std::begin(kWhole), std::end(kWhole), type->second) > 0;
  }

  void keep_outputs(const onnx::NodeProto& node) {
    for (const std::string& output : node.output())
      if (is_float(types_, output)) kept_.insert(output);
  }

  const onnx::GraphProto& graph_;
  const Types& types_;
  std::map<std::string, const onnx::TensorProto*> stored_;
  Names kept_, wanted_;
};

onnx::TensorProto halved(const onnx::TensorProto& tensor, const std::string& where) {
  const std::vector<float> values = floats_of(tensor);
  std::vector<uint16_t> bits;
  bits.reserve(values.size());
  for (const float value : values) {
    require(!(std::abs(value) > kLargestHalf), "{}: weight '{}' holds {:.6g}, beyond float16 (at most 65504); use fp32", where,
            tensor.name(), value);
    bits.push_back(c10::Half(value).x);
  }
  return make_tensor(tensor.name(), kHalf, {tensor.dims().begin(), tensor.dims().end()}, bits);
}

std::string ratio_input(const onnx::ModelProto& model, const std::string& where) {
  const std::string text = metadata_of(model, kContractKey);
  return text.empty() ? "" : contract_from_json(text, where).ratio_input;
}

class Halver {
 public:
  Halver(onnx::ModelProto& model, const std::string& where, const Names& kept)
      : graph_(*model.mutable_graph()),
        where_(where),
        ratio_(ratio_input(model, where)),
        types_(element_types(model, where)),
        floats_(graph_, types_, ratio_, kept) {}

  void run() {
    for (onnx::NodeProto& node : *graph_.mutable_node()) {
      convert_attributes(node);
      for (int k = 0; k < node.input_size(); ++k) *node.mutable_input(k) = fitting(node, k);
      nodes_.push_back(node);
    }
    cast_outputs();
    convert_tensors();
    convert_ports(*graph_.mutable_input());
    convert_ports(*graph_.mutable_output());
    graph_.clear_value_info();
    graph_.clear_node();
    for (onnx::NodeProto& node : nodes_) graph_.add_node()->Swap(&node);
  }

 private:
  // The name that input `k` of `node` reads: of the type the node computes in, through a Cast if need be.
  std::string fitting(const onnx::NodeProto& node, int k) {
    const std::string& name = node.input(k);
    if (!is_float(types_, name)) return name;
    // A Cast takes any type.
    const bool wants_float =
        node.op_type() == "Cast" ? floats_.keeps(name) : floats_.keeps(node) || must_be_float(node.op_type(), k);
    if (is_stored(name)) {
      (wants_float ? float_tensors_ : half_tensors_).insert(name);
      return wants_float ? float_name(name) : name;
    }
    return floats_.keeps(name) == wants_float ? name : cast(name, wants_float ? kFloat : kHalf);
  }

  std::string cast(const std::string& name, int type) {
    const std::string result = name + (type == kHalf ? "/as_half" : "/as_float");
    if (!casts_.insert(result).second) return result;
    nodes_.push_back(make_cast(name, result, type));
    return result;
  }

  // A stored tensor may serve as a size and as a value: weights keep their names, sizes get this one.
  static std::string float_name(const std::string& name) { return name + "/as_size"; }

  bool is_stored(const std::string& name) {
    if (stored_.empty())
      for (const onnx::TensorProto& tensor : graph_.initializer()) stored_.insert(tensor.name());
    return stored_.count(name) > 0;
  }

  void convert_attributes(onnx::NodeProto& node) {
    const bool stays = floats_.keeps(node);
    for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
      require(!attribute.has_g() && attribute.graphs_size() == 0,
              "{}: operator {} holds a graph of its own, which has no float16 form", where_, node.op_type());
      if (stays) continue;
      if (attribute.has_t() && attribute.t().data_type() == kFloat) *attribute.mutable_t() = halved(attribute.t(), where_);
      if (node.op_type() == "Cast" && attribute.name() == "to" && attribute.i() == kFloat) attribute.set_i(kHalf);
    }
    const bool of_zeros =
        node.op_type() == "ConstantOfShape" && node.attribute_size() == 0;  // float32 unless it says otherwise
    if (!of_zeros || stays) return;
    auto* value = node.add_attribute();
    value->set_name("value");
    value->set_type(onnx::AttributeProto::TENSOR);
    *value->mutable_t() = make_tensor<uint16_t>("", kHalf, {1}, {0});
  }

  void convert_tensors() {
    const auto tensors = graph_.initializer();
    graph_.clear_initializer();
    for (const onnx::TensorProto& tensor : tensors) {
      const bool as_float = float_tensors_.count(tensor.name()) > 0, as_half = half_tensors_.count(tensor.name()) > 0;
      if (as_half) *graph_.add_initializer() = halved(tensor, where_);
      if (as_float) *graph_.add_initializer() = tensor;
      if (as_float) graph_.mutable_initializer(graph_.initializer_size() - 1)->set_name(float_name(tensor.name()));
      if (!as_half && !as_float) *graph_.add_initializer() = tensor;
    }
  }

  // An output of the graph that is computed in float32 all the same is float16 outside.
  void cast_outputs() {
    for (const onnx::ValueInfoProto& port : graph_.output()) {
      const std::string& name = port.name();
      if (!is_float(types_, name) || !floats_.keeps(name)) continue;
      const std::string inner = name + "/before_cast";
      for (onnx::NodeProto& node : nodes_) {
        std::replace(node.mutable_input()->begin(), node.mutable_input()->end(), name, inner);
        std::replace(node.mutable_output()->begin(), node.mutable_output()->end(), name, inner);
      }
      nodes_.push_back(make_cast(inner, name, kHalf));
    }
  }

  void convert_ports(google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& ports) {
    for (onnx::ValueInfoProto& port : ports)
      if (is_float(types_, port.name()) && port.name() != ratio_)
        port.mutable_type()->mutable_tensor_type()->set_elem_type(kHalf);
  }

  onnx::GraphProto& graph_;
  const std::string& where_;
  std::string ratio_;  // name of the ratio input; empty: none
  Types types_;
  StaysFloat floats_;
  std::vector<onnx::NodeProto> nodes_;
  Names casts_, stored_, float_tensors_, half_tensors_;
};

}  // namespace

std::vector<std::string> half_layers(const std::string& bytes, const std::string& where) {
  const onnx::ModelProto model = parse_onnx(without_seal(bytes), where);
  std::vector<std::string> layers;
  for (const std::string& layer : layers_of_nodes(model.graph()))
    if (!layer.empty() && (layers.empty() || layers.back() != layer)) layers.push_back(layer);
  return layers;
}

std::string to_half(const std::string& bytes, const std::string& where, const std::set<std::string>& kept) {
  onnx::ModelProto model = parse_onnx(without_seal(bytes), where);
  Halver(model, where, kept).run();
  check_onnx(model, where);
  return model.SerializeAsString();
}

}  // namespace facemat
