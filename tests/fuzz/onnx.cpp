// Model files, as far as they are walked before ONNX Runtime sees them. A seal is set right in a second reading.

#include "src/core/contract.h"
#include "src/core/error.h"
#include "src/core/seal.h"
#include "src/runtime/onnx/model_file.h"
#include "tests/fuzz/targets.h"
#include "tests/support/tiny_onnx.h"

namespace facemat {
namespace {

using namespace tiny_onnx;

std::vector<FuzzSeed> seeds() {
  ModelContract contract;
  contract.network = "tiny", contract.states = {{"r1i", "r1o"}}, contract.sealed = true;
  const Bytes whole = accumulator(contract_to_json(contract), {0.5f, 0.25f, 0.125f});
  Bytes deep;
  for (int i = 0; i < 200; ++i) deep = bytes(1, bytes(5, bytes(6, deep)));  // a graph in an attribute of a node in a graph ...
  return {{"sealed", sealed(whole)},
          {"identity", identity({1, 3, 4, 4}, {1, 3, 4, 4})},
          {"promises_a_seal", whole, true},
          {"deep", bytes(7, deep), true},
          {"length_beyond_the_end", std::string("\x3a\xff\xff\xff\xff\x0f", 6), true}};
}

void read(const std::string& bytes) {
  try {
    check_model(sealed(std::string(without_seal(bytes))), "model.onnx");
  } catch (const Error&) {  // as damaged as it was made up
  }
  check_model(bytes, "model.onnx");
}

}  // namespace

FuzzTarget onnx_target() { return {"onnx", "src/runtime/onnx/model_file.h", 4096, seeds, read}; }

}  // namespace facemat
