#pragma once
// JSON for programs to print: never an error, whatever bytes names have.

#include <nlohmann/json.hpp>

#include <string>

namespace facemat {

// `json`, of either order of keys, in one line, or indented; bytes that are no UTF-8 become U+FFFD.
template <typename Json>
std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace facemat
