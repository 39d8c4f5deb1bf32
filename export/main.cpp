// facemat-export: writes a trained model as ONNX and proves that it computes the same.

#include <cstdio>
#include <nlohmann/json.hpp>

#include "export/bench.h"
#include "export/config.h"
#include "export/exporter.h"
#include "export/onnx_writer.h"
#include "export/verify.h"
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
  bool no_verify = false, quiet = false, json = false;
};

constexpr const char* kExample =
    "Examples:\n"
    "  facemat-export --model runs/student --out student.onnx\n"
    "  facemat-export --model runs/student --out student_hd.onnx --config configs/export/hd.yaml\n"
    "  facemat-export verify student.onnx --model runs/student";

constexpr const char* kVerifyExample =
    "Without --model: the file is sound, and its certificate is shown. With it: the comparison is done again.\n"
    "Examples:\n"
    "  facemat-export verify student.onnx\n"
    "  facemat-export verify student.onnx --model runs/student --set frames=100";

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
  app.add_flag("--no-verify", o.no_verify, "do not compare with LibTorch (the file gets no certificate)");
  app.footer(kExample);
}

void declare_verify(CLI::App& app, Options& o) {
  declare_common(app, o);
  app.add_option("file", o.file, "the ONNX file")->required()->type_name("FILE.onnx");
  app.add_option("--model", o.model, "what the file was exported from")->type_name("RUN");
  app.footer(kVerifyExample);
}

Parity compared(const Options& o, const ExportConfig& config, const TrainedModel& model, const std::string& onnx, double ratio,
                const std::string& where) {
  const auto progress = make_progress("comparing", "frame", o.quiet);
  return verify_parity(model, onnx, ratio, config, where, [&](int done, int total) { progress->update(done, total); });
}

void print_parity(const Options& o, const std::string& file, const std::string& certificate) {
  const auto parity = certificate.empty() ? nlohmann::json() : nlohmann::json::parse(certificate, nullptr, false);
  require(!parity.is_discarded(), "{}: metadata '{}' is not JSON", file, kParityKey);
  if (o.json) {
    std::printf("%s\n", nlohmann::json{{"file", file}, {"parity", parity}}.dump().c_str());
  } else if (!parity.is_object()) {
    std::printf("%s: sound, but without a parity certificate\n", file.c_str());
  } else {
    std::printf("%s: alpha differs from LibTorch by at most %.2g over %d frames at each of %zu sizes\n", file.c_str(),
                parity.value("max_difference", 0.0), parity.value("frames", 0), parity.value("sizes", nlohmann::json()).size());
  }
}

void run_export(const Options& o, const ExportConfig& config) {
  require(!o.model.empty(), "--model RUN is needed (a run of facemat-train, or a .safetensors model)");
  require(!o.out.empty(), "--out FILE is needed (the ONNX file to write)");
  const TrainedModel model = load_model(o.model);
  std::string onnx = export_model(model, config.ratio);
  std::string certificate;
  if (!o.no_verify) {
    certificate = parity_to_json(compared(o, config, model, onnx, config.ratio, o.out.string()), config);
    onnx = with_metadata(onnx, {{kParityKey, certificate}}, o.out.string());
  }
  write_file(o.out, onnx);
  print_parity(o, o.out.string(), certificate);
}

void run_verify(const Options& o, const ExportConfig& config) {
  const Session session(o.file);  // loads, and fits its contract
  const std::string onnx = read_file(o.file, kLargestModel), where = o.file.string();
  const double ratio = exported_ratio(onnx, where);
  if (o.model.empty()) {
    Metadata metadata = read_metadata(onnx, where);
    return print_parity(o, where, metadata[kParityKey]);
  }
  const TrainedModel model = load_model(o.model);
  check_same_weights(model, onnx, where);
  print_parity(o, where, parity_to_json(compared(o, config, model, onnx, ratio, where), config));
}

void run(const Options& o, bool verify) {
  set_libtorch_threads(o.threads);
  const auto config = load_config<ExportConfig>(o.config.file, o.config.assignments);
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
