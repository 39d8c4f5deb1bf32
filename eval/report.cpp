#include "eval/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "eval/charts.h"
#include "eval/html.h"
#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

using Entries = std::vector<ReportEntry>;

constexpr uint64_t kMostPicture = uint64_t{32} << 20;  // bytes

std::string section(const std::string& title, const std::string& about, const std::string& body) {
  return fmt::format("<section><h2>{}</h2><p class='quiet'>{}</p>{}</section>\n", escaped(title), escaped(about), body);
}

std::string name_cell(const ModelInfo& model) {
  return fmt::format("<span class='name'>{}</span><span class='kind'>{}</span>", escaped(model.name), escaped(model.kind));
}

std::string figure_of(double value) { return fmt::format(value >= 100 ? "{:.1f}" : value >= 10 ? "{:.2f}" : "{:.3f}", value); }

// Metrics that at least one entry has a mean for, in the order of the first entry.
std::vector<MetricInfo> shown_metrics(const Entries& entries) {
  std::set<std::string> present;
  for (const ReportEntry& entry : entries)
    for (const auto& [name, value] : mean_scores(entry.result, "whole")) present.insert(name);
  std::vector<MetricInfo> metrics;
  for (const MetricInfo& metric : entries[0].result.metrics)
    if (present.count(metric.name)) metrics.push_back(metric);
  return metrics;
}

bool all_of_same_data(const Entries& entries) {
  return std::all_of(entries.begin(), entries.end(),
                     [&](const ReportEntry& e) { return same_data(e.result, entries[0].result); });
}

std::string chip(const std::string& name, const std::string& value) {
  return value.empty() ? "" : fmt::format("<span><b>{}</b>{}</span>", escaped(name), escaped(value));
}

std::string header(const Entries& entries) {
  const EvaluationResult& first = entries[0].result;
  const std::string data = first.data.split.empty() ? first.data.name : first.data.name + ", split " + first.data.split;
  std::string html = "<header><h1>Face matting: evaluation</h1>";
  html += fmt::format("<p class='lead'>{} on {}: {} samples, {} frames</p>",
                      entries.size() == 1 ? escaped(first.model.name) : fmt::format("{} models", entries.size()), escaped(data),
                      first.data.samples, first.data.frames);
  html += "<div class='chips'>" +
          chip("polarity", first.polarity == "visible_face" ? "visible_face: alpha 1 = visible face" : first.polarity) +
          chip("regions", "whole frame; unknown (trimap 128)") + chip("input", "8-bit mattes, rounded half up") +
          chip("data licence", first.data.licence) + chip("toolkit", first.version) + "</div>";
  if (!all_of_same_data(entries))
    html += "<p class='warn'>These results come from different data: their figures cannot be compared with each other.</p>";
  return html + "</header>\n";
}

// Per column the best value of `rows` (as many as there are entries); -1: only one entry, or no value.
int best_row(const std::vector<Scores>& rows, const MetricInfo& metric) {
  int best = -1, values = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto found = rows[i].find(metric.name);
    if (found == rows[i].end()) continue;
    ++values;
    if (best < 0 ||
        (metric.lower_is_better ? found->second < rows[best].at(metric.name) : found->second > rows[best].at(metric.name)))
      best = static_cast<int>(i);
  }
  return values > 1 ? best : -1;
}

std::string region_rows(const Entries& entries, const std::vector<MetricInfo>& metrics, bool unknown) {
  std::vector<Scores> means;
  for (const ReportEntry& entry : entries) means.push_back(mean_scores(entry.result, unknown ? "unknown" : "whole"));
  if (std::all_of(means.begin(), means.end(), [](const Scores& s) { return s.empty(); })) return {};
  std::string html = fmt::format("<tr class='region'><td colspan='{}'>{}</td></tr>", metrics.size() + 1,
                                 unknown ? "unknown region" : "whole frame");
  for (size_t i = 0; i < entries.size(); ++i) {
    html += fmt::format("<tr><td>{}</td>", name_cell(entries[i].result.model));
    for (const MetricInfo& metric : metrics) {
      const auto found = means[i].find(metric.name);
      const bool best = best_row(means, metric) == static_cast<int>(i);
      html += fmt::format("<td{}>{}</td>", best ? " class='best'" : "",
                          found == means[i].end() ? "&ndash;" : figure_of(found->second));
    }
    html += "</tr>";
  }
  return html;
}

