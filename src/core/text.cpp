#include "src/core/text.h"

#include <algorithm>
#include <cstdint>
#include <sstream>

namespace facemat {
namespace {

// The character that begins at `text[at]`.
struct Character {
  size_t bytes = 0;  // 0: no UTF-8
  uint32_t code = 0;
};

Character character_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t first = byte(at);
  if (first < 0x80) return {1, first};
  const size_t bytes = first >= 0xc2 && first < 0xe0   ? 2
                       : first >= 0xe0 && first < 0xf0 ? 3
                       : first >= 0xf0 && first < 0xf5 ? 4
                                                       : 0;
  if (bytes == 0 || at + bytes > text.size()) return {};
  uint32_t code = first & (0xffu >> (bytes + 1));
  for (size_t i = at + 1; i < at + bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = code < (bytes == 3 ? 0x800u : bytes == 4 ? 0x10000u : 0x80u);
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (overlong || surrogate || code > 0x10ffff) return {};
  return {bytes, code};
}

bool is_control(uint32_t code) {
  const bool direction = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 || direction;
}

void append_escaped(char c, std::string& out) {
  constexpr const char* kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\n' || c == '\t')
    out += c == '\n' ? "\\n" : "\\t";
  else
    (out += "\\x") += {kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string stripped(std::string_view text) {
  constexpr const char* kBlanks = " \t\r";
  const size_t from = text.find_first_not_of(kBlanks), to = text.find_last_not_of(kBlanks);
  return from == std::string_view::npos ? "" : std::string(text.substr(from, to - from + 1));
}

std::vector<std::string> comma_cells(const std::string& line) {
  std::vector<std::string> cells;
  std::stringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(stripped(cell));
  return cells;
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    if (c.bytes == 0) return false;
    i += c.bytes;
  }
  return true;
}

bool has_control_characters(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    if (c.bytes > 0 && is_control(c.code)) return true;
    i += std::max<size_t>(1, c.bytes);
  }
  return false;
}

std::string printable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    const size_t bytes = std::max<size_t>(1, c.bytes);
    if (c.bytes > 0 && !is_control(c.code))
      out += text.substr(i, bytes);
    else
      for (size_t k = i; k < i + bytes; ++k) append_escaped(text[k], out);
    i += bytes;
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  for (size_t begin = 0, end; begin <= text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    out += (begin > 0 ? "\n" : "") + printable(text.substr(begin, end - begin));
  }
  return out;
}

}  // namespace facemat
