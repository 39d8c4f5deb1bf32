#include <cstdio>
#include <memory>

#include "eval/commands/commands.h"
#include "eval/report/report.h"
#include "eval/tables/comparison.h"
#include "src/core/file.h"
#include "src/core/text.h"

namespace facemat {
namespace {

struct Options {
  std::vector<fs::path> results;
  fs::path out;
  ComparisonOptions comparison;
};

int compare(const Options& o) {
  std::vector<EvaluationResult> results;
  for (const fs::path& file : o.results) results.push_back(read_report_entry(file).result);
  const std::string tables = comparison_markdown(results, o.comparison);
  if (o.out.empty())
    std::fputs(printable_lines(tables).c_str(), stdout);
  else
    write_file(o.out, tables);
  return 0;
}

}  // namespace

Run declare_compare(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_option("results", o->results, "results on one test set, of models named ARM-seedN; all arms with the same seeds")
      ->required()
      ->type_name("RESULT.json");
  app.add_option("--subject", o->comparison.subject, "arm whose difference to every other one is shown")->type_name("ARM");
  app.add_flag("--in-turn", o->comparison.in_turn, "show the difference of each arm to the one before it");
  app.add_option("--metrics", o->comparison.metrics, "metrics to show")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  app.add_option("--regions", o->comparison.regions, "regions to show them in: whole, unknown, trusted, ...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  app.add_option("--out", o->out, "file to write (default: print)")->type_name("FILE.md");
  app.footer(
      "Example:\n"
      "  facemat eval --model runs/student-seed1 --data DATA --name student-seed1 --out student-seed1.json      (and so on)\n"
      "  facemat eval compare student-seed?.json plain-seed?.json --subject student --out tables.md");
  return [o] { return compare(*o); };
}

}  // namespace facemat
