#include "export/graph/float_ports.h"

#include <map>
#include <vector>

#include "export/graph/proto.h"
#include "src/core/seal.h"

namespace facemat {
namespace {

constexpr int kFloat = onnx::TensorProto::FLOAT, kHalf = onnx::TensorProto::FLOAT16;

// A graph port that becomes float32: the graph reads or writes `name`/inside.
std::string behind_port(onnx::ValueInfoProto& port) {
  port.mutable_type()->mutable_tensor_type()->set_elem_type(kFloat);
  return port.name() + "/inside";
}

bool is_half(const onnx::ValueInfoProto& port) { return port.type().tensor_type().elem_type() == kHalf; }

void rename(onnx::GraphProto& graph, const std::map<std::string, std::string>& renamed) {
  for (onnx::NodeProto& node : *graph.mutable_node()) {
    for (std::string& name : *node.mutable_input())
      if (const auto entry = renamed.find(name); entry != renamed.end()) name = entry->second;
    for (std::string& name : *node.mutable_output())
      if (const auto entry = renamed.find(name); entry != renamed.end()) name = entry->second;
  }
}

}  // namespace

std::string with_float_ports(const std::string& bytes, const std::string& where) {
  onnx::ModelProto model = parse_onnx(without_seal(bytes), where);
  onnx::GraphProto& graph = *model.mutable_graph();
  std::map<std::string, std::string> renamed;
  std::vector<onnx::NodeProto> before, after;
  for (onnx::ValueInfoProto& input : *graph.mutable_input())
    if (is_half(input)) before.push_back(make_cast(input.name(), renamed[input.name()] = behind_port(input), kHalf));
  for (onnx::ValueInfoProto& output : *graph.mutable_output())
    if (is_half(output)) after.push_back(make_cast(renamed[output.name()] = behind_port(output), output.name(), kFloat));
  for (auto* casts : {&before, &after})
    for (onnx::NodeProto& node : *casts) node.set_name(node.output(0) + ":port");
  rename(graph, renamed);
  std::vector<onnx::NodeProto> nodes = std::move(before);
  nodes.insert(nodes.end(), graph.node().begin(), graph.node().end());
  nodes.insert(nodes.end(), after.begin(), after.end());
  graph.clear_node();
  graph.clear_value_info();
  for (onnx::NodeProto& node : nodes) graph.add_node()->Swap(&node);
  return model.SerializeAsString();
}

}  // namespace facemat
