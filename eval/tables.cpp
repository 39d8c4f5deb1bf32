#include "eval/tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "eval/slices.h"

namespace facemat {
namespace {

using Results = std::vector<EvaluationResult>;
using Row = std::vector<Cell>;

const char* const kMissing = "–";

// --- cells

Cell word(std::string text) { return {std::move(text), {}, 0, {}, false}; }
Cell missing() { return word(kMissing); }
Cell figure(double value, int decimals) { return {{}, value, decimals, {}, false}; }
Cell count_of(int64_t count) { return figure(static_cast<double>(count), 0); }
Cell mean_cell(const Interval& interval) { return {{}, interval.mean, decimals_for(interval.mean), interval, false}; }

Column words(std::string title) { return {std::move(title), {}, {}, true}; }
Column metric_column(const MetricInfo& m) { return {m.title, m.about, m.lower_is_better ? "lower" : "higher", false}; }
std::string titled(const MetricInfo& m) { return column_text(metric_column(m)); }

bool all_same_data(const Results& results) {
  return std::all_of(results.begin(), results.end(), [&](const auto& r) { return same_data(r, results.front()); });
}

// Marks the best of cells, and those that read the same. Nothing is best unless another one is worse.
void mark_best(std::vector<Cell*> cells, bool lower) {
  cells.erase(std::remove_if(cells.begin(), cells.end(), [](const Cell* cell) { return !cell->number; }), cells.end());
  if (cells.empty()) return;
  const auto better = [lower](const Cell* a, const Cell* b) {
    return lower ? *a->number < *b->number : *a->number > *b->number;
  };
  const Cell& best = **std::min_element(cells.begin(), cells.end(), better);
  const std::string figure = number_text(*best.number, best.decimals);
  const auto as_good = [&](const Cell* cell) { return number_text(*cell->number, cell->decimals) == figure; };
  if (std::all_of(cells.begin(), cells.end(), as_good)) return;
  for (Cell* cell : cells) cell->best = as_good(cell);
}

void mark_columns(Table& table) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].better.empty()) continue;
    std::vector<Cell*> cells;
    for (Row& row : table.rows) cells.push_back(&row[c]);
    mark_best(cells, table.columns[c].better == "lower");
  }
}

// --- what results hold

// Metrics or regions that any result states, those of the first result first.
template <typename Info>
std::vector<Info> united(const Results& results, std::vector<Info> EvaluationResult::*list) {
  std::vector<Info> all;
  for (const EvaluationResult& result : results)
    for (const Info& info : result.*list)
      if (std::none_of(all.begin(), all.end(), [&](const Info& known) { return known.name == info.name; })) all.push_back(info);
  return all;
}

// The model that column or row `i` is about; a name of its own where two results have the same one.
std::string label_of(const Results& results, size_t i) {
  const std::string& name = results[i].model.name;
  const auto same = std::count_if(results.begin(), results.end(), [&](const auto& r) { return r.model.name == name; });
  return same > 1 ? fmt::format("{} ({})", name, i + 1) : name;
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
  table.columns = {words("model")};
  for (size_t i = 0; i < results.size(); ++i) table.rows.push_back({word(label_of(results, i))});
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
      if (table.columns.size() < 2) continue;
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
        "Means over the frames of a slice, in brackets their {} intervals (bootstrap over clips). A frame with two occluders "
        "is "
        "in both classes. Traits are cut into thirds of the frames, as equal as ties allow.",
        percent(options.confidence));
    tables.push_back(std::move(table));
  }
  return tables;
}

// --- one figure of a result in each column

struct Figure {
  Column column;
  std::function<std::optional<Cell>(const EvaluationResult&)> of;
};

// Models and columns of which nothing is known are left out; no table if that leaves nothing.
std::vector<Table> figure_tables(const Results& results, const std::vector<Figure>& figures, Table table, bool comparable) {
  table.columns = {words("model")};
  std::vector<Row> rows(results.size());
  for (size_t i = 0; i < results.size(); ++i) rows[i].push_back(word(label_of(results, i)));
  std::vector<bool> known(results.size(), false);
  for (const Figure& figure : figures) {
    std::vector<std::optional<Cell>> cells;
    for (const EvaluationResult& result : results) cells.push_back(figure.of(result));
    if (std::none_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.has_value(); })) continue;
    table.columns.push_back(figure.column);
    for (size_t i = 0; i < results.size(); ++i) {
      known[i] = known[i] || cells[i];
      rows[i].push_back(cells[i].value_or(missing()));
    }
  }
  for (size_t i = 0; i < results.size(); ++i)
    if (known[i]) table.rows.push_back(std::move(rows[i]));
  if (table.rows.empty()) return {};
  if (comparable) mark_columns(table);
  return {table};
}

std::optional<Cell> known(bool is_known, double value, int decimals) {
  return is_known ? std::optional<Cell>(figure(value, decimals)) : std::nullopt;
}

std::optional<Cell> known(const std::string& text) { return text.empty() ? std::nullopt : std::optional<Cell>(word(text)); }

Figure pooled_figure(const std::string& title, double (*value)(const Confusion&)) {
  return {{title, {}, "higher", false}, [value](const EvaluationResult& result) {
            const Confusion c = pooled_confusion(result);
            return known(c.tp + c.fp + c.fn + c.tn > 0, value(c), 4);
          }};
}

