#pragma once
// The one exception of the project. Libraries throw it, every main catches it once, prints one line and returns 1.
// A message says where, what is wrong, and (in brackets) what is allowed: "train.yaml:3: unknown key 'lap' (known: l1,
// laplacian)".

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace facemat {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Error with a formatted message: fail("{}: no such file", path).
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

// Throws Error unless `condition` holds.
template <typename... Args>
void require(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) fail(format, std::forward<Args>(args)...);
}

}  // namespace facemat
