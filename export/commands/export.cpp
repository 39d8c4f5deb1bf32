#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "export/commands/commands.h"
#include "export/commands/common.h"
#include "export/config.h"
#include "export/product/product.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/json.h"
#include "src/core/text.h"
#include "src/model/compute/prepare.h"
#include "src/model/networks/models.h"

namespace facemat {
namespace {

struct Options {
  CommonOptions common;
  fs::path model, out;
  bool no_verify = false;
};

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

void print_product(const Options& o, const ExportConfig& config, const Product& product,
                   const std::vector<std::string>& guides) {
  if (o.common.json) {
    nlohmann::json json = {
        {"file", o.out.string()}, {"bytes", product.onnx.size()}, {"precision", config.precision}, {"target", config.target}};
    if (product.certificate) json["parity"] = nlohmann::json::parse(certificate_to_json(*product.certificate));
    if (product.layers) json["layers"] = to_json(*product.layers);
    std::printf("%s\n", json_text(json).c_str());
    return;
  }
  std::printf("%s: %.1f MB, %s for %s, frames of %s\n", printable(o.out.string()).c_str(),
              static_cast<double>(product.onnx.size()) / 1e6, config.precision.c_str(), config.target.c_str(),
              config.size.empty() ? "any size" : config.size.c_str());
  std::printf("  %s\n",
              product.certificate ? describe(*product.certificate).c_str() : "not compared with LibTorch: no certificate");
  if (product.layers) print_layers(*product.layers, config.precision);
  std::string given;
  for (const std::string& guide : guides) given += fmt::format(" --{} {}.png", guide, guide);
  std::printf(
      "next: facemat verify %s\n      facemat composite --model %s --target face.png%s --effect paint --out result.png\n",
      printable(o.out.string()).c_str(), printable(o.out.string()).c_str(), given.c_str());
}

void run_export(const Options& o, const ExportConfig& config) {
  require(!o.model.empty(), "--model RUN is needed (a run of facemat-train, or a .safetensors model)");
  require(!o.out.empty(), "--out FILE is needed (the ONNX file to write)");
  check(config);
  const TrainedModel model = load_model(o.model);
  const auto layers = make_progress("measuring", "layer", o.common.quiet);
  const auto frames = make_progress("comparing", "kilopixel", o.common.quiet);
  const Product product = make_product(model, config, !o.no_verify, o.out.string(), {report_to(*layers), report_to(*frames)});
  write_file(o.out, product.onnx);
  print_product(o, config, product, find_model(model.config.network).guides);
}

int run(const Options& o) {
  warn(prepare_libtorch(o.common.threads));
  const auto config = load_config<ExportConfig>(o.common.config.file, o.common.config.assignments);
  if (o.common.config.print)
    std::fputs(config_to_yaml(config).c_str(), stdout);
  else
    run_export(o, config);
  return 0;
}

// An option that is short for a setting: "--precision fp16" is "--set precision=fp16".
void declare_short(CLI::App& app, ConfigOptions& config, const std::string& option, const std::string& setting,
                   const std::string& help) {
  app.add_option_function<std::string>(
         option, [&config, setting](const std::string& value) { config.assignments.push_back(setting + "=" + value); }, help)
      ->type_name("VALUE");
}

constexpr const char* kExample =
    "Examples:\n"
    "  facemat export --model runs/student --out student.onnx\n"
    "  facemat export --model runs/student --out student_hd.onnx --config configs/export/hd.yaml\n"
    "  facemat export --model runs/student --out student_fp16.onnx --config configs/export/fp16.yaml\n"
    "  facemat export --model runs/student --out student_512.onnx --target tensorrt --size 288x512\n"
    "  facemat export --model runs/student --out student_int8.onnx --precision int8 --set calibration.dataset=data/valid\n"
    "  facemat verify student.onnx --model runs/student";

}  // namespace

Run declare_export(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  ConfigOptions& config = o->common.config;
  add_common_options(app, o->common);
  app.add_option("--model", o->model, "run, checkpoint folder or model file")->type_name("RUN");
  app.add_option("--out", o->out, "the ONNX file to write")->type_name("FILE");
  declare_short(app, config, "--precision", "precision", "fp32, fp16, int8 or int8_dynamic");
  declare_short(app, config, "--target", "target", "where it will run: ort, tensorrt, opencv or browser");
  declare_short(app, config, "--size", "size", "freeze the frame size, HEIGHTxWIDTH; any size otherwise");
  declare_short(app, config, "--ratio", "ratio", "work at this share of the frame's size (models with the refiner)");
  app.add_flag_callback(
      "--ratio-input", [&config] { config.assignments.push_back("ratio_input=true"); },
      "the share as an input, as in RVM's files");
  app.add_flag("--no-verify", o->no_verify, "do not compare with LibTorch (the file gets no certificate)");
  app.footer(kExample);
  return [o] { return run(*o); };
}

}  // namespace facemat
