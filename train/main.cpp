// facemat-train: trains the teacher or the student.

#include <torch/torch.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/program.h"
#include "train/trainer.h"

namespace {

using namespace facemat;

struct Options {
  ConfigOptions config;
  TrainRequest request;
  std::string teacher, init;
  int threads = hardware_threads();
  bool quiet = false, json = false, libraries = false;
};

constexpr const char* kExample =
    "Example:\n"
    "  facemat-train --config configs/train/teacher.yaml --data DATA --out runs/teacher\n"
    "  facemat-train --config configs/train/student.yaml --data DATA --teacher runs/teacher --out runs/student\n"
    "Interrupted? Run the same command with --resume: it continues bit for bit.";

void declare(CLI::App& app, Options& o) {
  add_config_options(app, o.config);
  app.add_option("--data", o.request.data,
                 "dataset made by 'facemat data build', or its settings, to make the samples on the fly")
      ->type_name("DIR|FILE.yaml");
  app.add_option("--out", o.request.run, "folder of the run")->type_name("RUN");
  app.add_option("--teacher", o.teacher, "run or model file of the frozen teacher (sets 'teacher')")->type_name("RUN");
  app.add_option("--init", o.init, "run or model file to start from (sets 'init')")->type_name("RUN");
  app.add_flag("--resume", o.request.resume, "continue the run in --out from its newest checkpoint");
  app.add_option("--stop-after", o.request.stop_after, "stop, with a checkpoint, after this many steps of this call")
      ->check(CLI::PositiveNumber);
  app.add_option("--threads", o.threads, "CPU threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_flag("--quiet", o.quiet, "no progress");
  app.add_flag("--json", o.json, "print the outcome as JSON");
  app.add_flag("--libraries", o.libraries, "print the version of LibTorch and stop");
  app.footer(kExample);
}

TrainConfig resolved(const Options& o) {
  TrainConfig config = load_config<TrainConfig>(o.config.file, o.config.assignments);
  if (!o.teacher.empty()) config.teacher = o.teacher;
  if (!o.init.empty()) config.init = o.init;
  return config;
}

void print_json(const TrainOutcome& outcome) {
  nlohmann::json json = {{"steps", outcome.steps}, {"loss", outcome.last_loss}, {"best", outcome.best.string()}};
  json["best_sad"] = outcome.best_sad ? nlohmann::json(*outcome.best_sad) : nlohmann::json();
  std::printf("%s\n", json.dump().c_str());
}

void print_text(const TrainOutcome& outcome) {
  if (outcome.best_sad) {
    std::printf("%lld steps, best validation SAD %.4f\nmodel: %s\n", static_cast<long long>(outcome.steps), *outcome.best_sad,
                outcome.best.c_str());
  } else {
    std::printf("%lld steps, not validated yet; continue with --resume\n", static_cast<long long>(outcome.steps));
  }
}

void run(const Options& o) {
  torch::set_num_threads(o.threads);
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
  require(!o.request.run.empty(), "--out RUN is needed (a folder for the run)");
  const auto progress = make_progress("training", "step", o.quiet);
  const TrainOutcome outcome = train(config, o.request, *progress);
  o.json ? print_json(outcome) : print_text(outcome);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a matting network: the teacher, or the student with --teacher.", "facemat-train");
  Options options;
  declare(app, options);
  return run_program(argc, argv, app, [&] { run(options); });
}
