#pragma once
// ONNX models as protobuf, for this room's passes over finished graphs. Not for other rooms: it shows ONNX's headers.

#include <onnx/onnx_pb.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace facemat {

// Throws Error, prefixed by `where`, if `bytes` are no ONNX model with a graph.
onnx::ModelProto parse_onnx(std::string_view bytes, const std::string& where);

// Throws Error, prefixed by `where`, unless ONNX's checker passes the model and strict shape inference finds every type and
// shape consistent. A model that points to files beside itself must have been refused before: the checker would open them.
void check_onnx(const onnx::ModelProto& model, const std::string& where);

// Element type (TensorProto::DataType) of every named value: inputs, initializers, results of nodes. Throws as check_onnx for a
// graph whose types do not fit.
std::map<std::string, int> element_types(const onnx::ModelProto& model, const std::string& where);

// The value of metadata `key`; empty if there is none.
std::string metadata_of(const onnx::ModelProto& model, const std::string& key);

// Of an initializer of float32, whichever way it is stored. Throws Error, naming it, for another type or a wrong length.
std::vector<float> floats_of(const onnx::TensorProto& tensor);

// A graph's initializers by name. Valid as long as none is added or removed.
std::map<std::string, const onnx::TensorProto*> initializers_of(const onnx::GraphProto& graph);

// A node with its inputs and outputs, named after its first output.
onnx::NodeProto make_node(const std::string& type, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs);

// A Cast of `from` to the element type `type` (TensorProto::DataType), named after its result `to`.
onnx::NodeProto make_cast(const std::string& from, const std::string& to, int type);

// A tensor of `dims` whose elements are the bytes of `values`.
template <typename T>
onnx::TensorProto make_tensor(const std::string& name, int type, const std::vector<int64_t>& dims,
                              const std::vector<T>& values) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const int64_t size : dims) tensor.add_dims(size);
  tensor.set_raw_data(values.data(), values.size() * sizeof(T));
  return tensor;
}

}  // namespace facemat
