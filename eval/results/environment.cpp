#include "eval/results/environment.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>
#include <opencv2/core.hpp>

#include "src/core/measure.h"
#include "src/runtime/onnx/session.h"

namespace facemat {
namespace {

// What follows `key` and a separator in the first such line of a file of the system's; empty if there is none.
std::string value_in(const char* file, const std::string& key, char separator) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const size_t at = line.find(separator);
    if (at == std::string::npos) continue;
    const size_t begin = line.find_first_not_of(" \t\"", at + 1), end = line.find_last_not_of(" \t\"");
    return begin == std::string::npos ? "" : line.substr(begin, end - begin + 1);
  }
  return {};
}

std::string system_name() {
  utsname name{};
  ::uname(&name);
  const std::string distribution = value_in("/etc/os-release", "PRETTY_NAME", '=');
  return fmt::format("{}{}{} {} {}", distribution, distribution.empty() ? "" : ", ", name.sysname, name.release, name.machine);
}

}  // namespace

EnvironmentInfo this_environment(int threads, const std::string& libraries) {
  EnvironmentInfo e;
  e.processor = value_in("/proc/cpuinfo", "model name", ':');
  e.system = system_name();
#ifdef __clang__
  e.compiler = fmt::format("Clang {}", __clang_version__);
#else
  e.compiler = fmt::format("GCC {}", __VERSION__);
#endif
  e.libraries =
      fmt::format("OpenCV {}, ONNX Runtime {}{}{}", CV_VERSION, runtime_version(), libraries.empty() ? "" : ", ", libraries);
  e.threads = threads;
  e.peak_memory = peak_memory();
  return e;
}

}  // namespace facemat
