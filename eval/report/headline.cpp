// The head of the page: which models, on what data, what to beware of.

#include <fmt/format.h>

#include <map>

#include "eval/page/charts.h"
#include "eval/page/html.h"
#include "eval/report/pieces.h"

namespace facemat {
namespace {

constexpr const char* kUnknown = "<span class='quiet'>unknown</span>";

std::string known(const std::string& text) { return text.empty() ? kUnknown : escaped(text); }
std::string code(const std::string& text) { return text.empty() ? "" : "<code>" + escaped(text) + "</code>"; }

std::string figure_of(const ReportData& data, size_t model, const std::string& region, const char* title) {
  const std::optional<Interval> mean = mean_of(data, model, region, "sad");
  if (!mean) return {};
  const int decimals = mean->mean >= 100 ? 1 : mean->mean >= 10 ? 2 : 3;
  const std::string bounds = interval_text(*mean, decimals);
  return fmt::format("<div class='figure'><span>{}</span><b>{:.{}f}</b><small>{}</small></div>", title, mean->mean, decimals,
                     bounds.empty() ? "no interval" : bounds);
}

std::string model_card(const ReportData& data, size_t model) {
  const ModelInfo& info = data.results[model].model;
  std::string html = "<article class='model-card'><h2>" + model_name(data, model) + "</h2><div class='figures'>";
  html += figure_of(data, model, "whole", "SAD, whole frame") + figure_of(data, model, "unknown", "SAD, unknown region");
  html += "</div>" + facts({{"network", escaped(info.network)},
                            {"parameters", info.parameters > 0 ? grouped(info.parameters) : ""},
                            {"weights", code(info.weights_hash)},
                            {"given", escaped(given_text(info))},
                            {"settings", escaped(info.settings)}});
  return html + "</article>";
}

std::string data_facts(const ReportData& data) {
  const EvaluationResult& first = data.results[0];
  std::vector<std::string> regions;
  for (const RegionInfo& region : regions_with_values(data)) regions.push_back(region.title);
  return facts({{"data", known(first.data.name)},
                {"split", escaped(first.data.split)},
                {"samples", grouped(first.data.samples)},
                {"frames", grouped(first.data.frames)},
                {"polarity", first.polarity == "visible_face" ? "<code>visible_face</code>: alpha 1 = visible face"
                                                              : escaped(first.polarity)},
                {"licence of the data", known(first.data.licence)},
                {"regions", escaped(joined(regions))},
                {"hash of the true mattes", code(first.data.truth_hash)},
                {"hash of the trimaps", code(first.data.trimap_hash)},
                {"toolkit", escaped(first.version)}});
}

// Warning -> models that it is said of.
std::map<std::string, std::vector<std::string>> warnings_of(const ReportData& data) {
  std::map<std::string, std::vector<std::string>> warnings;
  for (const EvaluationResult& result : data.results) {
    for (const std::string& warning : result.warnings) warnings[warning].push_back(result.model.name);
    if (seems_inverted(result))
      warnings["1 - alpha is nearer to the truth than alpha: the polarity may be wrong"].push_back(result.model.name);
    for (const auto& [region, count] : result.empty)
      if (region == "unknown" && &result == &data.results[0])
        warnings[fmt::format("{} of {} frames have no unknown pixel; they count as perfect in the unknown region", count,
                             result.frames.size())] = {};
  }
  return warnings;
}

std::string warning_box(const ReportData& data) {
  const auto warnings = warnings_of(data);
  if (warnings.empty()) return {};
  std::string html = "<div class='warn' role='note'><h2>Beware</h2><ul>";
  for (const auto& [text, models] : warnings)
    html += fmt::format("<li>{}{}</li>", escaped(text),
                        models.empty() || data.results.size() == 1 ? "" : " (" + escaped(joined(models)) + ")");
  return html + "</ul></div>";
}

}  // namespace

std::string headline(const ReportData& data) {
  const EvaluationResult& first = data.results[0];
  const std::string where = first.data.split.empty() ? first.data.name : first.data.name + ", split " + first.data.split;
  std::string html = "<header id='top'><h1>" + escaped(data.options.title) + "</h1>";
  html += fmt::format("<p class='lead'>{} on {}: {} samples, {} frames</p>",
                      data.results.size() == 1 ? escaped(first.model.name) : fmt::format("{} models", data.results.size()),
                      escaped(where.empty() ? "data without a name" : where), grouped(first.data.samples),
                      grouped(first.data.frames));
  html += warning_box(data) + "<div class='model-cards'>";
  for (size_t i = 0; i < data.results.size(); ++i) html += model_card(data, i);
  return html + "</div>" + data_facts(data) + "</header>\n";
}

}  // namespace facemat
