#include "eval/report/report.h"

#include <cstdio>
#include <memory>
#include <optional>

#include "eval/commands/commands.h"
#include "eval/statistics/gate.h"
#include "eval/tables/tables.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"

namespace facemat {
namespace {

constexpr int kWorse = 3;  // exit code of a gate that does not let pass

struct Options {
  std::vector<fs::path> results;
  fs::path out, tables, baseline;
  std::vector<std::string> conditions;
  bool significant = false, quiet = false;
};

std::vector<EvaluationResult> results_of(const std::vector<ReportEntry>& entries) {
  std::vector<EvaluationResult> results;
  results.reserve(entries.size());
  for (const ReportEntry& entry : entries) results.push_back(entry.result);
  return results;
}

// Every table as a file of its own in three formats; Markdown also all in one, to be pasted as it is.
void write_tables(const fs::path& folder, const std::vector<Table>& tables) {
  std::string all;
  for (const Table& table : tables) {
    const std::string markdown = to_markdown(table);
    write_file(folder / (table.name + ".md"), markdown);
    write_file(folder / (table.name + ".tex"), to_latex(table));
    write_file(folder / (table.name + ".csv"), to_csv(table));
    all += (all.empty() ? "" : "\n") + markdown;
  }
  write_file(folder / "all.md", all);
}

int gate(const Options& o, const std::vector<EvaluationResult>& results) {
  std::vector<Condition> conditions;
  for (const std::string& text : o.conditions) conditions.push_back(parse_condition(text));
  std::optional<EvaluationResult> baseline;
  if (!o.baseline.empty()) baseline = read_report_entry(o.baseline).result;
  int code = 0;
  for (const EvaluationResult& result : results)
    for (const Violation& violation : violations(result, baseline, conditions, o.significant)) {
      std::fprintf(stderr, "%s: %s\n", printable(result.model.name).c_str(), printable(violation.message).c_str());
      code = kWorse;
    }
  if (code == 0 && !o.quiet && !conditions.empty()) std::printf("no condition of --fail-if is met\n");
  return code;
}

int report(const Options& o) {
  require(!o.out.empty() || !o.tables.empty() || !o.conditions.empty(),
          "nothing to do: give --out PAGE.html, --tables DIR or --fail-if CONDITION");
  require(o.baseline.empty() || !o.conditions.empty(), "--baseline is what --fail-if compares with: give a condition");
  std::vector<ReportEntry> entries;
  for (const fs::path& file : o.results) entries.push_back(read_report_entry(file));
  const std::vector<EvaluationResult> results = results_of(entries);
  const int code = gate(o, results);
  require_same_data(results);
  if (!o.tables.empty()) {
    write_tables(o.tables, all_tables(results));
    if (!o.quiet) std::printf("%s: tables as Markdown, LaTeX and CSV (all.md: all of them)\n", o.tables.c_str());
  }
  if (!o.out.empty()) {
    write_file(o.out, report_html(entries));
    if (!o.quiet) std::printf("%s: open it in any browser; it needs no network\n", o.out.c_str());
  }
  return code;
}

}  // namespace

Run declare_report(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_option("results", o->results, "results of 'facemat eval' on the same data")->required()->type_name("RESULT.json");
  app.add_option("--out", o->out, "page to write")->type_name("PAGE.html");
  app.add_option("--tables", o->tables, "folder to write the tables to, as Markdown, LaTeX and CSV")->type_name("DIR");
  app.add_option(
         "--fail-if", o->conditions,
         "exit with 3 if this holds for a result: [REGION.]METRIC > LIMIT or < LIMIT, the limit a value (3.5), a change from "
         "the baseline (+0.05) or a share of it (+2%); may be given several times")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  app.add_option("--baseline", o->baseline, "the result that --fail-if compares with")->type_name("RESULT.json");
  app.add_flag("--significant", o->significant,
               "a change counts only if the 95 % interval of the paired difference excludes 0");
  app.add_flag("--quiet", o->quiet, "print nothing but what --fail-if finds");
  app.footer(
      "Examples:\n"
      "  facemat report student.json teacher.json depth.json --out report.html --tables tables\n"
      "  facemat report new.json --baseline published.json --fail-if 'sad > +2%' --fail-if 'unknown.grad > +5%'");
  return [o] { return report(*o); };
}

}  // namespace facemat
