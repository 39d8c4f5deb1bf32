#include "src/core/error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "src/core/text.h"

namespace facemat {

Error::Error(const std::string& message) : std::runtime_error(printable(message)) {}

bool tells_of_memory(const char* message) noexcept {
  constexpr const char* kWords[] = {"bad_alloc", "bad allocation", "Failed to allocate memory", "out of memory"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](const char* words) { return std::strstr(message, words) != nullptr; });
}

std::string library_reason(const std::string& message) { return message.substr(0, message.find('\n')); }

std::string system_reason() { return errno == 0 ? "the system gives no reason" : std::strerror(errno); }

}  // namespace facemat
