#include <torch/torch.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/json.h"
#include "src/core/program.h"
#include "src/core/text.h"
#include "src/model/compute/convolutions.h"
#include "src/model/compute/prepare.h"
#include "train/commands/commands.h"
#include "train/optim/precision.h"
#include "train/parallel/distributed.h"
#include "train/run/forecast.h"
#include "train/run/learner.h"
#include "train/run/trainer.h"

namespace facemat {
namespace {

struct Options {
  ConfigOptions config;
  TrainRequest request;
  std::string teacher, init;
  int threads = 0;
  bool dry_run = false, quiet = false, json = false, libraries = false;
};

std::atomic<bool> stop_asked{false};

// The first Ctrl-C (or a batch system's SIGTERM) ends the run after its step, with a checkpoint; the second ends it at once.
void stop_gently(int signal) {
  stop_asked = true;
  std::signal(signal, SIG_DFL);
}

// A run that goes on needs no --config: it has its own.
std::filesystem::path config_file(const Options& o) {
  const auto stored = o.request.run / "config.yaml";
  return o.config.file.empty() && o.request.resume && std::filesystem::exists(stored) ? stored : o.config.file;
}

TrainConfig resolved(const Options& o) {
  TrainConfig config = load_config<TrainConfig>(config_file(o), o.config.assignments);
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
  json["figures"] = o.figures;
  json["best"] = o.best ? nlohmann::json(*o.best) : nlohmann::json();
  std::printf("%s\n", json_text(json).c_str());
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
    fmt::print("best validation {}: {:.4f} at step {}\nmodel: {}\n", config.best_by, *o.best, o.best_step,
               printable(o.model.string()));
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

int run(const Options& o) {
  const auto rendezvous = rendezvous_from_environment();
  warn(prepare_libtorch(o.threads > 0 ? o.threads : threads_per_process(rendezvous)));
  if (o.libraries) {
    std::printf("LibTorch %s, %d threads, units for bfloat16: %s%s\n", TORCH_VERSION, torch::get_num_threads(),
                bf16_units().c_str(), held_to_old_instructions() ? "; held to SSE4.1, slow" : "");
    return 0;
  }
  const TrainConfig config = resolved(o);
  if (o.config.print) {
    std::fputs(config_to_yaml(config).c_str(), stdout);
    return 0;
  }
  require(!o.request.data.empty(), "--data DIR is needed (a dataset made by 'facemat data build')");
  if (o.dry_run) {
    const auto progress = make_progress("trying", "step", o.quiet);
    print_forecast(forecast(config, o.request, *progress));
    return 0;
  }
  require(!o.request.run.empty(), "--out RUN is needed (a folder for the run)");
  if (o.request.resume && !std::filesystem::exists(o.request.run / "config.yaml"))
    warn(fmt::format("{}: there is no run to resume, a new one starts", o.request.run.string()));
  run_training(o, config, rendezvous);
  return 0;
}

constexpr const char* kExample =
    "Example:\n"
    "  facemat train --config configs/train/teacher.yaml --data DATA --out runs/teacher --dry-run\n"
    "  facemat train --config configs/train/teacher.yaml --data DATA --out runs/teacher\n"
    "  facemat train --config configs/train/student.yaml --data DATA --teacher runs/teacher --init runs/teacher "
    "--out runs/student\n"
    "  torchrun --nproc_per_node 2 --no_python facemat-train --config ...      (several processes: train/README.md)\n"
    "Interrupted? The same command with --resume, or 'facemat train --data DATA --out RUN --resume', continues bit for bit.\n"
    "Watch: tensorboard --logdir runs";

}  // namespace

Run declare_train(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  add_config_options(app, o->config);
  app.add_option("--data", o->request.data,
                 "dataset made by 'facemat data build' or 'pack', or its settings, to make the samples on the fly")
      ->type_name("DIR|FILE.yaml");
  app.add_option("--out", o->request.run, "folder of the run")->type_name("RUN");
  app.add_option("--teacher", o->teacher, "run or model file of the frozen teacher (sets 'teacher')")->type_name("RUN");
  app.add_option("--init", o->init, "run or model file to start from (sets 'init')")->type_name("RUN");
  app.add_flag("--resume", o->request.resume, "continue the run in --out from its newest checkpoint");
  app.add_option("--stop-after", o->request.stop_after, "stop, with a checkpoint, after this many steps of this call")
      ->check(CLI::PositiveNumber);
  app.add_option("--stop-after-minutes", o->request.stop_after_minutes,
                 "stop, with a checkpoint, after the step in which this time of this call is over")
      ->type_name("MINUTES")
      ->check(CLI::PositiveNumber);
  app.add_flag("--dry-run", o->dry_run, "take a few steps, say what the run will cost in time and memory, write nothing");
  app.add_option("--threads", o->threads, "CPU threads of the network (default: all; a fair share with several processes)")
      ->check(CLI::Range(1, 1024));
  add_number(app, "--loader-threads", o->request.loader_threads, "CPU threads that make batches ahead; 0: none", 0, 1024);
  app.add_flag("--quiet", o->quiet, "no progress");
  app.add_flag("--json", o->json, "print the outcome as JSON");
  app.add_flag("--libraries", o->libraries, "print the version of LibTorch and stop");
  app.footer(kExample);
  return [o] { return run(*o); };
}

}  // namespace facemat
