#include <cstdio>
#include <memory>

#include "data/commands/commands.h"
#include "data/store/checker.h"
#include "src/core/error.h"
#include "src/core/program.h"
#include "src/core/text.h"

namespace facemat {
namespace {

struct Options {
  fs::path dataset;
  int jobs = hardware_threads();
  bool quiet = false;
};

int check(const Options& o) {
  const auto progress = make_progress("checking", "sample", o.quiet);
  const Findings findings = check_dataset(o.dataset, o.jobs, *progress);
  for (const std::string& fault : findings.faults) std::printf("%s\n", printable(fault).c_str());
  for (const std::string& warning : findings.warnings) std::printf("warning: %s\n", printable(warning).c_str());
  require(findings.faults.empty(), "{}: {} faults", o.dataset.string(), findings.faults.size());
  std::printf("%s: every file is there and right\n", printable(o.dataset.string()).c_str());
  return 0;
}

}  // namespace

Run declare_check(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_flag("--quiet", o->quiet, "no progress");
  add_number(app, "--jobs", o->jobs, "worker threads", 1, 1024);
  app.add_option("dataset", o->dataset, "a dataset's folder")->required()->type_name("DIR");
  app.footer("Example:\n  facemat data check DATA");
  return [o] { return check(*o); };
}

}  // namespace facemat
