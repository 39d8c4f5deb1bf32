#include "eval/report/pieces.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "eval/page/charts.h"
#include "eval/page/html.h"

namespace facemat {
namespace {

constexpr size_t kLongFact = 40;  // bytes; takes two columns
constexpr size_t kLongHead = 14;  // bytes; broken into lines
constexpr size_t kLongName = 30;  // bytes; longer ones are broken into lines

std::string arrow(const std::string& better) {
  if (better != "lower" && better != "higher") return {};
  const bool lower = better == "lower";
  return fmt::format("&nbsp;<span class='arrow' role='img' aria-label='{0} is better' title='{0} is better'>{1}</span>", better,
                     lower ? "&darr;" : "&uarr;");
}

std::string head_cell(const ReportData& data, const Column& column) {
  const std::optional<int> style = style_of_model(data, column.title);
  const std::string classes = std::string(column.text ? "text" : "") + (column.title.size() > kLongHead ? " wrap" : "");
  return fmt::format("<th scope='col'{}{}>{}{}{}</th>", classes.empty() ? "" : " class='" + classes + "'",
                     column.about.empty() ? "" : fmt::format(" title='{}'", escaped(column.about)),
                     style ? marker_key(*style) : "", pretty(column.title), arrow(column.better));
}

std::string number_text(const Cell& cell) {
  if (!std::isfinite(*cell.number)) return "&ndash;";
  const std::string text = fmt::format("{:.{}f}", *cell.number, cell.decimals);
  const bool negative_zero = text[0] == '-' && text.find_first_of("123456789") == std::string::npos;
  return negative_zero ? text.substr(1) : text[0] == '-' ? "&minus;" + text.substr(1) : text;
}

std::string cell_inside(const Cell& cell) {
  if (!cell.number) return cell.text.empty() ? "&ndash;" : pretty(cell.text);
  std::string html = cell.best ? "<span class='star' role='img' aria-label='best'>&#9733;</span>" : "";
  html += number_text(cell);
  if (!cell.interval) return html;
  const std::string bounds = interval_text(*cell.interval, cell.decimals);
  return html + (bounds.empty() ? "<small title='one clip: nothing is known of the spread'>no interval</small>"
                                : "<small>" + bounds + "</small>");
}

std::string body_cell(const ReportData& data, const Column& column, const Cell& cell, bool first) {
  if (first && column.text) {
    const std::optional<int> style = style_of_model(data, cell.text);
    return fmt::format("<th scope='row'{}>{}{}</th>", cell.text.size() > kLongName ? " class='long'" : "",
                       style ? marker_key(*style) : "", cell_inside(cell));
  }
  const std::string value = cell.number && std::isfinite(*cell.number) ? fmt::format(" data-v='{}'", *cell.number) : "";
  return fmt::format("<td{}{}>{}</td>", value,
                     cell.best     ? " class='best'"
                     : column.text ? " class='text'"
                                   : "",
                     cell_inside(cell));
}

// As far as all titles agree, up to the last ", " or ": " or " " in it.
size_t common_beginning(const std::vector<Table>& tables) {
  if (tables.size() < 2) return 0;
  std::string common = tables[0].title;
  for (const Table& table : tables) {
    size_t length = 0;
    while (length < std::min(common.size(), table.title.size()) && common[length] == table.title[length]) ++length;
    common.resize(length);
  }
  const size_t end = common.find_last_of(' ');
  return end == std::string::npos ? 0 : end + 1;
}

}  // namespace

std::string pretty(const std::string& text) {
  std::string html = escaped(text);
  for (const char* power : {"2", "3", "4", "6"}) {
    const std::string plain = std::string("x1e") + power;
    for (size_t at; (at = html.find(plain)) != std::string::npos;)
      html.replace(at, plain.size(), std::string("&times;10<sup>") + power + "</sup>");
  }
  return html;
}

std::string model_name(const ReportData& data, size_t model) {
  const ModelInfo& info = data.results[model].model;
  return fmt::format("{}<span class='name'>{}</span> <span class='kind'>{}</span>", marker_key(static_cast<int>(model)),
                     escaped(info.name), escaped(info.kind));
}

std::optional<int> style_of_model(const ReportData& data, const std::string& name) {
  for (size_t i = 0; i < data.results.size(); ++i)
    if (data.results[i].model.name == name) return static_cast<int>(i);
  return std::nullopt;
}

std::string table_html(const ReportData& data, const Table& table, bool with_title) {
  std::string html = "<figure class='table'>";
  if (with_title) html += "<figcaption>" + pretty(table.title) + "</figcaption>";
  html += fmt::format("<div class='scroll'><table class='data' aria-label='{}'><thead><tr>", escaped(table.title));
  for (const Column& column : table.columns) html += head_cell(data, column);
  html += "</tr></thead><tbody>";
  for (const std::vector<Cell>& row : table.rows) {
    html += "<tr>";
    for (size_t i = 0; i < row.size(); ++i) html += body_cell(data, table.columns[i], row[i], i == 0);
    html += "</tr>";
  }
  html += "</tbody></table></div>";
  if (!table.note.empty()) html += "<p class='note'>" + pretty(table.note) + "</p>";
  return html + "</figure>";
}

std::string tabs(const std::string& label, const std::vector<Panel>& panels) {
  if (panels.size() == 1) return panels[0].body;
  std::string html = fmt::format("<div class='tabs' data-label='{}'>", escaped(label));
  for (const Panel& panel : panels)
    html += fmt::format("<div class='panel'><h3>{}</h3>{}</div>", pretty(panel.title), panel.body);
  return html + "</div>";
}

std::string tabs_of_tables(const ReportData& data, const std::string& label, const std::vector<Table>& tables) {
  std::vector<Panel> panels;
  const size_t common = common_beginning(tables);
  for (const Table& table : tables) panels.push_back({table.title.substr(common), table_html(data, table, tables.size() == 1)});
  return panels.empty() ? "" : tabs(label, panels);
}

std::vector<Table> split_by_first(const Table& table) {
  std::vector<Table> parts;
  for (const std::vector<Cell>& row : table.rows) {
    if (parts.empty() || parts.back().title != row[0].text) {
      parts.push_back({table.name, row[0].text, {}, table.columns, {}});
      parts.back().columns.erase(parts.back().columns.begin());
    }
    parts.back().rows.emplace_back(row.begin() + 1, row.end());
  }
  return parts;
}

std::string facts(const std::vector<Fact>& list) {
  std::string html = "<dl class='facts'>";
  for (const Fact& fact : list)
    if (!fact.value.empty())
      html += fmt::format("<div{}><dt>{}</dt><dd>{}</dd></div>", fact.value.size() > kLongFact ? " class='wide'" : "",
                          escaped(fact.key), fact.value);
  return html + "</dl>";
}

std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (int i = static_cast<int>(text.size()) - 3; i > (number < 0 ? 1 : 0); i -= 3) text.insert(i, ",");
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::optional<Interval> mean_of(const ReportData& data, size_t model, const std::string& region, const std::string& metric) {
  const std::vector<Cluster> clusters = clusters_of(data.results[model], region, metric);
  if (clusters.empty()) return std::nullopt;
  return bootstrap_mean(clusters, data.options.bootstrap);
}

std::string interval_text(const Interval& interval, int decimals) {
  if (!bounded(interval)) return {};
  const auto bound = [&](double value) {
    const std::string text = fmt::format("{:.{}f}", value, decimals);
    return text[0] == '-' ? "&minus;" + text.substr(1) : text;
  };
  return fmt::format("[{}, {}]", bound(interval.low), bound(interval.high));
}

std::vector<RegionInfo> regions_with_values(const ReportData& data) {
  std::set<std::string> present;
  for (const EvaluationResult& result : data.results)
    for (const FrameScore& frame : result.frames)
      for (const auto& [region, scores] : frame.regions)
        if (!scores.empty()) present.insert(region);
  std::vector<RegionInfo> regions;
  for (const RegionInfo& region : data.results[0].regions)
    if (present.count(region.name)) regions.push_back(region);
  return regions;
}

std::vector<MetricInfo> metrics_with_values(const ReportData& data, bool variants) {
  std::set<std::string> present;
  for (const EvaluationResult& result : data.results)
    for (const FrameScore& frame : result.frames)
      for (const auto& [region, scores] : frame.regions)
        for (const auto& [metric, value] : scores) present.insert(metric);
  std::vector<MetricInfo> metrics;
  for (const MetricInfo& metric : data.results[0].metrics)
    if ((variants || !metric.variant) && present.count(metric.name)) metrics.push_back(metric);
  return metrics;
}

}  // namespace facemat
