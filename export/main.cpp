// facemat-export: writes a trained model as ONNX and proves that it computes the same; checks such files anywhere.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "export/bench.h"
#include "export/config.h"
#include "export/diagnosis.h"
#include "export/product.h"
#include "export/structure.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/program.h"
#include "src/core/progress.h"
#include "src/model/threads.h"
#include "src/runtime/session.h"

namespace {

using namespace facemat;

struct Options {
  ConfigOptions config;
  fs::path model, out, file;
  int threads = 1;  // more would mostly wait for each other: the frames compared are small
  bool no_verify = false, thorough = false, quiet = false, json = false;
};

constexpr const char* kExample =
    "Examples:\n"
    "  facemat export --model runs/student --out student.onnx\n"
    "  facemat export --model runs/student --out student_hd.onnx --config configs/export/hd.yaml\n"
    "  facemat export --model runs/student --out student_fp16.onnx --config configs/export/fp16.yaml\n"
    "  facemat export --model runs/student --out student_512.onnx --target tensorrt --size 288x512\n"
    "  facemat export --model runs/student --out student_int8.onnx --precision int8 --set calibration.dataset=data/valid\n"
    "  facemat verify student.onnx --model runs/student";

constexpr const char* kVerifyExample =
    "Without --model: seal, structure, contract, certificate and a trial run. With it: weights and numbers again; what "
    "differs\n"
    "is explained. Exit code 1 if anything fails.\n"
    "Examples:\n"
    "  facemat verify student.onnx\n"
    "  facemat verify student.onnx --model runs/student\n"
    "  facemat verify student.onnx --model runs/student --thorough        (300 frames, 1x1 to 1080p: long)\n"
    "  facemat verify student.onnx --json";

// An option that is short for a setting: "--precision fp16" is "--set precision=fp16".
void declare_short(CLI::App& app, Options& o, const std::string& option, const std::string& setting, const std::string& help) {
  app.add_option_function<std::string>(
         option, [&o, setting](const std::string& value) { o.config.assignments.push_back(setting + "=" + value); }, help)
      ->type_name("VALUE");
}

void declare_common(CLI::App& app, Options& o) {
  add_config_options(app, o.config);
  app.add_option("--threads", o.threads, "CPU threads of LibTorch")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_flag("--quiet", o.quiet, "no progress");
  app.add_flag("--json", o.json, "print the outcome as JSON");
}

void declare(CLI::App& app, Options& o) {
  declare_common(app, o);
  app.add_option("--model", o.model, "run, checkpoint folder or model file")->type_name("RUN");
  app.add_option("--out", o.out, "the ONNX file to write")->type_name("FILE");
  declare_short(app, o, "--precision", "precision", "fp32, fp16, int8 or int8_dynamic");
  declare_short(app, o, "--target", "target", "where it will run: ort, tensorrt, opencv or browser");
  declare_short(app, o, "--size", "size", "freeze the frame size, HEIGHTxWIDTH; any size otherwise");
  declare_short(app, o, "--ratio", "ratio", "work at this share of the frame's size (models with the refiner)");
  app.add_flag_callback(
      "--ratio-input", [&o] { o.config.assignments.push_back("ratio_input=true"); },
      "the share as an input, as in RVM's files");
  app.add_flag("--no-verify", o.no_verify, "do not compare with LibTorch (the file gets no certificate)");
  app.footer(kExample);
}

void declare_verify(CLI::App& app, Options& o) {
  declare_common(app, o);
  app.add_option("file", o.file, "the ONNX file")->required()->type_name("FILE.onnx");
  app.add_option("--model", o.model, "what the file was exported from")->type_name("RUN");
  app.add_flag("--thorough", o.thorough, "compare 300 frames at sizes from 1x1 to 1080p");
  app.footer(kVerifyExample);
}

FrameDone report_to(Progress& progress) {
  return [&](int64_t done, int64_t total, const std::string& note) { progress.update(done, total, note); };
}

nlohmann::json to_json(const LayerReport& report) {
  nlohmann::json layers = nlohmann::json::array();
  for (const LayerError& layer : report.layers)
    layers.push_back({{"layer", layer.layer}, {"error", layer.error}, {"fp32", layer.kept}});
  return {{"lowered", report.lowered},     {"layers", layers},          {"error", report.error},
          {"all_error", report.all_error}, {"fp32_ms", report.fp32_ms}, {"milliseconds", report.lowered_ms}};
}

// What was kept in float32 and why, and whether it was worth it.
void print_layers(const LayerReport& report, const std::string& precision) {
  std::printf("  %s in %d of %zu layers: alpha differs from fp32 by %.2g (with all of them: %.2g)\n", precision.c_str(),
              report.lowered, report.layers.size(), report.error, report.all_error);
  constexpr size_t kShown = 6;
  std::string kept;
  size_t count = 0;
  for (auto layer = report.layers.rbegin(); layer != report.layers.rend() && layer->kept; ++layer)
    if (++count <= kShown) kept += fmt::format("{}{} ({:.2g})", kept.empty() ? "" : ", ", layer->layer, layer->error);
  if (count > 0)
    std::printf("  kept in fp32, most sensitive first, with the error each alone would bring: %s%s\n", kept.c_str(),
                count > kShown ? fmt::format(", and {} more (--json lists all)", count - kShown).c_str() : "");
  std::printf("  one frame, one thread, on this processor: %.1f ms, fp32 %.1f ms: %s\n", report.lowered_ms, report.fp32_ms,
              report.lowered_ms < 0.95 * report.fp32_ms ? "faster"
              : precision == "fp16"                     ? "not faster here; float16 is for graphics processors"
                                                        : "not faster here; fp32 is the better file for it");
}

void print_product(const Options& o, const ExportConfig& config, const Product& product) {
  if (o.json) {
    nlohmann::json json = {
        {"file", o.out.string()}, {"bytes", product.onnx.size()}, {"precision", config.precision}, {"target", config.target}};
    if (product.certificate) json["parity"] = nlohmann::json::parse(certificate_to_json(*product.certificate));
    if (product.layers) json["layers"] = to_json(*product.layers);
    std::printf("%s\n", json.dump().c_str());
    return;
  }
  std::printf("%s: %.1f MB, %s for %s, frames of %s\n", o.out.string().c_str(), static_cast<double>(product.onnx.size()) / 1e6,
              config.precision.c_str(), config.target.c_str(), config.size.empty() ? "any size" : config.size.c_str());
  std::printf("  %s\n",
              product.certificate ? describe(*product.certificate).c_str() : "not compared with LibTorch: no certificate");
  if (product.layers) print_layers(*product.layers, config.precision);
  std::printf("next: facemat verify %s\n      facemat composite --model %s --target face.png --effect paint --out result.png\n",
              o.out.string().c_str(), o.out.string().c_str());
}

void run_export(const Options& o, const ExportConfig& config) {
  require(!o.model.empty(), "--model RUN is needed (a run of facemat-train, or a .safetensors model)");
  require(!o.out.empty(), "--out FILE is needed (the ONNX file to write)");
  check(config);
  const TrainedModel model = load_model(o.model);
  const auto layers = make_progress("measuring", "layer", o.quiet), frames = make_progress("comparing", "kilopixel", o.quiet);
  const Product product = make_product(model, config, !o.no_verify, o.out.string(), {report_to(*layers), report_to(*frames)});
  write_file(o.out, product.onnx);
  print_product(o, config, product);
}

void print_findings(const Options& o, const std::vector<Finding>& findings) {
  if (o.json) {
    nlohmann::json checks = nlohmann::json::array();
    for (const Finding& f : findings)
      checks.push_back({{"check", f.check}, {"passed", f.passed}, {"detail", f.detail}, {"more", f.more}});
    std::printf("%s\n",
                nlohmann::json{{"file", o.file.string()}, {"passed", all_passed(findings)}, {"checks", checks}}.dump().c_str());
    return;
  }
  for (const Finding& f : findings) {
    std::printf("%-6s  %-13s  %s\n", f.passed ? "ok" : "FAILED", f.check.c_str(), f.detail.c_str());
    for (const std::string& line : f.more) std::printf("%-6s  %-13s  %s\n", "", "", line.c_str());
  }
}

void run_verify(const Options& o, const ExportConfig& config) {
  check(config);
  const std::string onnx = read_file(o.file, kLargestModel), where = o.file.string();
  std::vector<Finding> findings = check_file(onnx, where);
  if (!o.model.empty() && findings.size() > 1 && findings.back().check == "trial run" && findings.back().passed) {
    const TrainedModel model = load_model(o.model);
    const auto progress = make_progress("comparing", "kilopixel", o.quiet);
    for (Finding& finding : check_against(model, onnx, config, where, report_to(*progress)))
      findings.push_back(std::move(finding));
  }
  print_findings(o, findings);
  std::fflush(stdout);
  const auto failed = std::find_if(findings.begin(), findings.end(), [](const Finding& f) { return !f.passed; });
  if (failed == findings.end()) return;
  fail("{}: {}: {}", where, failed->check, failed->detail);
}

void run(const Options& o, bool verify) {
  set_libtorch_threads(o.threads);
  auto config = load_config<ExportConfig>(o.config.file, o.config.assignments);
  if (o.thorough) make_thorough(config);
  if (o.config.print) {
    std::fputs(config_to_yaml(config).c_str(), stdout);
  } else if (verify) {
    run_verify(o, config);
  } else {
    run_export(o, config);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options exporting, verifying;
  CLI::App app("Writes a trained model as ONNX and proves that it computes what LibTorch computes.", "facemat-export");
  declare(app, exporting);
  CLI::App* verify = app.add_subcommand("verify", "Check an ONNX file of facemat-export");
  declare_verify(*verify, verifying);
  RuntimeBenchOptions bench;
  const CLI::App* benchmark = declare_runtime_bench(app, bench);
  return run_program(argc, argv, app, [&] {
    benchmark->parsed() ? run_runtime_bench(bench) : run(verify->parsed() ? verifying : exporting, verify->parsed());
  });
}
