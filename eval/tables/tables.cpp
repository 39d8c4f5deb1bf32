#include "eval/tables/tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "eval/statistics/slices.h"
#include "eval/tables/cells.h"

namespace facemat {

using namespace cells;

namespace {

Cell count_of(int64_t count) { return figure(static_cast<double>(count), 0); }
Cell mean_cell(const Interval& interval) { return {{}, interval.mean, decimals_for(interval.mean), interval, false}; }

Column metric_column(const MetricInfo& m) { return {m.title, m.about, m.lower_is_better ? "lower" : "higher", false}; }
std::string titled(const MetricInfo& m) { return column_text(metric_column(m)); }

// Metrics or regions that any result states, those of the first result first.
template <typename Info>
std::vector<Info> united(const Results& results, std::vector<Info> EvaluationResult::*list) {
  std::vector<Info> all;
  for (const EvaluationResult& result : results)
    for (const Info& info : result.*list)
      if (std::none_of(all.begin(), all.end(), [&](const Info& known) { return known.name == info.name; })) all.push_back(info);
  return all;
}

std::string percent(double share) { return fmt::format("{:.6g} %", 100 * share); }

// --- scores

// What a region's frames without pixels do, in a sentence; empty if there are none.
std::string empty_note(const Results& results, const RegionInfo& region) {
  std::vector<std::string> counts;
  for (size_t i = 0; i < results.size(); ++i) {
    const auto empty = results[i].empty.find(region.name);
    if (empty == results[i].empty.end() || empty->second == 0) continue;
    counts.push_back(fmt::format("{} of {} frames", empty->second, results[i].data.frames));
  }
  if (counts.empty()) return {};
  const bool alike = counts.size() == results.size() &&
                     std::all_of(counts.begin(), counts.end(), [&](const std::string& c) { return c == counts[0]; });
  return fmt::format(" Without a pixel there: {}; they {}.",
                     alike ? counts[0] : fmt::format("{} (by model)", fmt::join(counts, ", ")),
                     region.empty_counts ? "count as perfect" : "have no value");
}

std::string score_note(const Results& results, const RegionInfo& region, const BootstrapOptions& options) {
  std::string note = fmt::format("Region: {}. Means over frames, in brackets their {} intervals (bootstrap over clips).{}",
                                 region.about, percent(options.confidence), empty_note(results, region));
  if (says_given(results)) note += std::string(" ") + kGivenNote;
  if (!all_same_data(results)) note += " The models were judged on different data: their figures cannot be compared.";
  return note;
}

Cell score_cell(const std::vector<Cluster>& clusters, Bootstrap& bootstrap) {
  return clusters.empty() ? missing() : mean_cell(bootstrap.mean(clusters));
}

bool has_number(const std::vector<Cell>& cells) {
  return std::any_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.number.has_value(); });
}

// Of the variants or of all other metrics; no columns of metrics if no result has any of them.
Table score_table(const Results& results, const RegionInfo& region, bool variants, Bootstrap& bootstrap) {
  Table table;
  table.columns = columns_of_models(results);
  table.rows = rows_of_models(results);
  for (const MetricInfo& metric : united(results, &EvaluationResult::metrics)) {
    if (metric.variant != variants) continue;
    std::vector<Cell> cells;
    for (const EvaluationResult& result : results)
      cells.push_back(score_cell(clusters_of(result, region.name, metric.name), bootstrap));
    if (!has_number(cells)) continue;
    table.columns.push_back(metric_column(metric));
    for (size_t i = 0; i < cells.size(); ++i) table.rows[i].push_back(cells[i]);
  }
  if (all_same_data(results)) mark_columns(table);
  return table;
}

