#pragma once
// JSON from files, none of which is trusted. All of the project reads it by parse_json, and includes the library through this
// file, so that whole numbers are read as strictly everywhere: the library itself makes 2 of 2.9, 1 of true,
// 18446744073709551615 of -1 and 0 of 4294967296, and what it makes of 1e300 is undefined.

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace facemat {

inline constexpr int kMostJsonLevels = 64;
inline constexpr uint64_t kMostJsonValues = uint64_t{1} << 20;

// The value that `text` states. Throws nlohmann::json::exception, whose message is short, for what is malformed, nested more
// than kMostJsonLevels deep (copying and writing a value take a stack frame for each level), or of more than `most_values`
// values and keys (a value takes many times the bytes of its text).
nlohmann::json parse_json(std::string_view text, uint64_t most_values = kMostJsonValues);

// Throws as parse_json does for what it would refuse by its size or its depth; malformed text passes.
void check_json_size(std::string_view text, uint64_t most_values = kMostJsonValues);

[[noreturn]] void refuse_json(const char* problem);  // throws nlohmann::json::exception

// `json`, of either order of keys, in one line, or indented: for programs to print. Never an error, whatever bytes names have:
// those that are no UTF-8 become U+FFFD.
template <typename Json>
std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace facemat

// Whole numbers as get<int64_t>(), get_to() and lists of them read them: written without a fraction and within the type's
// range.
template <typename Integer>
struct nlohmann::adl_serializer<Integer, std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>>> {
  template <typename Json>
  static void to_json(Json& json, Integer value) {
    nlohmann::to_json(json, value);
  }
  template <typename Json>
  static void from_json(const Json& json, Integer& value) {
    using Limits = std::numeric_limits<Integer>;
    if (json.is_number_unsigned()) {
      const auto number = json.template get_ref<const typename Json::number_unsigned_t&>();
      if (number > static_cast<uint64_t>(Limits::max())) facemat::refuse_json("a whole number is too large");
      value = static_cast<Integer>(number);
    } else if (json.is_number_integer()) {
      const auto number = json.template get_ref<const typename Json::number_integer_t&>();
      if (number < static_cast<int64_t>(Limits::min())) facemat::refuse_json("a whole number is too small");
      if (number > 0 && static_cast<uint64_t>(number) > static_cast<uint64_t>(Limits::max()))
        facemat::refuse_json("a whole number is too large");
      value = static_cast<Integer>(number);
    } else {
      facemat::refuse_json("a whole number is expected");
    }
  }
};

namespace facemat {

// A value that takes no memory at its end. The library's own destructor takes some for what is nested, and ends the process
// where there is none: what must survive that holds its values so.
class JsonTree {
 public:
  explicit JsonTree(nlohmann::json value) noexcept : value_(std::move(value)) {}
  ~JsonTree();
  JsonTree(const JsonTree&) = delete;
  JsonTree& operator=(const JsonTree&) = delete;

  const nlohmann::json& operator*() const { return value_; }
  const nlohmann::json* operator->() const { return &value_; }

 private:
  nlohmann::json value_;
};

}  // namespace facemat
