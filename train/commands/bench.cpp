#include <algorithm>
#include <cstdio>
#include <memory>

#include "src/core/config.h"
#include "src/core/measure.h"
#include "src/core/program.h"
#include "src/model/compute/prepare.h"
#include "train/commands/commands.h"
#include "train/commands/step_bench.h"
#include "train/optim/precision.h"

namespace facemat {
namespace {

struct Options {
  ConfigOptions config;
  StepBenchOptions bench;
  std::filesystem::path data;
  int threads = 0;
  bool quiet = false;
};

// The median of one figure of all steps.
double of_steps(const StepBench& bench, double (*figure)(const StepTimes&)) {
  std::vector<double> values;
  for (const StepTimes& times : bench.steps) values.push_back(figure(times));
  return median(values);
}

// How many times as fast as `plain`: the median over the rounds, in each of which both took a step.
double speed_up(const StepBench& plain, const StepBench& other, double (*figure)(const StepTimes&)) {
  std::vector<double> ratios;
  for (size_t i = 0; i < plain.steps.size(); ++i) ratios.push_back(figure(plain.steps[i]) / figure(other.steps[i]));
  return median(ratios);
}

double step_seconds(const StepTimes& times) { return times.total(); }
double processor_seconds(const StepTimes& times) { return times.processor; }

void print_steps(const std::vector<StepBench>& results, double frames) {
  std::printf("%-14s%10s%10s%10s%10s%10s%12s%10s%10s%9s\n", "frames/s of", "forward", "loss", "backward", "optimiser", "step",
              "processor s", "peak MiB", "speed-up", "memory");
  const StepBench& plain = results[0];
  for (const StepBench& r : results) {
    std::printf("%-14s", r.name.c_str());
    for (const auto part :
         {+[](const StepTimes& t) { return t.forward; }, +[](const StepTimes& t) { return t.loss; },
          +[](const StepTimes& t) { return t.backward; }, +[](const StepTimes& t) { return t.optimizer; }, step_seconds})
      std::printf("%10.2f", frames / of_steps(r, part));
    std::printf("%12.2f%10.0f%9.2fx%8.2fx\n", of_steps(r, processor_seconds), r.peak_mib, speed_up(plain, r, step_seconds),
                r.peak_mib / plain.peak_mib);
  }
}

void print_bf16(const std::vector<StepBench>& results) {
  const double ratio = 1 / speed_up(results[1], results[3], step_seconds);
  std::printf("a step in bf16 takes %.2f of a fused one in fp32; this processor's units for it: %s\n", ratio,
              bf16_units().c_str());
}

void print_convolutions(const std::vector<StepBench>& results, double work, double peak) {
  std::printf("convolutions: %.1f GFLOP a step; this machine's peak: %.0f GFLOP/s\n", work, peak);
  for (const StepBench& r : results) {
    const double rate = work / of_steps(r, step_seconds);
    std::printf("  %-12s %5.0f GFLOP/s over the whole step, %2.0f %% of the peak\n", r.name.c_str(), rate, 100 * rate / peak);
  }
}

int bench(const Options& o) {
  const TrainConfig config = load_config<TrainConfig>(o.config.file, o.config.assignments);
  StepBenchOptions options = o.bench;
  options.threads = o.threads > 0 ? o.threads : hardware_threads();
  warn(prepare_libtorch(options.threads));
  const auto progress = make_progress("measuring", "step", o.quiet);
  const auto results = bench_steps(config, options, *progress);
  std::printf("%d x %d frames of %dx%d, %d threads, medians of %d steps in turns\n", options.batch, options.frames,
              options.size, options.size, options.threads, options.steps);
  print_steps(results, options.batch * options.frames);
  print_bf16(results);
  const double work = convolution_gflop(config, options), peak = convolution_peak(options);
  print_convolutions(results, work, peak);
  if (!o.data.empty()) std::printf("loader: %.1f frames/s\n", bench_loader(o.data, config, options));
  return 0;
}

}  // namespace

Run declare_bench(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  add_config_options(app, o->config);
  add_number(app, "--batch", o->bench.batch, "clips a step", 1, 1024);
  add_number(app, "--frames", o->bench.frames, "frames a clip", 1, 1024);
  add_number(app, "--size", o->bench.size, "side of the frames", 64, 4096);
  add_number(app, "--steps", o->bench.steps, "measured of each way to compute", 1, 100000);
  app.add_option("--threads", o->threads, "CPU threads (default: all)")->check(CLI::Range(1, 1024));
  app.add_option("--data", o->data, "dataset, or its settings, to measure the loader on (default: not measured)")
      ->type_name("DIR|FILE.yaml");
  app.add_flag("--quiet", o->quiet, "no progress");
  app.footer("Example:\n  facemat bench train --batch 1 --frames 4 --size 512");
  return [o] { return bench(*o); };
}

}  // namespace facemat
