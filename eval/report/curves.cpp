// Sections of curves: training, uncertainty, the distillation ledger.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "eval/page/charts.h"
#include "eval/page/html.h"
#include "eval/report/pieces.h"

namespace facemat {
namespace {

constexpr double kLeastPrinted = 5e-5;  // with four decimals; the ratio of what prints as zero means nothing
constexpr size_t kMostPoints = 240;     // of a curve: more than a chart has pixels for says nothing more

// Means of equal pieces, so that a curve of many noisy points stays readable and small.
std::vector<Point> thinned(const std::vector<Point>& points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<Point> out;
  for (size_t i = 0; i < kMostPoints; ++i) {
    const size_t begin = i * points.size() / kMostPoints, end = (i + 1) * points.size() / kMostPoints;
    Point sum{0, 0};
    for (size_t k = begin; k < end; ++k) sum.x += points[k].x, sum.y += points[k].y;
    out.push_back({sum.x / static_cast<double>(end - begin), sum.y / static_cast<double>(end - begin)});
  }
  return out;
}

Series series_of(const ReportData& data, size_t model) {
  return {data.results[model].model.name, {}, static_cast<int>(model), false};
}

Series loss_curve(const ReportData& data, size_t model) {
  Series series = series_of(data, model);
  for (const LogPoint& point : data.results[model].training)
    if (point.loss) series.points.push_back({static_cast<double>(point.step), *point.loss});
  series.points = thinned(series.points);
  return series;
}

Series validation_curve(const ReportData& data, size_t model) {
  Series series = series_of(data, model);
  for (const LogPoint& point : data.results[model].training)
    if (const auto sad = point.valid.find("sad"); sad != point.valid.end())
      series.points.push_back({static_cast<double>(point.step), sad->second});
  series.points = thinned(series.points);
  return series;
}

std::vector<size_t> uncertain_models(const ReportData& data) {
  std::vector<size_t> models;
  for (size_t i = 0; i < data.results.size(); ++i)
    if (data.results[i].uncertainty) models.push_back(i);
  return models;
}

std::string calibration_chart(const ReportData& data, const std::vector<size_t>& models) {
  std::vector<Series> curves;
  double most = 0;
  for (const size_t model : models) {
    curves.push_back(series_of(data, model));
    for (const CalibrationBin& bin : data.results[model].uncertainty->calibration.bins)
      curves.back().points.push_back({bin.deviation, bin.rmse}), most = std::max(most, bin.deviation);
  }
  curves.push_back({"calibrated", {{0, 0}, {most, most}}, 0, true});
  return line_chart({"Calibration, by tenths of the pixels", "root mean predicted variance", "root mean square error"}, curves);
}

std::string tenths_chart(const ReportData& data, const std::vector<size_t>& models) {
  std::vector<Series> curves;
  for (const size_t model : models) {
    curves.push_back(series_of(data, model));
    const auto& bins = data.results[model].uncertainty->bins;
    for (size_t i = 0; i < bins.size(); ++i) curves.back().points.push_back({static_cast<double>(i + 1), bins[i].error});
  }
  return line_chart({"Error by tenths of the uncertainty", "tenth of the pixels, most certain first", "mean absolute error"},
                    curves);
}

std::string sparsification_chart(const ReportData& data, size_t model) {
  const Sparsification& s = data.results[model].uncertainty->sparsification;
  if (s.by_uncertainty.empty()) return {};
  Series own = series_of(data, model), oracle{"oracle", {}, 0, true};
  own.name = "by uncertainty";
  const auto steps = static_cast<double>(s.by_uncertainty.size());
  for (size_t i = 0; i < s.by_uncertainty.size(); ++i) {
    own.points.push_back({100 * static_cast<double>(i) / steps, s.by_uncertainty[i]});
    oracle.points.push_back({100 * static_cast<double>(i) / steps, s.by_error[i]});
  }
  LineOptions options;
  options.shade = true;
  return line_chart({fmt::format("Sparsification: {}, AUSE {:.3f}", data.results[model].model.name, s.ause),
                     "% of the pixels taken away", "remaining error"},
                    {own, oracle}, options);
}

Cell number_cell(double value, int decimals) {
  Cell cell;
  cell.number = value, cell.decimals = decimals;
  return cell;
}

Cell text_cell(const std::string& text) {
  Cell cell;
  cell.text = text;
  return cell;
}

Table tenths_table(const EvaluationResult& result) {
  Table table{"tenths",
              result.model.name,
              "",
              {{"tenth", "", "", true},
               {"mean \u03c3", "", ""},
               {"mean |error|", "", ""},
               {"RMS \u03c3", "", ""},
               {"RMS error", "", ""}},
              {}};
  const UncertaintyInfo& info = *result.uncertainty;
  for (size_t i = 0; i < info.bins.size(); ++i) {
    const CalibrationBin& bin = info.calibration.bins[i];
    table.rows.push_back({text_cell(std::to_string(i + 1)), number_cell(info.bins[i].uncertainty, 4),
                          number_cell(info.bins[i].error, 4), number_cell(bin.deviation, 4), number_cell(bin.rmse, 4)});
  }
  return table;
}

Table ledger_table(const EvaluationResult& result) {
  Table table{"ledger",
              result.model.name + " after " + result.ledger->teacher,
              "",
              {{"tenth", "", "", true},
               {"teacher's \u03c3", "", ""},
               {"teacher's |error|", "", ""},
               {"student's |error|", "", ""},
               {"student / teacher", "below 1: the student errs less than its teacher", "lower"}},
              {}};
  for (size_t i = 0; i < result.ledger->bins.size(); ++i) {
    const LedgerBin& bin = result.ledger->bins[i];
    table.rows.push_back({text_cell(std::to_string(i + 1)), number_cell(bin.uncertainty, 4), number_cell(bin.teacher_error, 4),
                          number_cell(bin.error, 4),
                          bin.teacher_error >= kLeastPrinted ? number_cell(bin.error / bin.teacher_error, 2) : text_cell("")});
  }
  return table;
}

std::string ledger_chart(const ReportData& data, size_t model) {
  const Ledger& ledger = *data.results[model].ledger;
  std::vector<std::string> groups;
  const auto own = static_cast<int>(model);
  // The teacher keeps its style if it is in the report itself; else one that is not the student's.
  ColumnSeries teacher{"teacher: " + ledger.teacher, {}, style_of_model(data, ledger.teacher).value_or(own + 1)};
  ColumnSeries student{"student: " + data.results[model].model.name, {}, own};
  if (teacher.style == own) teacher.style = own + 1;
  for (size_t i = 0; i < ledger.bins.size(); ++i) {
    groups.push_back(std::to_string(i + 1));
    teacher.values.push_back(ledger.bins[i].teacher_error), student.values.push_back(ledger.bins[i].error);
  }
  return column_chart({"Mean absolute error", "tenth of the pixels by the teacher's \u03c3, most certain first", "|error|"},
                      groups, {teacher, student});
}

}  // namespace

Section training_section(const ReportData& data) {
  std::string charts;
  std::vector<Series> valid;
  for (size_t i = 0; i < data.results.size(); ++i) {
    const Series loss = loss_curve(data, i), validation = validation_curve(data, i);
    if (!loss.points.empty())
      charts += line_chart({"Training loss: " + loss.name, "step", "loss"}, {loss}, {loss.points.size() < 30, false});
    if (!validation.points.empty()) valid.push_back(validation);
  }
  if (!valid.empty())
    charts = line_chart({"Validation SAD, whole frame", "step", "SAD"}, valid, {valid[0].points.size() < 60, false}) + charts;
  return {"training", "Training",
          "From the runs' logs. Losses of different kinds have different scales; the validation SAD compares.",
          charts.empty() ? "" : "<div class='charts'>" + charts + "</div>"};
}

Section uncertainty_section(const ReportData& data) {
  const std::vector<size_t> models = uncertain_models(data);
  Section section{"uncertainty", "Uncertainty",
                  "Does the predicted standard deviation \u03c3 know the error? Over pixels of all frames. A calibrated model "
                  "lies on the diagonal; sparsification takes the most uncertain pixels away first and should fall as the "
                  "oracle does, which knows the errors (AUSE: the area between both).",
                  ""};
  if (models.empty()) return section;
  for (Table& table : uncertainty_tables(data.results)) {
    table.note.clear();  // the page has its own definitions
    section.body += table_html(data, table, false);
  }
  section.body += "<div class='charts'>" + calibration_chart(data, models) + tenths_chart(data, models);
  std::string tenths;
  for (const size_t model : models) {
    section.body += sparsification_chart(data, model);
    tenths += table_html(data, tenths_table(data.results[model]));
  }
  section.body += "</div><details><summary>Tenths of the pixels, most certain first</summary><div class='charts'>" + tenths +
                  "</div></details>";
  return section;
}

Section ledger_section(const ReportData& data) {
  std::string body;
  for (size_t i = 0; i < data.results.size(); ++i)
    if (data.results[i].ledger && !data.results[i].ledger->bins.empty())
      body += "<h3>" + model_name(data, i) + "</h3><div class='beside'>" + ledger_chart(data, i) +
              table_html(data, ledger_table(data.results[i])) + "</div>";
  return {"ledger", "Distillation ledger",
          "Pixels in tenths by the teacher's uncertainty: what the student took over where its teacher was sure, and what it "
          "made of the rest.",
          body};
}

}  // namespace facemat
