#include "export/graph/proto.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include "src/core/error.h"

namespace facemat {
namespace {

// Types and shapes are checked, and an inconsistency is an error and not a value left open.
onnx::ShapeInferenceOptions strict() { return {true, 1, false}; }

}  // namespace

onnx::ModelProto parse_onnx(std::string_view bytes, const std::string& where) {
  require(bytes.size() < INT_MAX, "{}: {} bytes are more than an ONNX file can have", where, bytes.size());
  const google::protobuf::LogSilencer quiet;
  onnx::ModelProto model;
  require(model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && model.has_graph(), "{}: not an ONNX model",
          where);
  return model;
}

void check_onnx(const onnx::ModelProto& model, const std::string& where) {
  try {
    onnx::checker::check_model(model);
  } catch (const std::exception& error) {
    fail("{}: not valid ONNX: {}", where, library_reason(error.what()));
  }
  element_types(model, where);
}

std::map<std::string, int> element_types(const onnx::ModelProto& model, const std::string& where) {
  onnx::ModelProto inferred = model;
  try {
    onnx::shape_inference::InferShapes(inferred, onnx::OpSchemaRegistry::Instance(), strict());
  } catch (const std::exception& error) {
    fail("{}: types or shapes of the graph contradict each other: {}", where, library_reason(error.what()));
  }
  std::map<std::string, int> types;
  const onnx::GraphProto& graph = inferred.graph();
  for (const auto* values : {&graph.input(), &graph.output(), &graph.value_info()})
    for (const onnx::ValueInfoProto& value : *values) types[value.name()] = value.type().tensor_type().elem_type();
  for (const onnx::TensorProto& tensor : graph.initializer()) types[tensor.name()] = tensor.data_type();
  return types;
}

std::string metadata_of(const onnx::ModelProto& model, const std::string& key) {
  for (const auto& entry : model.metadata_props())
    if (entry.key() == key) return entry.value();
  return "";
}

std::vector<float> floats_of(const onnx::TensorProto& tensor) {
  require(tensor.data_type() == onnx::TensorProto::FLOAT, "tensor '{}' is not float32", tensor.name());
  size_t count = 1;
  for (const int64_t size : tensor.dims()) count *= static_cast<size_t>(size);
  std::vector<float> values(tensor.float_data().begin(), tensor.float_data().end());
  if (tensor.has_raw_data()) {
    require(tensor.raw_data().size() % sizeof(float) == 0, "tensor '{}' is cut off", tensor.name());
    values.resize(tensor.raw_data().size() / sizeof(float));
    std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
  }
  require(values.size() == count, "tensor '{}' has {} values for a shape of {}", tensor.name(), values.size(), count);
  return values;
}

std::map<std::string, const onnx::TensorProto*> initializers_of(const onnx::GraphProto& graph) {
  std::map<std::string, const onnx::TensorProto*> tensors;
  for (const onnx::TensorProto& tensor : graph.initializer()) tensors[tensor.name()] = &tensor;
  return tensors;
}

onnx::NodeProto make_node(const std::string& type, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs) {
  onnx::NodeProto node;
  node.set_op_type(type);
  node.set_name(outputs.at(0) + ":" + type);
  for (const std::string& name : inputs) node.add_input(name);
  for (const std::string& name : outputs) node.add_output(name);
  return node;
}

onnx::NodeProto make_cast(const std::string& from, const std::string& to, int type) {
  onnx::NodeProto node = make_node("Cast", {from}, {to});
  auto* attribute = node.add_attribute();
  attribute->set_name("to");
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(type);
  return node;
}

}  // namespace facemat
