#pragma once
// What exporting and verifying share: both compare with LibTorch, by the same settings.

#include "export/proof/parity.h"
#include "src/core/program.h"
#include "src/core/progress.h"

namespace facemat {

struct CommonOptions {
  ConfigOptions config;
  int threads = 1;  // more would mostly wait for each other: the frames compared are small
  bool quiet = false, json = false;
};

inline void add_common_options(CLI::App& app, CommonOptions& options) {
  add_config_options(app, options.config);
  add_number(app, "--threads", options.threads, "CPU threads of LibTorch", 1, 1024);
  app.add_flag("--quiet", options.quiet, "no progress");
  app.add_flag("--json", options.json, "print the outcome as JSON");
}

// What the library reports goes to `progress`, which must outlive what is returned.
inline FrameDone report_to(Progress& progress) {
  return [&](int64_t done, int64_t total, const std::string& note) { progress.update(done, total, note); };
}

}  // namespace facemat
