// What closes the page: definitions, and the machines the results were made on.

#include <fmt/format.h>

#include "eval/page/html.h"
#include "eval/report/pieces.h"
#include "src/core/measure.h"

namespace facemat {
namespace {

std::string definition(const std::string& term, const std::string& about) {
  return "<dt>" + pretty(term) + "</dt><dd>" + pretty(about) + "</dd>";
}

std::string uncertainty_definitions() {
  return definition("rank correlation",
                    "Spearman's, between \u03c3 and the absolute error: 1 if the model is least sure exactly "
                    "where it errs most, 0 if the two have nothing to do with each other") +
         definition("calibration error",
                    "mean distance of root mean square error and root mean variance over tenths of the "
                    "pixels ordered by \u03c3") +
         definition("ENCE", "the same relative to \u03c3 (Levi et al. 2022)") +
         definition("AUSE",
                    "area between the sparsification curve and the oracle's (Ilg et al. 2018); 0: as good as the oracle");
}

Cell text_cell(const std::string& text) {
  Cell cell;
  cell.text = text;
  return cell;
}

struct Property {
  const char* title;
  std::string (*value)(const EvaluationResult& result);
};

std::string count_text(int count) { return count > 0 ? std::to_string(count) : ""; }

constexpr Property kProperties[] = {
    {"processor", [](const EvaluationResult& r) { return r.environment.processor; }},
    {"system", [](const EvaluationResult& r) { return r.environment.system; }},
    {"compiler", [](const EvaluationResult& r) { return r.environment.compiler; }},
    {"libraries", [](const EvaluationResult& r) { return r.environment.libraries; }},
    {"threads", [](const EvaluationResult& r) { return count_text(r.environment.threads); }},
    {"peak memory",
     [](const EvaluationResult& r) {
       return r.environment.peak_memory > 0 ? fmt::format("{:.0f} MiB", mebibytes(r.environment.peak_memory)) : "";
     }},
    {"toolkit", [](const EvaluationResult& r) { return r.version; }},
};

}  // namespace

Section definitions_section(const ReportData& data) {
  std::string html = "<dl class='definitions'>";
  for (const MetricInfo& metric : metrics_with_values(data, true)) html += definition(metric.title, metric.about);
  html += "</dl><h3>Regions</h3><dl class='definitions'>";
  for (const RegionInfo& region : regions_with_values(data))
    html += definition(region.title, region.about + (region.empty_counts ? "; a frame without such pixels counts as perfect"
                                                                         : "; a frame without such pixels has no value"));
  html += "</dl><h3>Statistics</h3><dl class='definitions'>";
  html +=
      definition(fmt::format("{:.0f} % interval", 100 * data.options.bootstrap.confidence),
                 fmt::format("studentised bootstrap over clips, {} resamples: frames of a clip resemble each other, so clips "
                             "are drawn as wholes",
                             data.options.bootstrap.resamples));
  html += definition(
      "p-value", "two-sided sign-flip permutation test over clips; p (Holm): corrected for all tests of one pair of models");
  bool uncertain = false;
  for (const EvaluationResult& result : data.results) uncertain |= result.uncertainty.has_value();
  return {"definitions", "Definitions",
          "Both mattes are rounded to 8 bit; sums are exact. A value is computed for each frame and then averaged.",
          html + (uncertain ? uncertainty_definitions() : "") + "</dl>"};
}

Section environment_section(const ReportData& data) {
  Table table{"environment", "Environment", "", {{"", "", "", true}}, {}};
  for (const EvaluationResult& result : data.results) table.columns.push_back({result.model.name, "", "", true});
  for (const Property& property : kProperties) {
    std::vector<Cell> row = {text_cell(property.title)};
    bool any = false;
    for (const EvaluationResult& result : data.results) {
      row.push_back(text_cell(property.value(result)));
      any |= !row.back().text.empty();
    }
    if (any) table.rows.push_back(row);
  }
  return {"environment", "Environment", "Where the results were made.",
          table.rows.empty() ? "" : table_html(data, table, false)};
}

}  // namespace facemat
