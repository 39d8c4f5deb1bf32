#pragma once
// Models whose answers are known by hand.

#include <filesystem>
#include <string>

#include "src/core/contract.h"
#include "src/core/file.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny_onnx.h"

namespace facemat {

inline ModelContract accumulator_contract() {
  ModelContract contract;
  contract.network = "accumulator";
  contract.uncertainty_output = "uncertainty";
  contract.states = {{"r1i", "r1o"}};
  return contract;
}

// Writes the model whose alpha is 0.5 R + 0.25 G + 0.125 B, summed over the frames of a clip.
inline fs::path write_accumulator(const fs::path& path, const ModelContract& contract = accumulator_contract()) {
  write_file(path, tiny_onnx::accumulator(contract_to_json(contract), {0.5f, 0.25f, 0.125f}));
  return path;
}

}  // namespace facemat
