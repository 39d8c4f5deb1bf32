// facemat-train: trains the teacher, the student, or what else a config describes.

#include <torch/torch.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/measure.h"
#include "src/core/program.h"
#include "src/model/threads.h"
#include "train/bench.h"
#include "train/distributed.h"
#include "train/forecast.h"
#include "train/learner.h"
#include "train/trainer.h"

namespace {

using namespace facemat;

struct Options {
  ConfigOptions config;
  TrainRequest request;
  std::string teacher, init;
  int threads = 0;
  bool dry_run = false, quiet = false, json = false, libraries = false;
  StepBenchOptions bench;
};

constexpr const char* kExample =
    "Example:\n"
    "  facemat-train --config configs/train/teacher.yaml --data DATA --out runs/teacher --dry-run\n"
    "  facemat-train --config configs/train/teacher.yaml --data DATA --out runs/teacher\n"
    "  facemat-train --config configs/train/student.yaml --data DATA --teacher runs/teacher --out runs/student\n"
    "  torchrun --nproc_per_node 2 --no_python facemat-train --config ...      (several processes: train/README.md)\n"
    "Interrupted? Run the same command with --resume: it continues bit for bit. Watch: tensorboard --logdir runs";

void declare(CLI::App& app, Options& o) {
  add_config_options(app, o.config);
  app.add_option("--data", o.request.data,
                 "dataset made by 'facemat data build' or 'pack', or its settings, to make the samples on the fly")
      ->type_name("DIR|FILE.yaml");
  app.add_option("--out", o.request.run, "folder of the run")->type_name("RUN");
  app.add_option("--teacher", o.teacher, "run or model file of the frozen teacher (sets 'teacher')")->type_name("RUN");
  app.add_option("--init", o.init, "run or model file to start from (sets 'init')")->type_name("RUN");
  app.add_flag("--resume", o.request.resume, "continue the run in --out from its newest checkpoint");
  app.add_option("--stop-after", o.request.stop_after, "stop, with a checkpoint, after this many steps of this call")
      ->check(CLI::PositiveNumber);
  app.add_flag("--dry-run", o.dry_run, "take a few steps, say what the run will cost in time and memory, write nothing");
  app.add_option("--threads", o.threads, "CPU threads of the network (default: all; a fair share with several processes)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--loader-threads", o.request.loader_threads, "CPU threads that make batches ahead; 0: none")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--quiet", o.quiet, "no progress");
  app.add_flag("--json", o.json, "print the outcome as JSON");
  app.add_flag("--libraries", o.libraries, "print the version of LibTorch and stop");
  app.footer(kExample);
}

std::atomic<bool> stop_asked{false};

// The first Ctrl-C (or a batch system's SIGTERM) ends the run after its step, with a checkpoint; the second ends it at once.
void stop_gently(int signal) {
  stop_asked = true;
  std::signal(signal, SIG_DFL);
}

CLI::App* declare_bench(CLI::App& app, Options& o) {
  CLI::App* sub = app.add_subcommand("bench", "how fast a training step is on this machine");
  add_config_options(*sub, o.config);
  const auto number = [&](const char* name, int& value, const char* about, int least, int most) {
    sub->add_option(name, value, about)->check(CLI::Range(least, most))->capture_default_str();
  };
  number("--batch", o.bench.batch, "clips a step", 1, 1024);
  number("--frames", o.bench.frames, "frames a clip", 1, 1024);
  number("--size", o.bench.size, "side of the frames", 64, 4096);
  number("--steps", o.bench.steps, "measured of each way to compute", 1, 100000);
  sub->add_option("--threads", o.threads, "CPU threads (default: all)")->check(CLI::Range(1, 1024));
  sub->add_option("--data", o.request.data, "dataset, or its settings, to measure the loader on (default: not measured)")
      ->type_name("DIR|FILE.yaml");
  sub->add_flag("--quiet", o.quiet, "no progress");
  sub->footer("Example:\n  facemat bench train --batch 1 --frames 4 --size 512");
  return sub;
}

TrainConfig resolved(const Options& o) {
  TrainConfig config = load_config<TrainConfig>(o.config.file, o.config.assignments);
  if (!o.teacher.empty()) config.teacher = o.teacher;
  if (!o.init.empty()) config.init = o.init;
  return config;
}

std::string duration(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (s < 60) return fmt::format("{:.1f} s", seconds);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

void print_json(const TrainOutcome& o) {
  nlohmann::json json = {{"steps", o.steps},          {"loss", o.last_loss},  {"best_step", o.best_step},
                         {"model", o.model.string()}, {"skipped", o.skipped}, {"seconds", o.seconds},
                         {"frames", o.frames},        {"waiting", o.waiting}, {"stopped", o.stopped},
                         {"early", o.early}};
  json["best"] = o.best ? nlohmann::json(*o.best) : nlohmann::json();
  std::printf("%s\n", json.dump().c_str());
}

void print_text(const TrainConfig& config, const TrainOutcome& o) {
  fmt::print("{} steps{}, {}", o.steps, o.early ? " (no better validation for long)" : "", duration(o.seconds));
  if (o.seconds > 0) {
    fmt::print(", {:.1f} frames/s, {:.1f} % of the time waiting for batches", static_cast<double>(o.frames) / o.seconds,
               100 * o.waiting);
  }
  if (o.skipped > 0) fmt::print(", {} steps skipped", o.skipped);
  fmt::print("\n");
  if (o.best) {
    fmt::print("best validation {}: {:.4f} at step {}\nmodel: {}\n", config.best_by, *o.best, o.best_step, o.model.string());
  } else {
    fmt::print("not validated yet; continue with --resume\n");
  }
}

void print_forecast(const Forecast& f) {
  fmt::print(
      "{} parameters, {} clips, {:.1f} epochs in {} steps\n"
      "a step takes {:.3f} s ({:.1f} % of it waiting for batches), a validation {}\n"
      "the run will take about {}, {:.1f} GiB of memory and {:.0f} MiB of disk for checkpoints\n",
      f.parameters, f.clips, f.epochs, f.steps, f.step_seconds, 100 * f.waiting, duration(f.validation_seconds),
      duration(3600 * f.hours), static_cast<double>(f.memory_bytes) / (1 << 30), static_cast<double>(f.disk_bytes) / (1 << 20));
}

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

void bench(Options o) {
  const TrainConfig config = resolved(o);
  o.bench.threads = o.threads > 0 ? o.threads : hardware_threads();
  const auto progress = make_progress("measuring", "step", o.quiet);
  const auto results = bench_steps(config, o.bench, *progress);
  std::printf("%d x %d frames of %dx%d, %d threads, medians of %d steps in turns\n", o.bench.batch, o.bench.frames,
              o.bench.size, o.bench.size, o.bench.threads, o.bench.steps);
  print_steps(results, o.bench.batch * o.bench.frames);
  const double work = convolution_gflop(config, o.bench), peak = convolution_peak(o.bench);
  std::printf("convolutions: %.1f GFLOP a step; this machine's peak: %.0f GFLOP/s\n", work, peak);
  for (const StepBench& r : results) {
    const double rate = work / of_steps(r, step_seconds);
    std::printf("  %-12s %5.0f GFLOP/s over the whole step, %2.0f %% of the peak\n", r.name.c_str(), rate, 100 * rate / peak);
  }
  if (!o.request.data.empty()) std::printf("loader: %.1f frames/s\n", bench_loader(o.request.data, config, o.bench));
}

void run_training(const Options& o, const TrainConfig& config, const std::optional<Rendezvous>& rendezvous) {
  if (!config.recompute) keep_freed_memory();  // who recomputes wants memory back rather than time
  TrainRequest request = o.request;
  request.stop = &stop_asked;
  std::signal(SIGINT, stop_gently);
  std::signal(SIGTERM, stop_gently);
  request.device_index = rendezvous ? rendezvous->local_rank : 0;
  const auto processes = join_processes(rendezvous, choose_device(config.device, request.device_index));
  const auto progress = make_progress("training", "step", o.quiet || !processes->first());
  const TrainOutcome outcome = train(config, request, *progress, *processes);
  if (processes->first()) o.json ? print_json(outcome) : print_text(config, outcome);
  require(!outcome.stopped, "stopped after step {} as asked, with a checkpoint; continue with --resume", outcome.steps);
}

void run(const Options& o) {
  const auto rendezvous = rendezvous_from_environment();
  set_libtorch_threads(o.threads > 0 ? o.threads : threads_per_process(rendezvous));
  if (o.libraries) {
    std::printf("LibTorch %s, %d threads\n", TORCH_VERSION, torch::get_num_threads());
    return;
  }
  const TrainConfig config = resolved(o);
  if (o.config.print) {
    std::fputs(config_to_yaml(config).c_str(), stdout);
    return;
  }
  require(!o.request.data.empty(), "--data DIR is needed (a dataset made by 'facemat data build')");
  if (o.dry_run) {
    const auto progress = make_progress("trying", "step", o.quiet);
    print_forecast(forecast(config, o.request, *progress));
    return;
  }
  require(!o.request.run.empty(), "--out RUN is needed (a folder for the run)");
  run_training(o, config, rendezvous);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a matting network: the teacher, or the student with --teacher.", "facemat-train");
  Options options;
  declare(app, options);
  CLI::App* bench_command = declare_bench(app, options);
  return run_program(argc, argv, app, [&] { *bench_command ? bench(options) : run(options); });
}
