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

// out = in of half precision, so that every value is rounded to 11 bits: pha = r1o = 0.5 R + 0.25 G + 0.125 B + r1i.
inline std::string half_accumulator(const ModelContract& contract) {
  using namespace tiny_onnx;
  constexpr int kHalf = 10;
  const Bytes halves("\x00\x38\x00\x34\x00\x30", 6);  // 0.5, 0.25, 0.125: sign, 5 bits of exponent + 15, 10 of fraction
  const Bytes weights =
      bytes(5, number(1, 1) + number(1, 3) + number(1, 1) + number(1, 1) + number(2, kHalf) + bytes(8, "w") + bytes(9, halves));
  return model(node("Conv", {"src", "w"}, "seen") + node("Add", {"seen", "r1i"}, "r1o") + node("Identity", {"r1o"}, "pha") +
                   weights + port(11, "src", {-1, 3, -1, -1}, kHalf) + port(11, "r1i", {-1, 1, -1, -1}, kHalf) +
                   port(12, "pha", {-1, 1, -1, -1}, kHalf) + port(12, "r1o", {-1, 1, -1, -1}, kHalf),
               contract_to_json(contract));
}

// A model without states whose alpha is its ratio input everywhere.
inline std::string ratio_model(const ModelContract& contract) {
  using namespace tiny_onnx;
  return model(node("Conv", {"src", "w"}, "nothing") + node("Add", {"nothing", "downsample_ratio"}, "pha") +
                   weights("w", {1, 3, 1, 1}, {0, 0, 0}) + port(11, "src", {-1, 3, -1, -1}) +
                   port(11, "downsample_ratio", {1}) + port(12, "pha", {-1, 1, -1, -1}),
               contract_to_json(contract));
}

inline ModelContract guided_contract() {
  ModelContract contract;
  contract.network = "guided";
  contract.guides = {{"trimap", "trimap"}, {"background", "plate"}};
  return contract;
}

// A model without states that is given a trimap and a background: pha = 0.5 R + 0.25 R of the background + 0.25 trimap.
inline std::string guided_model(const ModelContract& contract = guided_contract()) {
  using namespace tiny_onnx;
  return model(node("Conv", {"src", "half"}, "of_src") + node("Conv", {"plate", "quarter"}, "of_plate") +
                   node("Conv", {"trimap", "share"}, "of_trimap") + node("Add", {"of_src", "of_plate"}, "sum") +
                   node("Add", {"sum", "of_trimap"}, "pha") + weights("half", {1, 3, 1, 1}, {0.5f, 0, 0}) +
                   weights("quarter", {1, 3, 1, 1}, {0.25f, 0, 0}) + weights("share", {1, 1, 1, 1}, {0.25f}) +
                   port(11, "src", {-1, 3, -1, -1}) + port(11, "trimap", {-1, 1, -1, -1}, kFloat, "src") +
                   port(11, "plate", {-1, 3, -1, -1}, kFloat, "src") + port(12, "pha", {-1, 1, -1, -1}),
               contract_to_json(contract));
}

// A model without states that is given a hint: pha = 0.5 hint + 0.25 R.
inline std::string hinted_model() {
  using namespace tiny_onnx;
  ModelContract contract;
  contract.network = "hinted";
  contract.guides = {{"hint", "hint"}};
  return model(node("Conv", {"src", "quarter"}, "of_src") + node("Conv", {"hint", "half"}, "of_hint") +
                   node("Add", {"of_src", "of_hint"}, "pha") + weights("quarter", {1, 3, 1, 1}, {0.25f, 0, 0}) +
                   weights("half", {1, 1, 1, 1}, {0.5f}) + port(11, "src", {-1, 3, -1, -1}) +
                   port(11, "hint", {-1, 1, -1, -1}, kFloat, "src") + port(12, "pha", {-1, 1, -1, -1}),
               contract_to_json(contract));
}

// A model without states that takes `height` x `width` only; alpha is red, uncertainty its mean over what the model saw.
inline std::string fixed_model(const ModelContract& contract, int height, int width) {
  using namespace tiny_onnx;
  const std::vector<int64_t> plane = {1, 1, height, width};
  return model(node("Conv", {"src", "w"}, "pha") + node("GlobalAveragePool", {"pha"}, "mean") +
                   node("Sub", {"pha", "pha"}, "nothing") + node("Add", {"nothing", "mean"}, "uncertainty") +
                   weights("w", {1, 3, 1, 1}, {1, 0, 0}) + port(11, "src", {1, 3, height, width}) + port(12, "pha", plane) +
                   port(12, "uncertainty", plane),
               contract_to_json(contract));
}

}  // namespace facemat
