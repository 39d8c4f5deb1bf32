#pragma once
// Small questions about text, numbers in it, and names looked up in tables. Nothing here depends on the locale of the process.

#include <charconv>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include "src/core/error.h"

namespace facemat {

inline bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }
inline bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// A to Z as a to z; all else stays.
std::string lower(std::string text);

// Whether `text` is UTF-8 (RFC 3629: no overlong forms, no surrogates), as datasets, journals and JSON are.
bool is_utf8(std::string_view text);

// Whether a character of `text` would do something to a terminal rather than be seen: C0, DEL, C1, directions of writing.
bool has_control_characters(std::string_view text);

// `text` as a terminal and JSON may have it: control characters and bytes that are no UTF-8 are written as \n, \t or \xe9.
std::string printable(std::string_view text);
std::string printable_lines(std::string_view text);  // line ends stay

// `text` without blanks, tabs and carriage returns at its ends.
std::string stripped(std::string_view text);

// The cells of a line of CSV that has no quotes, stripped; none behind a comma that ends the line.
std::vector<std::string> comma_cells(const std::string& line);

// All of `text` as a decimal number: "12", "-3", "+0100" (100); for floating point "1.5", "2e-4" as well. Nothing for anything
// else: blanks, hexadecimal and octal forms, a decimal comma, inf and nan, what does not fit into Number.
template <typename Number>
std::optional<Number> read_number(std::string_view text) {
  const bool plus = starts_with(text, "+");
  if (plus) text.remove_prefix(1);
  const size_t first = !plus && starts_with(text, "-") ? 1 : 0;
  if (text.find_first_of("0123456789.", first) != first) return std::nullopt;
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

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
