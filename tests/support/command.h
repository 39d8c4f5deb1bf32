#pragma once
// Programs as their users meet them: a command line, an exit code, and what is printed. FACEMAT_BIN_DIR is where the build puts
// them.

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include "src/core/error.h"

namespace facemat {

struct Outcome {
  int code;
  std::string text;  // standard output and error
};

// `command` goes through the shell.
inline Outcome run(const std::string& command) {
  Outcome outcome{-1, {}};
  FILE* pipe = ::popen((command + " 2>&1 </dev/null").c_str(), "r");
  require(pipe != nullptr, "cannot be started: {}", command);
  std::array<char, 4096> buffer;
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) outcome.text.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

}  // namespace facemat
