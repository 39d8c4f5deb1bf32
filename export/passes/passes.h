#pragma once
// The pass table: exact rewritings of a graph. What goes in and what comes out compute the same function, up to the rounding of
// floating-point sums. To add one: a function in a file of this folder, a line in passes.cpp, and its case in
// tests/export/passes/passes_test.cpp, which fails for a pass without one.

#include <string>
#include <vector>

#include "export/graph/graph.h"

namespace facemat {

struct Pass {
  const char* name;
  const char* about;
  void (*run)(Graph& graph);
};
const std::vector<Pass>& pass_table();

// Runs the passes named, in order. Throws Error for a name that the table does not have.
void run_passes(Graph& graph, const std::vector<std::string>& names);

}  // namespace facemat
