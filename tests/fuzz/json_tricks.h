#pragma once
// JSON that readers trip over.

#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace facemat {

// `text` with the first number behind "KEY": replaced by `value`.
inline std::string with_number(std::string text, const std::string& key, const std::string& value) {
  const size_t at = text.find_first_not_of(" \n", text.find("\"" + key + "\":") + key.size() + 3);
  return text.replace(at, text.find_first_of(",}] \n", at) - at, value);
}

// Tricks made of the first of `seeds`, which has a whole number behind "KEY":. All are refused.
inline void add_json_tricks(std::vector<FuzzSeed>& seeds, const std::string& key) {
  const std::string whole = seeds.front().bytes;
  const std::pair<const char*, const char*> numbers[] = {
      {"number_beyond_64_bits", "1e300"}, {"number_with_a_fraction", "1.5"}, {"number_that_is_a_word", "true"}};
  for (const auto& [name, value] : numbers) seeds.push_back({name, with_number(whole, key, value), true});
  for (const char* open : {"[", "{\"a\":"}) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += open;
    seeds.push_back({std::string("deep_") + (*open == '[' ? "lists" : "objects"), with_number(whole, key, deep), true});
  }
  std::string closed(100'000, '[');
  seeds.push_back({"deep_and_closed", with_number(whole, key, closed + std::string(100'000, ']')), true});
  seeds.push_back({"endless_text", "{\"" + std::string(100'000, 'a'), true});
}

}  // namespace facemat
