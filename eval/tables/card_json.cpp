#include "eval/tables/card_json.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "eval/tables/tables.h"
#include "src/core/json.h"

namespace facemat {
namespace {

using Json = nlohmann::ordered_json;  // null: unknown

constexpr int kCardSchema = 2;
constexpr size_t kWeakClasses = 3;  // of the occluders; of every trait the worst third

const std::vector<std::string>& common_uses() {
  static const std::vector<std::string> uses = {
      "mattes of the visible face in pictures and videos: compositing, filters and effects that must not paint over what "
      "covers the face",
  };
  return uses;
}

const std::vector<std::string>& common_limits() {
  static const std::vector<std::string> limits = {
      "it says where a face is visible, not whose: it is no means to recognise, verify or classify people",
      "the figures below hold for the data they were measured on; faces, occluders, cameras and light that differ from it "
      "may do worse, and groups of people that the data does not name were not judged",
      "one face in the frame is what it was judged on, unless the data says otherwise",
  };
  return limits;
}

Json known(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json known(double number) { return number > 0 && std::isfinite(number) ? Json(number) : Json(); }
Json known(int64_t number) { return number > 0 ? Json(number) : Json(); }
Json finite(double number) { return std::isfinite(number) ? Json(number) : Json(); }

// --- facts

Json model_json(const ModelInfo& model, const CardFacts& facts) {
  return {{"name", facts.name.empty() ? model.name : facts.name},
          {"summary", known(facts.summary)},
          {"kind", known(model.kind)},
          {"network", known(model.network)},
          {"parameters", known(model.parameters)},
          {"weights_hash", known(model.weights_hash)},
          {"licence", known(facts.licence)},
          {"contact", known(facts.contact)}};
}

// From the run's log, where a result has it.
Json last_step(const std::vector<EvaluationResult>& results) {
  int64_t step = 0;
  for (const EvaluationResult& result : results)
    for (const LogPoint& point : result.training) step = std::max(step, point.step);
  return known(step);
}

Json training_json(const std::vector<EvaluationResult>& results, const CardFacts& facts, const CardOptions& options) {
  Json settings = Json::object();
  for (const NamedFact& fact : facts.training) settings[fact.name] = fact.value;
  std::string licence = facts.training_licence;
  if (licence.empty() && options.contract) licence = options.contract->data_licence;
  return {{"how", known(facts.trained)},    {"steps", last_step(results)},
          {"settings", settings},           {"data", known(facts.training_data)},
          {"data_licence", known(licence)}, {"size", options.contract ? known(int64_t{options.contract->train_size}) : Json()}};
}

Json contract_json(const std::string& polarity, const std::optional<ModelContract>& contract) {
  Json json = {{"polarity", polarity}};
  if (!contract) return json;
  json["version"] = contract->version;
  json["image_input"] = contract->image_input;
  json["colour_order"] = contract->colour_order;
  json["range"] = {contract->range_low, contract->range_high};
  json["size_multiple"] = contract->size_multiple;
  json["alpha_output"] = contract->alpha_output;
  json["uncertainty_output"] = known(contract->uncertainty_output);
  json["states"] = contract->states.size();
  json["guides"] = Json::array();
  for (const ModelGuide& guide : contract->guides) json["guides"].push_back({{"name", guide.name}, {"input", guide.input}});
  return json;
}

// --- figures

Json interval_json(const Interval& interval) {
  return {{"mean", interval.mean}, {"low", finite(interval.low)}, {"high", finite(interval.high)}};
}

Json metrics_json(const EvaluationResult& result, Bootstrap& bootstrap) {
  Json list = Json::array();
  for (const RegionInfo& region : result.regions)
    for (const MetricInfo& metric : result.metrics) {
      const std::vector<Cluster> clusters = clusters_of(result, region.name, metric.name);
      if (metric.variant || clusters.empty()) continue;
      Json entry = {{"region", region.name},
                    {"region_title", region.title},
                    {"metric", metric.name},
                    {"title", metric.title},
                    {"lower_is_better", metric.lower_is_better}};
      entry.update(interval_json(bootstrap.mean(clusters)));
      list.push_back(entry);
    }
  return list;
}

// Rows of the table of slices by whole-frame SAD: cut, slice, frames, mean.
struct Weakness {
  std::string cut, slice;
  double frames = 0;
  Interval sad;
};

std::vector<Weakness> weaknesses_of(const EvaluationResult& result, const BootstrapOptions& options) {
  std::vector<Weakness> slices;
  for (const Table& table : slice_tables({result}, options)) {
    if (table.name != "slices_whole_sad") continue;
    for (const std::vector<Cell>& row : table.rows)
      if (row.size() == 4 && row[2].number && row[3].number)
        slices.push_back({row[0].text, row[1].text, *row[2].number,
                          row[3].interval.value_or(Interval{*row[3].number, -INFINITY, INFINITY})});
  }
  return slices;
}

// The worst classes of occluders, and of each trait the worst third, as far as they are worse than the whole.
Json weak_json(const EvaluationResult& result, const BootstrapOptions& options) {
  const double whole = mean_scores(result, "whole").at("sad");
  std::vector<Weakness> slices = weaknesses_of(result, options);
  std::stable_sort(slices.begin(), slices.end(), [](const Weakness& a, const Weakness& b) { return a.sad.mean > b.sad.mean; });
  std::map<std::string, size_t> taken;
  Json list = Json::array();
  for (const Weakness& slice : slices) {
    if (slice.sad.mean <= whole || taken[slice.cut] >= (slice.cut == "occluder" ? kWeakClasses : 1)) continue;
    ++taken[slice.cut];
    Json entry = {
        {"cut", slice.cut}, {"slice", slice.slice}, {"frames", static_cast<int64_t>(slice.frames)}, {"metric", "sad"}};
    entry.update(interval_json(slice.sad));
    entry["over_whole"] = whole > 0 ? Json(slice.sad.mean / whole) : Json();
    list.push_back(entry);
  }
  return list;
}

Json speed_json(const EvaluationResult& result) {
  if (!result.speed) return {};
  const Speed& s = *result.speed;
  return {{"mean_ms", s.mean_ms},
          {"p50_ms", s.p50_ms},
          {"p99_ms", s.p99_ms},
          {"frames", s.frames},
          {"width", s.width},
          {"height", s.height},
          {"threads", known(int64_t{s.threads})},
          {"multiply_adds", known(result.model.multiply_adds)}};
}

Json uncertainty_json(const EvaluationResult& result) {
  if (!result.uncertainty) return {};
  const UncertaintyInfo& u = *result.uncertainty;
  return {{"pixels", u.pixels},
          {"spearman", u.spearman},
          {"ause", u.sparsification.ause},
          {"calibration_error", u.calibration.error},
          {"ence", u.calibration.relative_error},
          {"within_one", u.calibration.within_one},
          {"within_two", u.calibration.within_two},
          {"nll", u.calibration.nll}};
}

Json data_json(const DataInfo& data) {
  return {{"name", known(data.name)},
          {"split", known(data.split)},
          {"licence", known(data.licence)},
          {"samples", data.samples},
          {"frames", data.frames},
          {"truth_hash", known(data.truth_hash)},
          {"trimap_hash", known(data.trimap_hash)}};
}

Json environment_json(const EnvironmentInfo& e) {
  return {{"processor", known(e.processor)},      {"system", known(e.system)},
          {"compiler", known(e.compiler)},        {"libraries", known(e.libraries)},
          {"threads", known(int64_t{e.threads})}, {"peak_memory", known(static_cast<int64_t>(e.peak_memory))}};
}

Json evaluation_json(const EvaluationResult& result, const CardOptions& options, Bootstrap& bootstrap) {
  return {{"data", data_json(result.data)},
          {"toolkit", known(result.version)},
          {"kind", known(result.model.kind)},
          {"settings", known(result.model.settings)},
          {"given", result.model.given},
          {"metrics", metrics_json(result, bootstrap)},
          {"pooled_mean_iou", mean_iou(pooled_confusion(result))},
          {"constant_matte_sad", result.constant.sad},
          {"weak_spots", weak_json(result, options.bootstrap)},
          {"speed", speed_json(result)},
          {"uncertainty", uncertainty_json(result)},
          {"environment", environment_json(result.environment)},
          {"warnings", result.warnings}};
}

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

// Also what results of this one model cannot all show.
Json card_json(const std::vector<EvaluationResult>& results, const CardFacts& facts, const CardOptions& options) {
  Bootstrap bootstrap(options.bootstrap);
  Json evaluations = Json::array();
  std::vector<std::string> limits = common_limits();
  bool uncertain = false, moving = false;
  for (const EvaluationResult& result : results) {
    evaluations.push_back(evaluation_json(result, options, bootstrap));
    uncertain |= result.uncertainty.has_value();
    moving |= result.data.frames > result.data.samples;
  }
  if (!uncertain) limits.emplace_back("it states no uncertainty that was judged");
  if (!moving) limits.emplace_back("it was judged on single pictures only: how steady its mattes are in video is unknown");
  return {{"schema", kCardSchema},
          {"confidence", options.bootstrap.confidence},
          {"model", model_json(results[0].model, facts)},
          {"training", training_json(results, facts, options)},
          {"contract", contract_json(results[0].polarity, options.contract)},
          {"intended_use", joined(common_uses(), facts.intended_use)},
          {"limits", joined(limits, facts.limits)},
          {"evaluations", evaluations}};
}

}  // namespace facemat
