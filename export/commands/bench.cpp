#include <fmt/format.h>

#include <memory>

#include "export/commands/commands.h"
#include "export/commands/runtime_bench.h"
#include "src/core/json.h"
#include "src/model/networks/models.h"
#include "src/runtime/onnx/providers.h"

namespace facemat {
namespace {

struct Options {
  std::filesystem::path model;
  bool foreground = false;
  RuntimeBenchOptions bench;
  bool quiet = false, json = false;
};

nlohmann::json to_json(const RuntimeBench& bench) {
  nlohmann::json times = nlohmann::json::array();
  for (const RuntimeTime& time : bench.times)
    times.push_back({{"graph", time.graph}, {"p50_ms", time.p50}, {"p99_ms", time.p99}, {"of_plain", time.of_plain}});
  return {{"work", bench.work}, {"threads", bench.threads}, {"times", times}};
}

void print_json(const Options& o, const ModelConfig& network, const std::vector<RuntimeBench>& benches) {
  nlohmann::json all = nlohmann::json::array();
  for (const RuntimeBench& bench : benches) all.push_back(to_json(bench));
  const nlohmann::json out = {
      {"network", network.network}, {"onnxruntime", runtime_version()}, {"rounds", o.bench.rounds}, {"benches", all}};
  fmt::print("{}\n", json_text(out));
}

void print_text(const Options& o, const ModelConfig& network, const std::vector<RuntimeBench>& benches) {
  fmt::print("milliseconds a frame, {}, ONNX Runtime {}, {} frames of each in turns\n", network.network, runtime_version(),
             o.bench.rounds);
  for (const RuntimeBench& bench : benches) {
    fmt::print("\n{:<34}{:>9}{:>9}{:>10}\n",
               fmt::format("{}, {} thread{}", bench.work, bench.threads, bench.threads == 1 ? "" : "s"), "p50", "p99",
               "of plain");
    for (const RuntimeTime& time : bench.times)
      fmt::print("  {:<32}{:9.1f}{:9.1f}{:10.2f}\n", time.graph, time.p50, time.p99, time.of_plain);
  }
  if (!takes_ratio(network)) fmt::print("\n1920x1080 at ratio 0.25 needs a model with the refiner\n");
}

int bench(const Options& o) {
  const TrainedModel model = o.model.empty() ? random_model(o.foreground) : load_model(o.model);
  const auto progress = make_progress("measuring", "frame", o.quiet);
  const std::vector<RuntimeBench> benches = bench_runtime(model, o.bench, *progress);
  o.json ? print_json(o, model.config, benches) : print_text(o, model.config, benches);
  return 0;
}

}  // namespace

Run declare_bench(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_option("--model", o->model, "run, checkpoint folder or model file (default: RVM's network, random weights)")
      ->type_name("RUN");
  app.add_flag("--foreground", o->foreground, "random weights: predict the foreground too, as RVM's published models do");
  add_number(app, "--rounds", o->bench.rounds, "frames measured of each graph", 1, 100000);
  app.add_option("--threads", o->bench.threads, "CPU threads of ONNX Runtime, one or several numbers")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_flag("--quiet", o->quiet, "no progress");
  app.add_flag("--json", o->json, "print the outcome as JSON");
  app.footer("Example:\n  facemat bench runtime --rounds 100");
  return [o] { return bench(*o); };
}

}  // namespace facemat
