#include "eval/tables/card.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "eval/commands/commands.h"
#include "eval/commands/models.h"
#include "eval/report/report.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/runtime/predictors/matter.h"

namespace facemat {
namespace {

struct Options {
  std::vector<fs::path> results;
  fs::path facts, run, model, out;
  bool quiet = false;
};

int card(const Options& o) {
  require(!o.out.empty(), "--out CARD.md is needed");
  require(o.out.extension() == ".md", "{}: the card is Markdown (allowed: NAME.md; NAME.json is written beside it)",
          o.out.string());
  std::vector<EvaluationResult> results;
  for (const fs::path& file : o.results) results.push_back(read_report_entry(file).result);
  CardFacts facts = load_config<CardFacts>(o.facts);
  if (!o.run.empty()) {
    const auto told = training_facts(flat_settings(o.run / "config.yaml"));
    facts.training.insert(facts.training.end(), told.begin(), told.end());
    if (facts.training_licence.empty()) facts.training_licence = training_licence_of(o.run);
  }
  CardOptions options;
  if (!o.model.empty()) {
    options.contract = Matter(o.model, {1, 0, false}).contract();
    if (facts.training_licence.empty()) facts.training_licence = options.contract->data_licence;
  }
  const ModelCard written = model_card(results, facts, options);
  fs::path json = o.out;
  write_file(json.replace_extension(".json"), written.json);
  write_file(o.out, written.markdown);
  if (!o.quiet) std::printf("%s and %s\n", o.out.c_str(), json.c_str());
  return 0;
}

}  // namespace

Run declare_card(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_option("results", o->results, "results of one model, on one or more sets of data")
      ->required()
      ->type_name("RESULT.json");
  app.add_option("--run", o->run, "the run it was trained in: settings, licence of the data")->type_name("RUN");
  app.add_option("--model", o->model, "the exported model: its contract")->type_name("FILE.onnx");
  app.add_option("--facts", o->facts,
                 "what only you know: summary, licence, intended use, limits, contact (fields: eval/tables/card.h)")
      ->type_name("FACTS.yaml");
  app.add_option("--out", o->out, "card to write; the same facts as JSON go beside it")->type_name("CARD.md");
  app.add_flag("--quiet", o->quiet, "print nothing");
  app.footer("Example:\n  facemat card student.json --run runs/student --model student.onnx --facts facts.yaml --out CARD.md");
  return [o] { return card(*o); };
}

}  // namespace facemat