std::vector<Table> score_tables(const Results& results, const BootstrapOptions& options, Bootstrap& bootstrap) {
  std::vector<Table> tables;
  for (const bool variants : {false, true}) {
    for (const RegionInfo& region : united(results, &EvaluationResult::regions)) {
      Table table = score_table(results, region, variants, bootstrap);
      if (table.columns.back().text) continue;  // no metric
      table.name = (variants ? "variants_" : "scores_") + region.name;
      table.title = (variants ? "As other evaluators define it, " : "Scores, ") + region.title;
      table.note = score_note(results, region, options);
      tables.push_back(std::move(table));
    }
  }
  return tables;
}

// --- pairs

struct PairedRow {
  RegionInfo region;
  MetricInfo metric;
  PairedTest test;
  int decimals = 3;
};

std::vector<PairedRow> paired_rows(const EvaluationResult& first, const EvaluationResult& second, Bootstrap& bootstrap) {
  std::vector<PairedRow> rows;
  for (const RegionInfo& region : first.regions) {
    for (const MetricInfo& metric : first.metrics) {
      if (metric.variant) continue;
      const PairedClusters clusters = paired_clusters(first, second, region.name, metric.name);
      if (clusters.first.empty()) continue;
      double sum = 0;
      int64_t count = 0;
      for (const Cluster& c : clusters.first) sum += c.sum, count += c.count;
      rows.push_back(
          {region, metric, bootstrap.paired(clusters.first, clusters.second), decimals_for(sum / static_cast<double>(count))});
    }
  }
  return rows;
}

Cell p_cell(double p) { return figure(p, p >= 1e-3 ? 3 : p >= 1e-4 ? 4 : 5); }

Row paired_cells(const PairedRow& row, double adjusted) {
  const PairedTest& test = row.test;
  const bool lower = row.metric.lower_is_better;
  return {word(row.region.title),
          word(titled(row.metric)),
          {{}, test.difference.mean, row.decimals, test.difference, false},
          p_cell(test.p_value),
          p_cell(adjusted),
          count_of(lower ? test.first_lower : test.second_lower),
          count_of(lower ? test.second_lower : test.first_lower),
          count_of(test.clips)};
}

std::string paired_note(const std::string& first, const std::string& second, const BootstrapOptions& options) {
  return fmt::format(
      "Difference: {} minus {}, of the means over the frames that both have a value for, with its {} interval (bootstrap over "
      "clips). p: sign-flip permutation test over clips, two-sided, not corrected for multiple comparisons; p (Holm) is "
      "corrected for all rows of this table. An arrow says which way is better.",
      first, second, percent(options.confidence));
}

Table paired_table(const Results& results, size_t other, const BootstrapOptions& options, Bootstrap& bootstrap) {
  const std::string first = label_of(results, 0), second = label_of(results, other);
  Table table;
  table.name = fmt::format("paired_{}", other + 1);
  table.title = fmt::format("{} against {}", first, second);
  table.note = paired_note(first, second, options);
  table.columns = {words("region"),
                   words("metric"),
                   {"difference", {}, {}, false},
                   {"p", {}, {}, false},
                   {"p (Holm)", {}, {}, false},
                   {first + " better in", "clips in which its mean is the better one", {}, false},
                   {second + " better in", "clips in which its mean is the better one", {}, false},
                   {"clips", {}, {}, false}};
  const std::vector<PairedRow> rows = paired_rows(results[0], results[other], bootstrap);
  std::vector<double> p_values(rows.size());
  std::transform(rows.begin(), rows.end(), p_values.begin(), [](const PairedRow& row) { return row.test.p_value; });
  const std::vector<double> adjusted = holm_adjusted(p_values);
  for (size_t i = 0; i < rows.size(); ++i) table.rows.push_back(paired_cells(rows[i], adjusted[i]));
  return table;
}

std::vector<Table> paired_tables(const Results& results, const BootstrapOptions& options, Bootstrap& bootstrap) {
  std::vector<Table> tables;
  for (size_t i = 1; i < results.size(); ++i)
    if (same_data(results[0], results[i])) tables.push_back(paired_table(results, i, options, bootstrap));
  return tables;
}

// --- slices

