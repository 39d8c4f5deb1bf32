#include "eval/commands/metric_bench.h"

#include <cstdio>
#include <memory>

#include "eval/commands/commands.h"
#include "src/core/measure.h"
#include "src/core/program.h"

namespace facemat {
namespace {

struct Options {
  int rounds = 9, pairs = 0, size = 512, threads = hardware_threads();
  bool quiet = false;
};

void print_metrics(const Options& o) {
  std::printf("milliseconds a frame, one thread, medians of %d\n", o.rounds);
  for (const auto& [width, height] : {std::pair(512, 512), std::pair(1920, 1080)}) {
    std::printf("%dx%d\n", width, height);
    for (const MetricTime& time : bench_metrics(width, height, o.rounds))
      std::printf("  %-24s%8.2f\n", time.metric.c_str(), time.milliseconds);
  }
}

void print_pairs(const Options& o) {
  const auto progress = make_progress("drawing and judging", "pair", o.quiet);
  const PairsTime time = bench_pairs(o.pairs, o.size, o.threads, *progress);
  std::printf(
      "%d pairs of %dx%d with trimaps from PNG files, %d threads: every metric in every region in %.1f s (%.1f a second)\n",
      o.pairs, o.size, o.size, o.threads, time.seconds, o.pairs / time.seconds);
  std::printf("resident memory: %.0f MiB after a tenth of them, %.0f MiB at most\n", mebibytes(time.memory_early),
              mebibytes(time.memory_most));
}

}  // namespace

Run declare_bench(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  add_number(app, "--rounds", o->rounds, "times that each metric is computed", 1, 10000);
  app.add_option("--pairs", o->pairs, "also judge this many pairs from PNG files, as an evaluation does")
      ->check(CLI::Range(0, 1000000));
  add_number(app, "--size", o->size, "side of these pairs", 16, 8192);
  add_number(app, "--threads", o->threads, "threads that judge them", 1, 1024);
  app.add_flag("--quiet", o->quiet, "no progress");
  app.footer("Example:\n  facemat bench metrics --pairs 1000");
  return [o] {
    print_metrics(*o);
    if (o->pairs > 0) print_pairs(*o);
    return 0;
  };
}

}  // namespace facemat
