// Sections that are tables of means: scores, baselines, tests, slices, pooled figures, speed.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "eval/page/charts.h"
#include "eval/page/html.h"
#include "eval/report/pieces.h"

namespace facemat {
namespace {

bool is_reference(const ModelInfo& model) { return model.kind == "untrained" || model.kind == "baseline"; }

std::optional<Bounds> range_of(const std::optional<Interval>& interval) {
  if (!interval || !bounded(*interval)) return std::nullopt;
  return Bounds{interval->low, interval->high};
}

// A column of numbers for each model, rows that are named by their first cell.
std::string slice_chart(const ReportData& data, const Table& table) {
  std::vector<std::string> categories;
  for (const std::vector<Cell>& row : table.rows) categories.push_back(row[0].text);
  std::vector<DotSeries> series;
  for (size_t c = 1; c < table.columns.size(); ++c) {
    const std::optional<int> style = style_of_model(data, table.columns[c].title);
    if (!style) continue;
    series.push_back({table.columns[c].title, {}, *style});
    for (const std::vector<Cell>& row : table.rows)
      series.back().dots.push_back(row[c].number ? std::optional(Dot{*row[c].number, range_of(row[c].interval)})
                                                 : std::nullopt);
  }
  return series.empty() ? "" : dot_chart({table.title, "", ""}, categories, series);
}

// A table of slices as charts and tables, one of each for each way to cut.
std::string slice_panel(const ReportData& data, const Table& table) {
  std::string html = "<div class='legend'>";
  for (size_t i = 0; i < data.results.size(); ++i)
    html += "<span>" + marker_key(static_cast<int>(i)) + escaped(data.results[i].model.name) + "</span>";
  html += "</div>";
  for (const Table& part : split_by_first(table))
    html += "<div class='beside'><div>" + slice_chart(data, part) + "</div>" + table_html(data, part, false) + "</div>";
  return html + "<p class='note'>" + pretty(table.note) + "</p>";
}

// The rows of one pair of models, a tab for each region.
std::string paired_panel(const ReportData& data, const Table& table) {
  std::vector<Panel> panels;
  for (const Table& part : split_by_first(table)) panels.push_back({part.title, table_html(data, part, false)});
  if (panels.empty()) return {};
  return tabs("region", panels) + "<p class='note'>" + pretty(table.note) + "</p>";
}

std::vector<Bar> time_bars(const ReportData& data) {
  std::vector<Bar> bars;
  for (size_t i = 0; i < data.results.size(); ++i)
    if (const auto& speed = data.results[i].speed)
      bars.push_back(
          {data.results[i].model.name, speed->p50_ms, false, static_cast<int>(i), Bounds{speed->p50_ms, speed->p99_ms}});
  return bars;
}

std::string joined_tables(const ReportData& data, const std::vector<Table>& tables) {
  std::string html;
  for (const Table& table : tables) html += table_html(data, table, tables.size() > 1);
  return html;
}

}  // namespace

Section scores_section(const ReportData& data) {
  std::vector<Table> scores, variants;
  for (Table& table : score_tables(data.results, data.options.bootstrap))
    (table.name.rfind("variants_", 0) == 0 ? variants : scores).push_back(std::move(table));
  std::string body = tabs_of_tables(data, "region", scores);
  if (!variants.empty())
    body +=
        "<details><summary>As other evaluators define them</summary>" + tabs_of_tables(data, "region", variants) + "</details>";
  return {
      "scores", "Scores",
      "Means over frames, in brackets their intervals. A star marks the best of a column, an arrow points to better values. "
      "Definitions are at the end.",
      body};
}

Section baselines_section(const ReportData& data) {
  std::vector<Bar> bars;
  for (size_t i = 0; i < data.results.size(); ++i)
    if (const std::optional<Interval> mean = mean_of(data, i, "whole", "sad"); mean && std::isfinite(mean->mean))
      bars.push_back(
          {data.results[i].model.name, mean->mean, is_reference(data.results[i].model), static_cast<int>(i), range_of(mean)});
  const ConstantMatte& constant = data.results[0].constant;
  bars.push_back({"best constant matte", constant.sad, true, 0, std::nullopt});
  std::stable_sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.value < b.value; });
  return {"baselines", "Against baselines",
          fmt::format("What knowing nothing costs. The best constant matte is the one grey level ({} of 255) that, given for "
                      "every frame, has the lowest SAD on this data; a model that does not beat it has learnt nothing.",
                      constant.value),
          bar_chart({"SAD, whole frame", "lower is better", ""}, bars)};
}

Section paired_section(const ReportData& data) {
  std::vector<Panel> panels;
  for (const Table& table : paired_tables(data.results, data.options.bootstrap))
    panels.push_back({table.title, paired_panel(data, table)});
  return {"paired", "Paired tests", "The first model against every other one, clip by clip on the same frames.",
          panels.empty() ? "" : tabs("pair of models", panels)};
}

Section slices_section(const ReportData& data) {
  std::vector<Panel> panels;
  for (const Table& table : slice_tables(data.results, data.options.bootstrap))
    panels.push_back({table.title, slice_panel(data, table)});
  return {"slices", "Slices",
          "Where a model is weak: by what covers the face, and by thirds of the frames in what can be measured of them.",
          panels.empty() ? "" : tabs("measure", panels)};
}

Section pooled_section(const ReportData& data) {
  return {"pooled", "Pooled segmentation", "", joined_tables(data, pooled_tables(data.results))};
}

Section speed_section(const ReportData& data) {
  const std::vector<Bar> bars = time_bars(data);
  std::string html = joined_tables(data, speed_tables(data.results));
  if (!html.empty() && !bars.empty())
    html = bar_chart({"Milliseconds a frame", "median; the whisker ends at the 99th percentile", ""}, bars) + html;
  return {"speed", "Speed and size", "", html};
}

}  // namespace facemat
