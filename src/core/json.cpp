#include "src/core/json.h"

#include <algorithm>
#include <string>

namespace facemat {
namespace {

// An upper bound of what a reader of `text` makes before it stops: brackets, commas and colons outside of texts.
struct Extent {
  int levels = 0;
  uint64_t values = 1;
};

Extent extent_of(std::string_view text) {
  Extent extent;
  int open = 0;
  bool in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
      continue;
    }
    if (c == '"') in_text = true;
    if (c == '[' || c == '{') extent.levels = std::max(extent.levels, ++open), ++extent.values;
    if (c == ']' || c == '}') --open;
    if (c == ',' || c == ':') ++extent.values;
  }
  return extent;
}

// The library quotes what it read last, however long that is, behind a mark "[json.exception. ...] ".
std::string shortened(const std::string& message) {
  constexpr size_t kMostLetters = 300;
  const size_t mark = message.find("] "), begin = mark == std::string::npos ? 0 : mark + 2;
  return message.substr(begin, kMostLetters) + (message.size() - begin > kMostLetters ? " ..." : "");
}

// From the leaves on: what is empty takes nothing to destroy.
void dissolve(nlohmann::json& value) noexcept {
  if (auto* list = value.get_ptr<nlohmann::json::array_t*>()) {
    for (nlohmann::json& item : *list) dissolve(item);
    list->clear();
  } else if (auto* map = value.get_ptr<nlohmann::json::object_t*>()) {
    for (auto& [key, item] : *map) dissolve(item);
    map->clear();
  }
}

}  // namespace

JsonTree::~JsonTree() { dissolve(value_); }

void refuse_json(const char* problem) { throw nlohmann::json::other_error::create(599, problem, nullptr); }

void check_json_size(std::string_view text, uint64_t most_values) {
  const Extent extent = extent_of(text);
  if (extent.levels > kMostJsonLevels) refuse_json("nested too deeply (allowed: 64 levels)");
  if (extent.values > most_values) refuse_json("too many values");
}

nlohmann::json parse_json(std::string_view text, uint64_t most_values) {
  check_json_size(text, most_values);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw nlohmann::json::other_error::create(error.id, shortened(error.what()), nullptr);
  }
}

}  // namespace facemat
