// facemat-eval: judges models and mattes, and writes reports.

#include <cstdio>
#include <optional>

#include "eval/bench.h"
#include "eval/comparison.h"
#include "eval/evaluator.h"
#include "eval/report.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/program.h"
#include "src/runtime/matter.h"
#ifdef FACEMAT_LIBTORCH
#include "eval/checkpoint_predictor.h"
#include "src/model/threads.h"
#endif

namespace {

using namespace facemat;

struct Options {
  fs::path model, data, out;
  MatteFolders folders;
  std::string split = "test", name, polarity = "visible_face";
  bool untrained = false, quiet = false, json = false;
  uint64_t seed = 0;
  int threads = hardware_threads(), worst = 12, rounds = 9;
  std::vector<fs::path> results;
  ComparisonOptions comparison;
};

constexpr const char* kExample =
    "Examples:\n"
    "  facemat eval --model runs/student --data DATA --out student.json        a checkpoint\n"
    "  facemat eval --model student.onnx --data DATA --out onnx.json           an exported model\n"
    "  facemat eval --model runs/student --untrained --data DATA --out u.json  the same network before training\n"
    "  facemat eval --pred MATTES --gt TRUTH --trimap TRIMAPS --out other.json any system's mattes\n"
    "  facemat eval report student.json onnx.json --out report.html            a page to look at\n"
    "  facemat eval compare a-seed1.json ... b-seed3.json --out tables.md      means and spread over seeds";

struct JudgedModel {
  std::unique_ptr<Predictor> predictor;
  ModelInfo info;
  std::vector<LogPoint> training;
};

std::string name_of(const fs::path& path) {
  const fs::path plain = fs::absolute(path).lexically_normal();
  return (plain.has_filename() ? plain : plain.parent_path()).filename().string();
}

JudgedModel open_onnx(const Options& o) {
  require(!o.untrained, "{}: --untrained needs a run or a checkpoint", o.model.string());
  auto matter = std::make_unique<Matter>(o.model, MatterOptions{o.threads, 0});
  const ModelContract contract = matter->contract();
  return {std::move(matter), {name_of(o.model), "onnx", contract.network, contract.weights_hash}, {}};
}

#ifdef FACEMAT_LIBTORCH
JudgedModel open_checkpoint(const Options& o) {
  set_libtorch_threads(o.threads);
  auto predictor = std::make_unique<CheckpointPredictor>(o.model, o.untrained ? std::optional(o.seed) : std::nullopt);
  const TrainedModel& model = predictor->model();
  ModelInfo info{name_of(o.model), "checkpoint", model.config.network, model.weights_hash};
  if (o.untrained) info = {info.name + ", untrained", "untrained", info.network, {}};
  std::vector<LogPoint> training;
  if (!o.untrained && fs::is_regular_file(o.model / "log.jsonl")) training = read_training_log(o.model / "log.jsonl");
  return {std::move(predictor), info, training};
}
#else
JudgedModel open_checkpoint(const Options& o) {
  fail("{}: this build has no LibTorch, so it judges ONNX files only (allowed: FILE.onnx)", o.model.string());
}
#endif

void print_uncertainty(const UncertaintyInfo& u) {
  std::printf("uncertainty against error: rank correlation %.3f\n", u.spearman);
  if (const auto& c = u.calibration)
    std::printf(
        "|error| <= sigma for %.1f %% of pixels (Gaussian: %.1f), <= 2 sigma for %.1f %% (%.1f); calibration error %.4f, "
        "ENCE %.3f, NLL %.3f\n",
        100 * c->within_one, 100 * kWithinOne, 100 * c->within_two, 100 * kWithinTwo, c->error, c->relative_error, c->nll);
}

void print_summary(const Options& o, const EvaluationResult& result) {
  const Scores whole = mean_scores(result, false), unknown = mean_scores(result, true);
  std::printf("%s: %lld frames, alpha 1 = visible face\n%-20s %10s %10s\n", result.model.name.c_str(),
              static_cast<long long>(result.data.frames), "", "whole", "unknown");
  for (const MetricInfo& metric : result.metrics) {
    if (!whole.count(metric.name)) continue;
    const auto part = unknown.find(metric.name);
    std::printf("%-20s %10.4f %10s\n", metric.title.c_str(), whole.at(metric.name),
                part == unknown.end() ? "-" : fmt::format("{:.4f}", part->second).c_str());
  }
  std::printf("best constant matte (%d of 255): SAD %.4f\n", result.constant.value, result.constant.sad);
  if (result.uncertainty) print_uncertainty(*result.uncertainty);
  std::printf("%s\n", o.out.c_str());
}

void save(const Options& o, EvaluationResult result) {
  if (!o.name.empty()) result.model.name = o.name;
  const std::string json = result_to_json(result);
  write_file(o.out, json);
  if (o.json)
    std::fputs(json.c_str(), stdout);
  else
    print_summary(o, result);
}

void judge_model(const Options& o) {
  require(!o.data.empty(), "--data DIR is needed with --model (a dataset made by 'facemat data build')");
  const Dataset dataset = Dataset::open(o.data);
  const DatasetSplit& split = dataset.split(o.split);
  JudgedModel model = o.model.extension() == ".onnx" ? open_onnx(o) : open_checkpoint(o);
  Evaluation evaluation(EvaluationOptions{o.worst});
  const auto progress = make_progress("judging", "sample", o.quiet);
  evaluate(*model.predictor, clips_of(split), evaluation, *progress);
  EvaluationResult result = evaluation.finish(o.out);
  result.model = model.info;
  result.training = model.training;
  result.data.name = dataset.name(), result.data.split = o.split, result.data.licence = dataset.licence();
  save(o, result);
}

void judge_mattes(const Options& o) {
  require(!o.folders.truth.empty(), "--gt DIR is needed with --pred (the true mattes)");
  const auto clips = pair_mattes(o.folders);
  check_polarity(clips, o.folders.prediction_is_occluder);
  Evaluation evaluation(EvaluationOptions{o.worst});
  const auto progress = make_progress("judging", "clip", o.quiet);
  evaluate_mattes(clips, o.folders.prediction_is_occluder, evaluation, *progress);
  EvaluationResult result = evaluation.finish(o.out);
  result.model = {name_of(o.folders.prediction), "mattes", {}, {}};
  result.data.name = name_of(o.folders.truth);
  save(o, result);
}

void judge(Options& o) {
  require(!o.out.empty(), "--out RESULT.json is needed");
  require(o.model.empty() != o.folders.prediction.empty(), "give either --model with --data, or --pred with --gt");
  o.folders.prediction_is_occluder = o.polarity == "occluder";
  if (o.model.empty())
    judge_mattes(o);
  else
    judge_model(o);
}

void report(const Options& o) {
  std::vector<ReportEntry> entries;
  for (const fs::path& file : o.results) entries.push_back(read_report_entry(file));
  write_file(o.out, report_html(entries));
  if (!o.quiet) std::printf("%s: open it in any browser; it needs no network\n", o.out.c_str());
}

void compare(const Options& o) {
  std::vector<EvaluationResult> results;
  for (const fs::path& file : o.results) results.push_back(read_report_entry(file).result);
  const std::string tables = comparison_markdown(results, o.comparison);
  if (o.out.empty())
    std::fputs(tables.c_str(), stdout);
  else
    write_file(o.out, tables);
}

void bench(const Options& o) {
  std::printf("milliseconds a frame, one thread, medians of %d\n", o.rounds);
  for (const auto& [width, height] : {std::pair(512, 512), std::pair(1920, 1080)}) {
    std::printf("%dx%d\n", width, height);
    for (const MetricTime& time : bench_metrics(width, height, o.rounds))
      std::printf("  %-10s%8.2f\n", time.metric.c_str(), time.milliseconds);
  }
}

void declare(CLI::App& app, Options& o) {
  app.add_option("--model", o.model, "run, checkpoint or exported model to judge")->type_name("RUN|FILE.onnx");
  app.add_option("--data", o.data, "dataset made by 'facemat data build', or its settings, to make the samples on the fly")
      ->type_name("DIR|FILE.yaml");
  app.add_option("--split", o.split, "split of the dataset")->capture_default_str();
  app.add_flag("--untrained", o.untrained,
               "judge the model's network with fresh random weights instead of its own: a baseline");
  app.add_option("--seed", o.seed, "seed of the weights of --untrained")->capture_default_str();
  app.add_option("--pred", o.folders.prediction, "mattes made by any system, named as the true ones; subfolders are clips")
      ->type_name("DIR");
  app.add_option("--gt", o.folders.truth, "true mattes, 1 = visible face")->type_name("DIR");
  app.add_option("--trimap", o.folders.trimap, "trimaps (0, 128, 255), for the unknown region")->type_name("DIR");
  app.add_option("--pred-polarity", o.polarity, "what 1 means in --pred")
      ->check(CLI::IsMember({"visible_face", "occluder"}))
      ->capture_default_str();
  app.add_option("--out", o.out, "result to write; pictures of the worst cases go beside it")->type_name("RESULT.json");
  app.add_option("--name", o.name, "name of the model in reports (default: the file's or folder's)");
  app.add_option("--worst", o.worst, "how many worst samples to keep pictures of")
      ->check(CLI::Range(0, 200))
      ->capture_default_str();
  app.add_option("--threads", o.threads, "CPU threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_flag("--json", o.json, "print the result as JSON");
  app.add_flag("--quiet", o.quiet, "no progress");
  app.footer(kExample);
}

CLI::App* declare_report(CLI::App& app, Options& o) {
  CLI::App* command = app.add_subcommand("report", "one HTML page over results, pictures and charts inside");
  command->add_option("results", o.results, "results of facemat-eval")->required()->type_name("RESULT.json");
  command->add_option("--out", o.out, "page to write")->required()->type_name("FILE.html");
  command->add_flag("--quiet", o.quiet, "print nothing");
  command->footer("Example:\n  facemat eval report student.json teacher.json --out report.html");
  return command;
}

CLI::App* declare_compare(CLI::App& app, Options& o) {
  CLI::App* command = app.add_subcommand(
      "compare", "Markdown tables over results of several seeds: means, spread, paired differences, uncertainty");
  command->add_option("results", o.results, "results on one test set, of models named ARM-seedN; all arms with the same seeds")
      ->required()
      ->type_name("RESULT.json");
  command->add_option("--subject", o.comparison.subject, "arm whose difference to every other one is shown")->type_name("ARM");
  command->add_option("--metrics", o.comparison.metrics, "metrics to show")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--out", o.out, "file to write (default: print)")->type_name("FILE.md");
  command->footer(
      "Example:\n"
      "  facemat eval --model runs/student-seed1 --data DATA --name student-seed1 --out student-seed1.json      (and so on)\n"
      "  facemat eval compare student-seed?.json plain-seed?.json --subject student --out tables.md");
  return command;
}

CLI::App* declare_bench(CLI::App& app, Options& o) {
  CLI::App* command = app.add_subcommand("bench", "how fast the metrics are on this machine");
  command->add_option("--rounds", o.rounds, "times that each metric is computed")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->footer("Example:\n  facemat bench metrics");
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Judges face mattes: SAD, MSE, MAD, Grad, Conn, IoU and dtSSD, over whole frames and unknown regions.",
               "facemat-eval");
  Options o;
  declare(app, o);
  const CLI::App* report_command = declare_report(app, o);
  const CLI::App* compare_command = declare_compare(app, o);
  const CLI::App* bench_command = declare_bench(app, o);
  return run_program(argc, argv, app, [&] {
    if (*report_command)
      report(o);
    else if (*compare_command)
      compare(o);
    else if (*bench_command)
      bench(o);
    else
      judge(o);
  });
}
