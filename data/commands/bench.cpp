#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "data/commands/commands.h"
#include "data/commands/sample_bench.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "src/core/program.h"

namespace facemat {
namespace {

struct Options {
  ConfigOptions config;
  BenchOptions bench;
  int jobs = hardware_threads();
  fs::path work;
  bool quiet = false;
};

void print_results(const std::vector<BenchResult>& results) {
  for (size_t i = 0; i < results.size(); ++i) {
    const BenchResult& r = results[i];
    std::printf("  %-46s %2d worker%s  %7.1f samples/s", r.what.c_str(), r.workers, r.workers == 1 ? " " : "s",
                r.samples_per_second);
    if (r.workers > 1) std::printf("  x%.2f", r.samples_per_second / results[i - 1].samples_per_second);
    std::printf("  %5.0f MiB\n", r.resident_mib);
  }
}

int bench(const Options& o) {
  const bool own = !o.config.file.empty();
  const fs::path work = o.work.empty() ? fs::temp_directory_path() / fmt::format("facemat-bench-{}", ::getpid()) : o.work;
  PendingFolder folder(work);  // never committed: it goes with this scope
  const auto progress = make_progress("measuring", "sample", o.quiet);
  const DataConfig config =
      own ? load_config<DataConfig>(o.config.file, o.config.assignments) : bench_sources(folder.path(), 48, 48);
  BenchOptions options = o.bench;
  options.workers = std::max(2, o.jobs);
  std::printf("%dx%d, %d samples each, %s\n", options.size, options.size, options.samples,
              own ? o.config.file.c_str() : "48 faces and 48 occluders of 512x512 (JPEG with PNG masks), drawn for this");
  print_results(bench_samples(config, folder.path() / "out", options, *progress));
  std::printf("  SOT colour transfer of a hand, %dx%d: %.0f ms\n", options.size, options.size, bench_sot(options.size));
  return 0;
}

}  // namespace

Run declare_bench(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_flag("--quiet", o->quiet, "no progress");
  add_config_options(app, o->config);
  add_number(app, "--size", o->bench.size, "side of the frames", 32, 2048);
  add_number(app, "--samples", o->bench.samples, "of each measurement", 1, 1000000);
  add_number(app, "--jobs", o->jobs, "workers to compare with one", 1, 1024);
  app.add_option("--work", o->work, "folder to work in; must not exist (default: in the system's)")->type_name("DIR");
  app.footer("Example:\n  facemat data bench  (or: facemat bench data)");
  return [o] { return bench(*o); };
}

}  // namespace facemat
