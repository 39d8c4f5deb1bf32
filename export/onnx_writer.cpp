#include "export/onnx_writer.h"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <algorithm>

#include "src/core/error.h"
#include "src/core/program.h"

namespace facemat {
namespace {

void declare(onnx::ValueInfoProto& value, const std::string& name, const std::vector<Dimension>& dimensions) {
  value.set_name(name);
  auto* type = value.mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  for (const Dimension& dimension : dimensions) {
    auto* dim = type->mutable_shape()->add_dim();
    if (const auto* size = std::get_if<int64_t>(&dimension)) {
      dim->set_dim_value(*size);
    } else {
      dim->set_dim_param(std::get<std::string>(dimension));
    }
  }
}

void set(onnx::AttributeProto& attribute, int64_t value) {
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void set(onnx::AttributeProto& attribute, double value) {
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(static_cast<float>(value));
}

void set(onnx::AttributeProto& attribute, const std::string& value) {
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
}

void set(onnx::AttributeProto& attribute, const std::vector<int64_t>& values) {
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const int64_t value : values) attribute.add_ints(value);
}

bool is_stored(const onnx::GraphProto& graph, const std::string& name) {
  const auto& stored = graph.initializer();
  return std::any_of(stored.begin(), stored.end(), [&](const onnx::TensorProto& tensor) { return tensor.name() == name; });
}

onnx::ModelProto parse(const std::string& bytes, const std::string& where) {
  onnx::ModelProto model;
  require(model.ParseFromString(bytes) && model.has_graph(), "{}: not an ONNX model", where);
  return model;
}

void set_metadata(onnx::ModelProto& model, const std::string& key, const std::string& value) {
  for (auto& entry : *model.mutable_metadata_props())
    if (entry.key() == key) return entry.set_value(value);
  auto* entry = model.add_metadata_props();
  entry->set_key(key);
  entry->set_value(value);
}

}  // namespace

OnnxWriter::OnnxWriter(const std::string& graph_name) : model_(std::make_unique<onnx::ModelProto>()) {
  model_->set_ir_version(kOnnxIrVersion);
  model_->set_producer_name("facemat");
  model_->set_producer_version(kVersion);
  auto* opset = model_->add_opset_import();
  opset->set_domain("");
  opset->set_version(kOnnxOpset);
  model_->mutable_graph()->set_name(graph_name);
}

OnnxWriter::~OnnxWriter() = default;

void OnnxWriter::input(const std::string& name, const std::vector<Dimension>& dimensions) {
  declare(*model_->mutable_graph()->add_input(), name, dimensions);
}

void OnnxWriter::output(const std::string& name, const std::vector<Dimension>& dimensions) {
  declare(*model_->mutable_graph()->add_output(), name, dimensions);
}

void OnnxWriter::tensor(const std::string& name, const torch::Tensor& tensor) {
  require(tensor.is_floating_point(), "tensor '{}' is {} (only floating-point tensors can be exported)", name,
          torch::toString(tensor.scalar_type()));
  constant(name, tensor.to(torch::kFloat32));
}

std::string OnnxWriter::constant(const std::string& name, const torch::Tensor& tensor) {
  auto* graph = model_->mutable_graph();
  if (is_stored(*graph, name)) return name;
  auto* stored = graph->add_initializer();
  stored->set_name(name);
  const bool integral = tensor.scalar_type() == torch::kInt64;
  stored->set_data_type(integral ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
  for (const int64_t size : tensor.sizes()) stored->add_dims(size);
  const auto plain = tensor.detach().cpu().contiguous();
  stored->set_raw_data(plain.data_ptr(), plain.nbytes());
  return name;
}

std::string OnnxWriter::integers(const std::vector<int64_t>& values) {
  return constant(fmt::format("/integers/{}", fmt::join(values, ",")), torch::tensor(values, torch::kInt64));
}

std::string OnnxWriter::numbers(const std::vector<double>& values) {
  return constant(fmt::format("/numbers/{}", fmt::join(values, ",")), torch::tensor(values, torch::kFloat32));
}

std::string OnnxWriter::scalar(double value) {
  return constant(fmt::format("/scalar/{}", value), torch::tensor(value, torch::kFloat32));
}

void OnnxWriter::node(const std::string& type, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
                      const Attributes& attributes) {
  auto* node = model_->mutable_graph()->add_node();
  node->set_op_type(type);
  node->set_name(outputs.at(0) + ":" + type);
  for (const std::string& name : inputs) node->add_input(name);
  for (const std::string& name : outputs) node->add_output(name);
  for (const auto& [name, value] : attributes) {
    auto* attribute = node->add_attribute();
    attribute->set_name(name);
    std::visit([&](const auto& v) { set(*attribute, v); }, value);
  }
}

std::string OnnxWriter::finish(const Metadata& metadata) {
  for (const auto& [key, value] : metadata) set_metadata(*model_, key, value);
  try {
    onnx::checker::check_model(*model_);
  } catch (const std::exception& error) {
    fail("the exported graph is not valid ONNX: {}", error.what());
  }
  return model_->SerializeAsString();
}

std::string with_metadata(const std::string& bytes, const Metadata& metadata, const std::string& where) {
  onnx::ModelProto model = parse(bytes, where);
  for (const auto& [key, value] : metadata) set_metadata(model, key, value);
  return model.SerializeAsString();
}

Metadata read_metadata(const std::string& bytes, const std::string& where) {
  const onnx::ModelProto model = parse(bytes, where);
  Metadata metadata;
  for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
  return metadata;
}

}  // namespace facemat
