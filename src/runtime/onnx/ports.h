#pragma once
// What goes into a model's graph and comes out of it, against what its contract promises. Not for other rooms: it shows ONNX
// Runtime's header. `model` names the file in errors.

#include <onnxruntime_cxx_api.h>

#include <cstdint>
#include <string>
#include <vector>

#include "src/core/contract.h"

namespace facemat::ports {

// A named tensor of the graph. A size of -1 is left open until run time.
struct Port {
  std::string name;
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::vector<int64_t> shape;

  bool is_half() const { return type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16; }
  bool is_float() const { return type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }
};

struct Graph {
  std::vector<Port> inputs, outputs;
};

Graph graph_of(const Ort::Session& session);

// nullptr: there is none of that name.
const Port* find(const std::vector<Port>& ports, const std::string& name);

// The text of the contract in the model's metadata. Throws Error, with what the graph has, if there is none.
std::string contract_text(const Ort::Session& session, const Graph& graph, const std::string& model);

// Throws Error that shows both unless `graph` has what `contract` promises, types and shapes included, and no other inputs.
void check_graph(const Graph& graph, const ModelContract& contract, const std::string& model);

}  // namespace facemat::ports
