#pragma once
// The operator table: how each recorded LibTorch operator is written in ONNX. To add one: a translator in a file beside
// this one, a line in ops.cpp and its case in tests/export/operators/ops_test.cpp, which fails for an operator without one.

#include <string>
#include <vector>

#include "export/graph/onnx_writer.h"
#include "export/operators/trace.h"

namespace facemat {

// A recorded operator, read by the argument names of its schema. Every reader throws Error, naming operator and argument, if
// the argument is missing or of another type.
class Call {
 public:
  explicit Call(const TracedNode& node) : node_(node) {}

  const std::string& kind() const { return node_.kind; }
  bool has(const char* name) const;          // given, and not None
  bool is_constant(const char* name) const;  // a number or None, not a tensor

  std::string tensor(const char* name) const;
  std::string tensor_or_none(const char* name) const;  // "" (ONNX: not given) for None
  std::vector<std::string> tensors(const char* name) const;
  int64_t integer(const char* name) const;
  double number(const char* name) const;
  bool flag(const char* name) const;
  std::vector<int64_t> integers(const char* name) const;
  std::vector<int64_t> pair(const char* name) const;  // height and width; a single number stands for both

  const std::string& result() const;
  std::vector<std::string> results() const;
  const TracedResult& traced(size_t index) const;  // a result with its shape while tracing
  size_t result_count() const { return node_.results.size(); }

  // A name for something between the operator's inputs and its result.
  std::string inner(const std::string& what) const { return result() + "/" + what; }

  // Throws Error unless `condition`: this use of the operator has no translation.
  void supports(bool condition, const std::string& what) const;

 private:
  const Argument& argument(const char* name) const;

  const TracedNode& node_;
};

struct Operator {
  const char* kind;  // "aten::relu"
  void (*translate)(const Call& call, OnnxWriter& onnx);
};
const std::vector<Operator>& operator_table();

// Writes the nodes and the tensors of `graph`. Throws Error for an operator that the table does not have, listing those it has.
void translate(const TracedGraph& graph, OnnxWriter& onnx);

}  // namespace facemat
