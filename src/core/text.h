#pragma once
// Small questions about text, and names looked up in tables.

#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "src/core/error.h"

namespace facemat {

inline bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

// The entry of `table` whose `member` is `name`. Throws Error "PROBLEM 'NAME' (known: ...)".
template <typename Table, typename Entry, typename Text>
const Entry& find_entry(const Table& table, Text Entry::*member, const std::string& name, const std::string& problem) {
  for (const Entry& entry : table)
    if (name == entry.*member) return entry;
  std::string known;
  for (const Entry& entry : table) known += (known.empty() ? "" : ", ") + std::string(entry.*member);
  fail("{} '{}' (known: {})", problem, name, known);
}

// The entry whose `name` it is. Throws Error "unknown WHAT 'NAME' (known: ...)".
template <typename Table>
const auto& find_entry(const Table& table, const std::string& name, const char* what) {
  using Entry = std::decay_t<decltype(*std::begin(table))>;
  return find_entry(table, &Entry::name, name, std::string("unknown ") + what);
}

// The names in a table, in its order.
template <typename Table>
std::vector<std::string> entry_names(const Table& table) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.name);
  return names;
}

// "NAME: HELP; NAME: HELP; ..."
template <typename Table>
std::string entry_help(const Table& table) {
  std::string text;
  for (const auto& entry : table) text += (text.empty() ? "" : "; ") + std::string(entry.name) + ": " + entry.help;
  return text;
}

}  // namespace facemat
