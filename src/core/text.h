#pragma once
// Small questions about text, and names looked up in tables.

#include <string>
#include <string_view>

#include "src/core/error.h"

namespace facemat {

inline bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

// The entry of `table` whose member `name` is `name`. Throws Error "unknown WHAT 'NAME' (known: ...)".
template <typename Table>
const auto& find_entry(const Table& table, const std::string& name, const char* what) {
  std::string known;
  for (const auto& entry : table) {
    if (name == entry.name) return entry;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  fail("unknown {} '{}' (known: {})", what, name, known);
}

}  // namespace facemat
