// Every frame's values as one block of JSON; the script makes rows of it when they are looked at.

#include <fmt/format.h>

#include "eval/page/html.h"
#include "eval/report/pieces.h"
#include "src/core/json.h"
#include "src/core/text.h"

namespace facemat {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostValues = 1'000'000;  // about eight bytes each

// Four significant digits are what a reader compares.
double rounded(double value) { return read_number<double>(fmt::format("{:.4g}", value)).value_or(value); }

struct Shown {
  std::vector<RegionInfo> regions;
  std::vector<MetricInfo> metrics;
  bool whole = true;  // nothing was left out
};

// Fewer regions, then fewer metrics, until the values are few enough.
Shown shown_values(const ReportData& data) {
  Shown shown{regions_with_values(data), metrics_with_values(data), true};
  const size_t rows = data.results.size() * data.results[0].frames.size();
  while (rows * shown.regions.size() * shown.metrics.size() > kMostValues && shown.metrics.size() > 1) {
    shown.whole = false;
    if (shown.regions.size() > 1)
      shown.regions.pop_back();
    else
      shown.metrics.pop_back();
  }
  return shown;
}

Json values_of(const FrameScore& frame, const std::string& region, const std::vector<MetricInfo>& metrics) {
  Json values = Json::array();
  const auto scores = frame.regions.find(region);
  for (const MetricInfo& metric : metrics) {
    const bool known = scores != frame.regions.end() && scores->second.count(metric.name);
    values.push_back(known ? Json(rounded(scores->second.at(metric.name))) : Json());
  }
  return values;
}

Json model_json(const EvaluationResult& result, const Shown& shown) {
  Json values = Json::object();
  for (const RegionInfo& region : shown.regions) {
    Json rows = Json::array();
    for (const FrameScore& frame : result.frames) rows.push_back(values_of(frame, region.name, shown.metrics));
    values[region.name] = rows;
  }
  return {{"name", result.model.name}, {"values", values}};
}

Json frames_json(const ReportData& data, const Shown& shown) {
  Json json = {{"metrics", Json::array()}, {"regions", Json::array()}, {"frames", Json::array()}, {"models", Json::array()}};
  for (const MetricInfo& m : shown.metrics)
    json["metrics"].push_back({{"name", m.name}, {"title", m.title}, {"lower", m.lower_is_better}});
  for (const RegionInfo& r : shown.regions) json["regions"].push_back({{"name", r.name}, {"title", r.title}});
  for (const FrameScore& f : data.results[0].frames) json["frames"].push_back({f.sample, f.frame, joined(f.classes)});
  for (const EvaluationResult& result : data.results) json["models"].push_back(model_json(result, shown));
  return json;
}

}  // namespace

Section frames_section(const ReportData& data) {
  const Shown shown = shown_values(data);
  const std::string json = json_text(frames_json(data, shown));
  std::string body =
      "<noscript><p class='note'>This table is made by a script, which this browser does not run. The values of "
      "all frames are in the result files.</p></noscript>";
  for (size_t i = 0; i < data.results.size(); ++i)
    body += fmt::format(
        "<details class='frames' data-model='{}'><summary>{} <span class='quiet'>{} frames</span></summary>"
        "<div class='frames-place'></div></details>",
        i, model_name(data, i), grouped(static_cast<int64_t>(data.results[i].frames.size())));
  if (!shown.whole) body += "<p class='note'>Some regions or metrics are left out to keep this page small.</p>";
  body += "<script type=\"application/json\" id=\"frame-values\">" + json_for_script(json) + "</script>";
  return {"frames", "Every frame",
          "Sortable by any column. The filter takes words of sample and occluders, and conditions such as sad>5 or iou<0.9.",
          body};
}

}  // namespace facemat
