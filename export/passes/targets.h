#pragma once
// The target table: what a graph is rewritten for. To add one: a line in targets.cpp; tests/export/passes/targets_test.cpp
// loops over the table.

#include <string>
#include <vector>

#include "export/graph/graph.h"

namespace facemat {

struct Target {
  const char* name;
  const char* about;
  int opset;
  bool fixed_size;                  // frames of one size alone
  const char* why_fixed_size;       // empty if they may be open
  std::vector<std::string> passes;  // names in the pass table, in the order they run
  // ONNX's names of the operators that it is known to run, as the passes leave them, "Pad (reflect)" for a padding that is not
  // by a number; empty: all that the exporter writes.
  std::vector<std::string> operators = {};
};
const std::vector<Target>& target_table();

// Throws Error for an unknown name, listing the known ones.
const Target& find_target(const std::string& name);

// Throws Error naming the operators of `graph` that the target is not known to run, and the targets that are.
void check_operators(const Graph& graph, const Target& target);

// The passes of a graph that is not rewritten: the operators as they were recorded, with batch norms folded.
const std::vector<std::string>& plain_passes();

}  // namespace facemat