std::string summary(const Entries& entries, const std::vector<MetricInfo>& metrics) {
  std::string html = "<div class='scroll'><table><thead><tr><th>model</th>";
  for (const MetricInfo& metric : metrics)
    html += fmt::format("<th title='{}'>{} {}</th>", escaped(metric.about), escaped(metric.title),
                        metric.lower_is_better ? "&darr;" : "&uarr;");
  html += "</tr></thead><tbody>" + region_rows(entries, metrics, false) + region_rows(entries, metrics, true) +
          "</tbody></table></div>";
  int64_t empty = 0;
  for (const ReportEntry& entry : entries)
    if (const auto found = entry.result.empty.find("unknown"); found != entry.result.empty.end())
      empty = std::max(empty, found->second);
  if (empty > 0)
    html += fmt::format("<p class='quiet'>{} frames have no unknown pixel; they count as perfect there.</p>", empty);
  return section("Scores", "Means of the values of single frames; arrows point to better values. Definitions are at the end.",
                 html);
}

std::string baselines(const Entries& entries) {
  std::vector<Bar> bars;
  for (const ReportEntry& entry : entries) {
    const Scores means = mean_scores(entry.result, "whole");
    if (means.count("sad")) bars.push_back({entry.result.model.name, means.at("sad"), entry.result.model.kind == "untrained"});
  }
  const ConstantMatte& constant = entries[0].result.constant;
  bars.push_back({"best constant matte", constant.sad, true});
  std::stable_sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.value < b.value; });
  const std::string about = fmt::format(
      "What knowing nothing costs. The best constant matte is the one grey level ({} of 255) that, given for every frame, has "
      "the lowest SAD on this data; a model that does not beat it has learnt nothing.",
      constant.value);
  return section("Against the baselines", about, bar_chart({"SAD, whole frame", "lower is better", ""}, bars));
}

