#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "eval/tables/cells.h"
#include "eval/tables/tables.h"

namespace facemat {

using namespace cells;

namespace {

// --- one figure of a result in each column

struct Figure {
  Column column;
  std::function<std::optional<Cell>(const EvaluationResult&)> of;
};

// Models and columns of which nothing is known are left out; no table if that leaves nothing.
std::vector<Table> figure_tables(const Results& results, const std::vector<Figure>& figures, Table table, bool comparable) {
  table.columns = columns_of_models(results);
  std::vector<Row> rows = rows_of_models(results);
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
      time_figure("mean ms", &Speed::mean_ms),
      time_figure("median ms", &Speed::p50_ms),
      time_figure("99 % ms", &Speed::p99_ms),
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
  const std::string note = "Over pixels; the error is that of the unrounded matte. Definitions: eval/measures/uncertainty.h.";
  return figure_tables(results, uncertainty_figures(), {"uncertainty", "Uncertainty", note, {}, {}}, all_same_data(results));
}

}  // namespace facemat
