#pragma once
// Settings that readers of YAML trip over.

#include "tests/fuzz/target.h"

namespace facemat {

inline std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

inline std::vector<FuzzSeed> yaml_tricks() {
  std::string chain = "a0: &a0 [x]\n";  // each holds the one before: deep without a deep line
  for (int i = 1; i < 3000; ++i)
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  return {{"list", "[1, 2]", true},
          {"deep", "a: " + std::string(100'000, '['), true},
          {"deep_behind_comments", "a: " + repeated("[ # ]\n", 40'000), true},
          {"deep_behind_quotes", "a: " + repeated("[\"]\",", 40'000), true},
          {"deep_keys", repeated("? ", 40'000), true},
          {"within_itself", "a: &a [*a]\n", true},
          {"map_within_itself", "a: &a {b: *a}\n", true},
          {"chain", chain, true},
          {"key_that_is_a_list", "? [a, b]\n: 1\n", true},
          {"twice", "seed: 1\nseed: 2\n", true}};
}

// `yaml` and the tricks.
inline std::vector<FuzzSeed> yaml_seeds(const std::string& yaml) {
  std::vector<FuzzSeed> out = yaml_tricks();
  out.insert(out.begin(), {"whole", yaml});
  return out;
}

}  // namespace facemat
