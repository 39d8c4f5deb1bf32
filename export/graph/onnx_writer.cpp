#include "export/graph/onnx_writer.h"

#include <fmt/ranges.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <string_view>

#include "src/core/error.h"
#include "src/core/program.h"
#include "src/core/seal.h"

namespace facemat {
namespace {

// The IR version that came with an opset.
int ir_version(int opset) { return opset >= 15 ? 8 : opset >= 12 ? 7 : opset >= 11 ? 6 : opset >= 10 ? 5 : 4; }

void write_dimensions(onnx::TensorShapeProto& shape, const Dimensions& dimensions) {
  for (const Dimension& dimension : dimensions) {
    auto* dim = shape.add_dim();
    if (const auto* size = std::get_if<int64_t>(&dimension)) {
      dim->set_dim_value(*size);
    } else if (const auto& name = std::get<std::string>(dimension); !name.empty()) {
      dim->set_dim_param(name);
    }
  }
}

void write_port(onnx::ValueInfoProto& value, const std::string& name, const Dimensions& dimensions) {
  value.set_name(name);
  auto* type = value.mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  write_dimensions(*type->mutable_shape(), dimensions);
}

void write_attribute(onnx::AttributeProto& attribute, int64_t value) {
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void write_attribute(onnx::AttributeProto& attribute, double value) {
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(static_cast<float>(value));
}

void write_attribute(onnx::AttributeProto& attribute, const std::string& value) {
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
}

void write_attribute(onnx::AttributeProto& attribute, const std::vector<int64_t>& values) {
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const int64_t value : values) attribute.add_ints(value);
}

void write_node(onnx::NodeProto& out, const GraphNode& node) {
  out.set_op_type(node.type);
  out.set_name(node.outputs.at(0) + ":" + node.type);
  for (const std::string& name : node.inputs) out.add_input(name);
  for (const std::string& name : node.outputs) out.add_output(name);
  for (const auto& [name, value] : node.attributes) {
    auto* attribute = out.add_attribute();
    attribute->set_name(name);
    std::visit([&](const auto& v) { write_attribute(*attribute, v); }, value);
  }
}

void write_constant(onnx::TensorProto& out, const std::string& name, const torch::Tensor& tensor) {
  out.set_name(name);
  const bool integral = tensor.scalar_type() == torch::kInt64;
  out.set_data_type(integral ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
  for (const int64_t size : tensor.sizes()) out.add_dims(size);
  const auto plain = tensor.contiguous();
  out.set_raw_data(plain.data_ptr(), plain.nbytes());
}

void set_metadata(onnx::ModelProto& model, const std::string& key, const std::string& value) {
  for (auto& entry : *model.mutable_metadata_props())
    if (entry.key() == key) return entry.set_value(value);
  auto* entry = model.add_metadata_props();
  entry->set_key(key);
  entry->set_value(value);
}

onnx::ModelProto to_model(const Graph& graph, const Metadata& metadata, int opset) {
  onnx::ModelProto model;
  model.set_ir_version(ir_version(opset));
  model.set_producer_name("facemat");
  model.set_producer_version(kVersion);
  auto* import = model.add_opset_import();
  import->set_domain("");
  import->set_version(opset);
  auto* out = model.mutable_graph();
  out->set_name(graph.name);
  for (const GraphPort& port : graph.inputs) write_port(*out->add_input(), port.name, port.dimensions);
  for (const GraphPort& port : graph.outputs) write_port(*out->add_output(), port.name, port.dimensions);
  for (const GraphNode& node : graph.nodes) write_node(*out->add_node(), node);
  for (const auto& [name, tensor] : graph.constants) write_constant(*out->add_initializer(), name, tensor);
  for (const auto& [name, dimensions] : graph.shapes)
    if (producer_of(graph, name) >= 0 && !is_output(graph, name)) write_port(*out->add_value_info(), name, dimensions);
  for (const auto& [key, value] : metadata) set_metadata(model, key, value);
  return model;
}

std::string text(const onnx::ValueInfoProto& port) {
  std::vector<std::string> sizes;
  for (const auto& dim : port.type().tensor_type().shape().dim())
    sizes.push_back(dim.has_dim_value() ? std::to_string(dim.dim_value()) : dim.dim_param());
  return fmt::format("{} [{}]", port.name(), fmt::join(sizes, ","));
}

// Strict inference throws where an operator's inputs do not fit. It is let loose on a copy whose outputs' sizes are not
// declared, so that what it finds can be compared with what is.
void check_shapes(const onnx::ModelProto& model) {
  onnx::ModelProto copy = model;
  for (auto& output : *copy.mutable_graph()->mutable_output()) output.mutable_type()->mutable_tensor_type()->clear_shape();
  const onnx::ShapeInferenceOptions strict(/*check_type=*/true, /*error_mode=*/1, /*data_propagation=*/true);
  onnx::shape_inference::InferShapes(copy, onnx::OpSchemaRegistry::Instance(), strict);
  for (int i = 0; i < model.graph().output_size(); ++i) {
    const auto &declared = model.graph().output(i), &found = copy.graph().output(i);
    const auto &wanted = declared.type().tensor_type().shape(), &got = found.type().tensor_type().shape();
    if (!found.type().tensor_type().has_shape()) continue;  // what a run-time size decides is not inferred
    bool fits = wanted.dim_size() == got.dim_size();
    for (int d = 0; fits && d < got.dim_size(); ++d)
      fits =
          !got.dim(d).has_dim_value() || !wanted.dim(d).has_dim_value() || wanted.dim(d).dim_value() == got.dim(d).dim_value();
    require(fits, "the output {} is inferred as {}", text(declared), text(found));
  }
}

onnx::ModelProto parse(const std::string& bytes, const std::string& where) {
  onnx::ModelProto model;
  require(model.ParseFromString(bytes) && model.has_graph(), "{}: not an ONNX model", where);
  return model;
}

}  // namespace

void OnnxWriter::tensor(const std::string& name, const torch::Tensor& tensor) {
  require(tensor.is_floating_point(), "tensor '{}' is {} (only floating-point tensors can be exported)", name,
          torch::toString(tensor.scalar_type()));
  constant(name, tensor.to(torch::kFloat32));
}

std::string OnnxWriter::constant(const std::string& name, const torch::Tensor& tensor) {
  graph_.constants.emplace(name, tensor.detach().cpu().contiguous());
  return name;
}

std::string OnnxWriter::integers(const std::vector<int64_t>& values) {
  return constant(fmt::format("/integers/{}", fmt::join(values, ",")), torch::tensor(values, torch::kInt64));
}

std::string OnnxWriter::integer(int64_t value) {
  return constant(fmt::format("/integer/{}", value), torch::tensor(value, torch::kInt64));
}

std::string OnnxWriter::numbers(const std::vector<double>& values) {
  return constant(fmt::format("/numbers/{}", fmt::join(values, ",")), torch::tensor(values, torch::kFloat32));
}

std::string OnnxWriter::scalar(double value) {
  return constant(fmt::format("/scalar/{}", value), torch::tensor(value, torch::kFloat32));
}

std::string onnx_bytes(const Graph& graph, const Metadata& metadata, int opset) {
  const onnx::ModelProto model = to_model(graph, metadata, opset);
  try {
    onnx::checker::check_model(model);
    check_shapes(model);
  } catch (const std::exception& error) {
    fail("the exported graph is not valid ONNX: {}", library_reason(error.what()));
  }
  return model.SerializeAsString();
}

std::string with_metadata(const std::string& bytes, const Metadata& metadata, const std::string& where) {
  const std::string_view body = without_seal(bytes);
  onnx::ModelProto model = parse(std::string(body), where);
  for (const auto& [key, value] : metadata) set_metadata(model, key, value);
  return body.size() == bytes.size() ? model.SerializeAsString() : sealed(model.SerializeAsString());
}

Metadata read_metadata(const std::string& bytes, const std::string& where) {
  const onnx::ModelProto model = parse(bytes, where);
  Metadata metadata;
  for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
  return metadata;
}

}  // namespace facemat