Row slice_row(const Results& results, const Slice& slice, const std::string& region, const MetricInfo& metric,
              Bootstrap& bootstrap) {
  Row row = {word(slice.cut), word(slice.title), missing()};
  for (const EvaluationResult& result : results) {
    const std::vector<Cluster> clusters = clusters_where(result, region, metric.name, slice.takes);
    int64_t frames = 0;
    for (const Cluster& c : clusters) frames += c.count;
    if (!row[2].number && frames > 0) row[2] = count_of(frames);
    row.push_back(score_cell(clusters, bootstrap));
  }
  if (!all_same_data(results)) return row;
  std::vector<Cell*> cells;
  for (size_t i = 3; i < row.size(); ++i) cells.push_back(&row[i]);
  mark_best(cells, metric.lower_is_better);
  return row;
}

Table slice_table(const Results& results, const std::vector<Slice>& slices, const std::string& region, const MetricInfo& metric,
                  Bootstrap& bootstrap) {
  Table table;
  table.columns = {words("cut"), words("slice"), {"frames", "with a value", {}, false}};
  for (size_t i = 0; i < results.size(); ++i) table.columns.push_back({label_of(results, i), {}, {}, false});
  for (const Slice& slice : slices) {
    Row row = slice_row(results, slice, region, metric, bootstrap);
    if (row[2].number) table.rows.push_back(std::move(row));
  }
  return table;
}

template <typename Info>
const Info* find_info(const std::vector<Info>& infos, const std::string& name) {
  const auto found = std::find_if(infos.begin(), infos.end(), [&](const Info& info) { return info.name == name; });
  return found == infos.end() ? nullptr : &*found;
}

std::vector<Table> slice_tables(const Results& results, const BootstrapOptions& options, Bootstrap& bootstrap) {
  if (results.empty()) return {};
  const std::vector<Slice> slices = slices_of(results);
  const std::vector<MetricInfo> metrics = united(results, &EvaluationResult::metrics);
  const std::vector<RegionInfo> regions = united(results, &EvaluationResult::regions);
  std::vector<Table> tables;
  for (const auto& [region_name, metric_name] : {std::pair{"whole", "sad"}, std::pair{"unknown", "mad"}}) {
    const MetricInfo* metric = find_info(metrics, metric_name);
    const RegionInfo* region = find_info(regions, region_name);
    if (!metric || !region) continue;
    Table table = slice_table(results, slices, region_name, *metric, bootstrap);
    if (table.rows.empty()) continue;
    table.name = fmt::format("slices_{}_{}", region_name, metric_name);
    table.title = fmt::format("{} by slice, {}", titled(*metric), region->title);
    table.note = fmt::format(
        "Means over the frames of a slice, in brackets their {} intervals (bootstrap over clips). A frame with two "
        "occluders is in both classes. Traits are cut into thirds of the frames, as equal as ties allow.",
        percent(options.confidence));
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace

std::vector<Table> score_tables(const Results& results, const BootstrapOptions& options) {
  Bootstrap bootstrap(options);
  return score_tables(results, options, bootstrap);
}

std::vector<Table> paired_tables(const Results& results, const BootstrapOptions& options) {
  Bootstrap bootstrap(options);
  return paired_tables(results, options, bootstrap);
}

std::vector<Table> slice_tables(const Results& results, const BootstrapOptions& options) {
  Bootstrap bootstrap(options);
  return slice_tables(results, options, bootstrap);
}

std::vector<Table> all_tables(const Results& results, const BootstrapOptions& options) {
  Bootstrap bootstrap(options);
  std::vector<Table> all;
  for (std::vector<Table> some :
       {score_tables(results, options, bootstrap), paired_tables(results, options, bootstrap),
        slice_tables(results, options, bootstrap), pooled_tables(results), speed_tables(results), uncertainty_tables(results)})
    std::move(some.begin(), some.end(), std::back_inserter(all));
  return all;
}

}  // namespace facemat
