#include "src/core/error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "src/core/text.h"

namespace facemat {
namespace {

std::string escaped_lines(const std::string& text) {
  std::string out;
  for (size_t begin = 0, end; begin <= text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    out += (begin > 0 ? "\n" : "") + printable(std::string_view(text).substr(begin, end - begin));
  }
  return out;
}

}  // namespace

Error::Error(const std::string& message) : std::runtime_error(escaped_lines(message)) {}

bool tells_of_memory(const char* message) noexcept {
  constexpr const char* kWords[] = {"bad_alloc", "bad allocation", "Failed to allocate memory", "out of memory"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](const char* words) { return std::strstr(message, words) != nullptr; });
}

std::string system_reason() { return errno == 0 ? "the system gives no reason" : std::strerror(errno); }

}  // namespace facemat
