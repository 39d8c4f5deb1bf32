#pragma once
// Pickles written byte by byte: opcodes and their operands.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace facemat {

inline std::string pickled(const std::string& body) { return "\x80\x02" + body + "."; }

inline std::string pickled_number(int64_t value) {
  std::string out = "\x8a\x08";
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

inline std::string pickled_text(const std::string& text) {
  return std::string("X") + static_cast<char>(text.size()) + std::string(3, '\0') + text;
}

inline std::string pickled_tuple(const std::vector<std::string>& items) {
  std::string out = "(";
  for (const auto& item : items) out += item;
  return out + "t";
}

inline std::string pickled_numbers(const std::vector<int64_t>& values) {
  std::vector<std::string> items;
  for (const int64_t value : values) items.push_back(pickled_number(value));
  return pickled_tuple(items);
}

struct PickledTensor {
  std::vector<int64_t> sizes = {2, 3}, strides = {3, 1};
  int64_t offset = 0;
  int64_t count = 6;  // of elements, as claimed for the storage
  std::string type = "FloatStorage", key = "0";
};

inline std::string pickled_tensor(const PickledTensor& tensor) {
  const std::string storage = pickled_tuple({pickled_text("storage"), "ctorch\n" + tensor.type + "\n", pickled_text(tensor.key),
                                             pickled_text("cpu"), pickled_number(tensor.count)});
  return "ctorch._utils\n_rebuild_tensor_v2\n" +
         pickled_tuple({storage + "Q", pickled_number(tensor.offset), pickled_numbers(tensor.sizes),
                        pickled_numbers(tensor.strides), "\x89", "}"}) +
         "R";
}

inline std::string pickled_dictionary(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out = "}(";
  for (const auto& [key, value] : entries) out += pickled_text(key) + value;
  return out + "u";
}

}  // namespace facemat
