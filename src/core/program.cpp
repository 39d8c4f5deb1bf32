#include "src/core/program.h"

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <thread>

namespace facemat {
namespace {

// The first line of a message from a library that writes several (LibTorch adds a C++ stack).
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

void add_config_options(CLI::App& app, ConfigOptions& options) {
  app.add_option("--config", options.file, "YAML file with the settings")->type_name("FILE");
  app.add_option("--set", options.assignments, "change one setting, as a.b=value; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--print-config", options.print, "print the settings that would be used, and stop");
}

int run_program(int argc, char** argv, CLI::App& app, const std::function<void()>& body) {
  app.set_version_flag("--version", std::string("facemat ") + kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    body();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), first_line(error.what()).c_str());
    return 1;
  }
}

int hardware_threads() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

void keep_freed_memory() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 256 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

}  // namespace facemat