Figure time_figure(const std::string& title, double Speed::*member) {
  return {{title, "milliseconds from frame to matte", "lower", false}, [member](const EvaluationResult& result) {
            return result.speed ? known(true, *result.speed.*member, 2) : std::nullopt;
          }};
}

// A count with a prefix: 3.75 for 3750000 in millions; 0 is unknown.
Figure size_figure(const std::string& title, double unit, std::function<double(const EvaluationResult&)> of) {
  return {{title, {}, {}, false}, [unit, of = std::move(of)](const EvaluationResult& result) {
            const double value = of(result) / unit;
            return known(value > 0, value, decimals_for(value));
          }};
}

std::string setting_of(const EvaluationResult& result) {
  if (!result.speed) return {};
  const int threads = result.speed->threads;
  return fmt::format("{}x{}", result.speed->width, result.speed->height) +
         (threads > 0 ? fmt::format(", {} thread{}", threads, threads > 1 ? "s" : "") : "");
}

bool same_setting(const Results& results) {
  return std::all_of(results.begin(), results.end(), [&](const EvaluationResult& r) {
    return setting_of(r) == setting_of(results[0]) && r.environment.processor == results[0].environment.processor;
  });
}

Figure uncertainty_figure(const std::string& title, const std::string& about, const std::string& better, int decimals,
                          std::function<double(const UncertaintyInfo&)> of) {
  return {{title, about, better, false}, [decimals, of = std::move(of)](const EvaluationResult& result) {
            return result.uncertainty ? known(true, of(*result.uncertainty), decimals) : std::nullopt;
          }};
}

std::vector<Figure> uncertainty_figures() {
  const auto calibration = [](double scale, double Calibration::*member) {
    return [=](const UncertaintyInfo& u) { return scale * u.calibration.*member; };
  };
  return {
      uncertainty_figure("Spearman", "rank correlation of uncertainty and absolute error", "higher", 3,
                         [](const UncertaintyInfo& u) { return u.spearman; }),
      uncertainty_figure("AUSE", "area between the sparsification curves by uncertainty and by error", "lower", 3,
                         [](const UncertaintyInfo& u) { return u.sparsification.ause; }),
      uncertainty_figure(fmt::format("|error| ≤ σ, % ({:.1f})", 100 * kWithinOne), "in brackets: of Gaussian errors", "", 1,
                         calibration(100, &Calibration::within_one)),
      uncertainty_figure(fmt::format("|error| ≤ 2σ, % ({:.1f})", 100 * kWithinTwo), "in brackets: of Gaussian errors", "", 1,
                         calibration(100, &Calibration::within_two)),
      uncertainty_figure("calibration error", "mean distance of RMS error and RMS uncertainty over tenths of the pixels",
                         "lower", 4, calibration(1, &Calibration::error)),
      uncertainty_figure("ENCE", "the same relative to the RMS uncertainty", "lower", 3,
                         calibration(1, &Calibration::relative_error)),
      uncertainty_figure("NLL", "mean Gaussian negative log-likelihood", "lower", 3, calibration(1, &Calibration::nll)),
  };
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

std::vector<Table> pooled_tables(const Results& results) {
  const std::vector<Figure> figures = {pooled_figure("mIoU", mean_iou), pooled_figure("IoU", iou),
                                       pooled_figure("accuracy", accuracy), pooled_figure("precision", precision),
                                       pooled_figure("recall", recall)};
  const std::string note =
      "Both mattes made binary at 128 of 255, pixels of all frames pooled, as segmentation tables do. mIoU: mean over face and "
      "background.";
  return figure_tables(results, figures, {"pooled", "Masks, pooled", note, {}, {}}, all_same_data(results));
}

std::vector<Table> speed_tables(const Results& results) {
  constexpr double kMillion = 1e6, kBillion = 1e9, kMebi = 1 << 20;
  const std::vector<Figure> figures = {
      time_figure("mean ms", &Speed::mean),
      time_figure("median ms", &Speed::p50),
      time_figure("99 % ms", &Speed::p99),
      {words("frames"), [](const EvaluationResult& r) { return known(setting_of(r)); }},
      size_figure("parameters, M", kMillion, [](const EvaluationResult& r) { return static_cast<double>(r.model.parameters); }),
      size_figure("multiply-adds, G", kBillion, [](const EvaluationResult& r) { return r.model.multiply_adds; }),
      size_figure("memory, MiB", kMebi,
                  [](const EvaluationResult& r) { return static_cast<double>(r.environment.peak_memory); }),
      {words("processor"), [](const EvaluationResult& r) { return known(r.environment.processor); }}};
  const std::string note =
      "Time from frame to matte, without reading and metrics. Multiply-adds: of one frame of that size. Memory: the most that "
      "the whole evaluation held.";
  return figure_tables(results, figures, {"speed", "Speed and size", note, {}, {}}, same_setting(results));
}

std::vector<Table> uncertainty_tables(const Results& results) {
  const std::string note = "Over pixels; the error is that of the unrounded matte. Definitions: eval/uncertainty.h.";
  return figure_tables(results, uncertainty_figures(), {"uncertainty", "Uncertainty", note, {}, {}}, all_same_data(results));
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
