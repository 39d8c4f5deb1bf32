#pragma once
// The one exception of the project. Libraries throw it, every main catches it once, prints one line and returns 1.
// A message says where, what is wrong, and (in brackets) what is allowed: "train.yaml:3: unknown key 'lap' (known: l1,
// laplacian)".

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace facemat {

// Its text may hold names out of files, which are not trusted: control characters, line ends among them, and bytes that are no
// UTF-8 are escaped, for the terminals and the JSON that messages end in. So it is one line; of a library's message it takes
// library_reason().
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message);
};

// Where memory lacked for what was asked: with more of it, or less asked, the same call may succeed.
class MemoryError : public Error {
 public:
  using Error::Error;
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

// What a library says is wrong: the first line of its message, behind which may stand more (LibTorch adds a C++ stack).
std::string library_reason(const std::string& message);

// Why the last call of the system failed (errno), in words.
std::string system_reason();

// Whether the message of a library's exception is of a lack of memory: some tell of it by words alone. For such messages only:
// ours may hold these words out of a file or an option.
bool tells_of_memory(const char* message) noexcept;

}  // namespace facemat