std::string class_table(const Entries& entries, const std::string& metric, bool unknown, const char* title) {
  const EvaluationResult& first = entries[0].result;
  std::string html = fmt::format("<h3>{}</h3><div class='scroll'><table><thead><tr><th>occluder</th><th>frames</th>", title);
  for (const ReportEntry& entry : entries) html += fmt::format("<th>{}</th>", escaped(entry.result.model.name));
  html += "</tr></thead><tbody>";
  for (const std::string& name : classes_of(first)) {
    const auto frames = std::count_if(first.frames.begin(), first.frames.end(), [&](const FrameScore& f) {
      return name == "none" ? f.classes.empty() : std::find(f.classes.begin(), f.classes.end(), name) != f.classes.end();
    });
    html += fmt::format("<tr><td>{}</td><td>{}</td>", name == "none" ? "(nothing covers the face)" : escaped(name), frames);
    for (const ReportEntry& entry : entries) {
      const Scores means = mean_scores(entry.result, unknown ? "unknown" : "whole", name);
      html += fmt::format("<td>{}</td>", means.count(metric) ? figure_of(means.at(metric)) : "&ndash;");
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

std::string per_class(const Entries& entries) {
  const auto classes = classes_of(entries[0].result);
  if (classes.empty() || classes == std::vector<std::string>{"none"}) return {};
  std::string html = "<div class='charts'><div>" + class_table(entries, "sad", false, "SAD, whole frame") + "</div>";
  if (entries[0].result.frames[0].regions.count("unknown"))
    html += "<div>" + class_table(entries, "mad", true, "MAD x1e3, unknown region") + "</div>";
  return section("By occluder", "Means over the frames in which an occluder of the class appears (several may).",
                 html + "</div>");
}

std::string training(const Entries& entries) {
  std::vector<Series> loss, valid;
  for (const ReportEntry& entry : entries) {
    if (entry.result.model.kind == "untrained") continue;
    Series l{entry.result.model.name, {}}, v = l;
    for (const LogPoint& point : entry.result.training) {
      if (point.loss) l.points.push_back({static_cast<double>(point.step), *point.loss});
      const auto sad = point.valid.find("sad");
      if (sad != point.valid.end()) v.points.push_back({static_cast<double>(point.step), sad->second});
    }
    if (!l.points.empty()) loss.push_back(l);
    if (!v.points.empty()) valid.push_back(v);
  }
  if (loss.empty() && valid.empty()) return {};
  std::string html = "<div class='charts'>";
  for (const Series& series : loss) html += line_chart({"Training loss: " + series.name, "step", "loss"}, {series});
  if (!valid.empty()) html += line_chart({"Validation SAD, whole frame", "step", "SAD"}, valid, true);
  return section("Training",
                 "From the runs' logs. Losses of different kinds have different scales; the validation SAD compares.",
                 html + "</div>");
}

struct UncertainEntry {
  const ModelInfo& model;
  const UncertaintyInfo& info;
};

std::string uncertainty_table(const std::vector<UncertainEntry>& entries) {
  std::string html =
      "<div class='scroll'><table><thead><tr><th>model</th><th>rank correlation</th><th>|error| &le; &sigma;</th>"
      "<th>|error| &le; 2&sigma;</th><th>calibration error</th><th>ENCE</th><th>mean "
      "NLL</th><th>pixels</th></tr></thead><tbody>";
  html += fmt::format(
      "<tr class='reference'><td>Gaussian errors of the predicted &sigma;</td><td></td><td>{:.1f} %</td><td>{:.1f} %</td>"
      "<td>0</td><td>0</td><td></td><td></td></tr>",
      100 * kWithinOne, 100 * kWithinTwo);
  for (const auto& [model, info] : entries) {
    html += fmt::format("<tr><td>{}</td><td>{:.3f}</td>", name_cell(model), info.spearman);
    const Calibration& c = info.calibration;
    html += fmt::format("<td>{:.1f} %</td><td>{:.1f} %</td><td>{:.4f}</td><td>{:.3f}</td><td>{:.3f}</td>", 100 * c.within_one,
                        100 * c.within_two, c.error, c.relative_error, c.nll);
    html += fmt::format("<td>{}</td></tr>", info.pixels);
  }
  return html + "</tbody></table></div>";
}

std::string tenths_table(const UncertainEntry& entry) {
  const auto& calibration = entry.info.calibration;
  std::string html = "<h3>" + name_cell(entry.model) +
                     "</h3><div class='scroll'><table><thead><tr><th>tenth of the pixels</th><th>mean &sigma;</th>"
                     "<th>mean |error|</th><th>RMS &sigma;</th><th>RMS error</th></tr></thead><tbody>";
  for (size_t i = 0; i < entry.info.bins.size(); ++i) {
    const UncertaintyBin& bin = entry.info.bins[i];
    html += fmt::format("<tr><td>{}</td><td>{:.4f}</td><td>{:.4f}</td>", i + 1, bin.uncertainty, bin.error);
    html += fmt::format("<td>{:.4f}</td><td>{:.4f}</td></tr>", calibration.bins[i].deviation, calibration.bins[i].rmse);
  }
  return html + "</tbody></table></div>";
}

std::string error_chart(const std::vector<UncertainEntry>& entries) {
  std::vector<Series> curves;
  for (const auto& [model, info] : entries) {
    curves.push_back({model.name, {}});
    for (const UncertaintyBin& bin : info.bins) curves.back().points.push_back({bin.uncertainty, bin.error});
  }
  return line_chart(
      {"Error against uncertainty, by tenths of the pixels", "mean predicted standard deviation", "mean absolute error"},
      curves, true);
}

std::string calibration_chart(const std::vector<UncertainEntry>& entries) {
  std::vector<Series> curves;
  double most = 0;
  for (const auto& [model, info] : entries) {
    curves.push_back({model.name, {}});
    for (const CalibrationBin& bin : info.calibration.bins) {
      curves.back().points.push_back({bin.deviation, bin.rmse});
      most = std::max(most, bin.deviation);
    }
  }
  if (most == 0) return {};
  curves.push_back({"calibrated", {{0, 0}, {most, most}}});
  return line_chart({"Calibration, by tenths of the pixels", "root mean predicted variance", "root mean square error"}, curves,
                    true);
}

std::string uncertainty(const Entries& entries) {
  std::vector<UncertainEntry> uncertain;
  for (const ReportEntry& entry : entries)
    if (entry.result.uncertainty) uncertain.push_back({entry.result.model, *entry.result.uncertainty});
  if (uncertain.empty()) return {};
  std::string tenths;
  for (const UncertainEntry& entry : uncertain) tenths += "<div>" + tenths_table(entry) + "</div>";
  return section(
      "Does the uncertainty know?",
      "Over pixels, between the predicted standard deviation \u03c3 and the error of alpha. Rank correlation (Spearman): 1 if "
      "the network is least sure exactly where it errs most, 0 if the two have nothing to do with each other. Calibration "
      "error: "
      "mean distance of root mean square error and root mean variance over tenths of the pixels ordered by \u03c3; ENCE: the "
      "same "
      "relative to \u03c3 (Levi et al. 2022).",
      uncertainty_table(uncertain) + "<div class='charts'>" + error_chart(uncertain) + calibration_chart(uncertain) +
          "</div><details><summary>Tenths of the pixels, most certain first</summary><div class='charts'>" + tenths +
          "</div></details>");
}

std::string picture(const ReportEntry& entry, const std::string& path, const char* caption) {
  if (path.empty()) return {};
  return fmt::format("<figure><img alt='{0}' src='data:image/png;base64,{1}'><figcaption>{0}</figcaption></figure>", caption,
                     base64(read_file(entry.folder / path, kMostPicture)));
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string worst_case(const ReportEntry& entry, const Case& worst) {
  const FrameScore& frame = entry.result.frames[worst.frame];
  std::string html = fmt::format(
      "<div class='case'><div class='case-head'><b>{}, frame {}</b><span>{}</span><b>SAD {}</b></div>", escaped(frame.sample),
      frame.frame, escaped(joined(frame.classes)), figure_of(frame.regions.at("whole").at("sad")));
  html += "<div class='pictures'>" + picture(entry, worst.image, "image") + picture(entry, worst.truth, "ground truth") +
          picture(entry, worst.prediction, "prediction") + picture(entry, worst.error, "error") +
          picture(entry, worst.uncertainty, "uncertainty");
  return html + "</div></div>";
}

std::string gallery(const Entries& entries) {
  std::string html;
  for (const ReportEntry& entry : entries) {
    if (entry.result.cases.empty() || entry.result.model.kind == "untrained") continue;
    html += "<h3>" + name_cell(entry.result.model) + "</h3><div class='cases'>";
    for (const Case& worst : entry.result.cases) html += worst_case(entry, worst);
    html += "</div>";
  }
  if (html.empty()) return {};
  return section("Worst cases",
                 "For each model the samples with the highest SAD, each by its worst frame. Error and uncertainty: black is 0, "
                 "white is 0.5 "
                 "and more.",
                 html);
}

std::string sample_table(const ReportEntry& entry, const std::vector<MetricInfo>& metrics) {
  std::string html = fmt::format(
      "<details><summary>{} <span class='kind'>{} frames</span></summary><div class='scroll'><table><thead><tr>"
      "<th>sample</th><th>frame</th><th>occluders</th>",
      escaped(entry.result.model.name), entry.result.frames.size());
  for (const MetricInfo& metric : metrics) html += fmt::format("<th>{}</th>", escaped(metric.title));
  html += "</tr></thead><tbody>";
  for (const FrameScore& frame : entry.result.frames) {
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>", escaped(frame.sample), frame.frame,
                        escaped(joined(frame.classes)));
    for (const MetricInfo& metric : metrics) {
      const Scores& whole = frame.regions.at("whole");
      const auto found = whole.find(metric.name);
      html += found == whole.end() ? "<td>&ndash;</td>" : fmt::format("<td>{}</td>", figure_of(found->second));
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div></details>";
}

std::string samples(const Entries& entries, const std::vector<MetricInfo>& metrics) {
  std::string html;
  for (const ReportEntry& entry : entries) html += sample_table(entry, metrics);
  return section("Every frame", "Values over the whole frame.", html);
}

std::string definitions(const Entries& entries, const std::vector<MetricInfo>& metrics) {
  std::string html = "<dl>";
  for (const MetricInfo& metric : metrics)
    html += fmt::format("<dt>{}</dt><dd>{}</dd>", escaped(metric.title), escaped(metric.about));
  html += "</dl><h3>Models</h3><dl>";
  for (const ReportEntry& entry : entries) {
    const ModelInfo& model = entry.result.model;
    html += fmt::format("<dt>{}</dt><dd>{}{}{}</dd>", escaped(model.name), escaped(model.kind),
                        model.network.empty() ? "" : ", network " + escaped(model.network),
                        model.weights_hash.empty() ? "" : ", weights <code>" + escaped(model.weights_hash) + "</code>");
  }
  return section("Definitions",
                 "Both mattes are rounded to 8 bit; sums are exact. A value is computed per frame and then averaged.",
                 html + "</dl>");
}

}  // namespace

ReportEntry read_report_entry(const fs::path& file) {
  return {result_from_json(read_file(file, kMostResult), file.string()), file.parent_path()};
}

std::string report_html(const Entries& entries) {
  require(!entries.empty(), "a report needs at least one result");
  for (const ReportEntry& entry : entries)
    require(!entry.result.frames.empty(), "{}: the result has no frames", entry.result.model.name);
  const auto metrics = shown_metrics(entries);
  return html_page("Face matting: evaluation",
                   header(entries) + summary(entries, metrics) + baselines(entries) + per_class(entries) + training(entries) +
                       uncertainty(entries) + gallery(entries) + samples(entries, metrics) + definitions(entries, metrics));
}

}  // namespace facemat
