#include <algorithm>
#include <cstdio>
#include <memory>

#include "export/commands/commands.h"
#include "export/commands/common.h"
#include "export/config.h"
#include "export/product/diagnosis.h"
#include "export/product/structure.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/json.h"
#include "src/model/compute/prepare.h"
#include "src/runtime/onnx/model_file.h"

namespace facemat {
namespace {

struct Options {
  CommonOptions common;
  fs::path file, model;
  bool thorough = false;
};

void print_findings(const Options& o, const std::vector<Finding>& findings) {
  if (o.common.json) {
    nlohmann::json checks = nlohmann::json::array();
    for (const Finding& f : findings)
      checks.push_back({{"check", f.check}, {"passed", f.passed}, {"detail", f.detail}, {"more", f.more}});
    const nlohmann::json json = {{"file", o.file.string()}, {"passed", all_passed(findings)}, {"checks", checks}};
    std::printf("%s\n", json_text(json).c_str());
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
    const auto progress = make_progress("comparing", "kilopixel", o.common.quiet);
    for (Finding& finding : check_against(model, onnx, config, where, report_to(*progress)))
      findings.push_back(std::move(finding));
  }
  print_findings(o, findings);
  std::fflush(stdout);
  const auto failed = std::find_if(findings.begin(), findings.end(), [](const Finding& f) { return !f.passed; });
  if (failed == findings.end()) return;
  fail("{}: {}: {}", where, failed->check, failed->detail);
}

int run(const Options& o) {
  warn(prepare_libtorch(o.common.threads));
  auto config = load_config<ExportConfig>(o.common.config.file, o.common.config.assignments);
  if (o.thorough) make_thorough(config);
  if (o.common.config.print)
    std::fputs(config_to_yaml(config).c_str(), stdout);
  else
    run_verify(o, config);
  return 0;
}

constexpr const char* kExample =
    "Without --model: seal, structure, contract, certificate and a trial run. "
    "With it: weights and numbers again; what differs\n"
    "is explained. Exit code 1 if anything fails.\n"
    "Examples:\n"
    "  facemat verify student.onnx\n"
    "  facemat verify student.onnx --model runs/student\n"
    "  facemat verify student.onnx --model runs/student --thorough        (300 frames, 1x1 to 1080p: long)\n"
    "  facemat verify student.onnx --json";

}  // namespace

Run declare_verify(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  add_common_options(app, o->common);
  app.add_option("file", o->file, "the ONNX file")->required()->type_name("FILE.onnx");
  app.add_option("--model", o->model, "what the file was exported from")->type_name("RUN");
  app.add_flag("--thorough", o->thorough, "compare 300 frames at sizes from 1x1 to 1080p");
  app.footer(kExample);
  return [o] { return run(*o); };
}

}  // namespace facemat
