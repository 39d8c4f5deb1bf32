#include "eval/result.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "eval/metrics/metrics.h"
#include "eval/metrics/variants.h"
#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMostLog = uint64_t{256} << 20;  // bytes

Json metric_to(const MetricInfo& m) {
  return {
      {"name", m.name}, {"title", m.title}, {"about", m.about}, {"lower_is_better", m.lower_is_better}, {"variant", m.variant}};
}

MetricInfo metric_from(const Json& json) {
  return {json.at("name"), json.at("title"), json.at("about"), json.at("lower_is_better"), json.at("variant")};
}

Json region_to(const RegionInfo& r) {
  return {{"name", r.name}, {"title", r.title}, {"about", r.about}, {"empty_counts", r.empty_counts}};
}

RegionInfo region_from(const Json& json) {
  return {json.at("name"), json.at("title"), json.at("about"), json.at("empty_counts")};
}

Json model_to(const ModelInfo& m) {
  return {{"name", m.name},
          {"kind", m.kind},
          {"network", m.network},
          {"weights_hash", m.weights_hash},
          {"parameters", m.parameters},
          {"multiply_adds", m.multiply_adds},
          {"settings", m.settings}};
}

ModelInfo model_from(const Json& json) {
  return {json.at("name"),       json.at("kind"),          json.at("network"), json.at("weights_hash"),
          json.at("parameters"), json.at("multiply_adds"), json.at("settings")};
}

Json data_to(const DataInfo& d) {
  return {{"name", d.name},     {"split", d.split},           {"licence", d.licence},        {"samples", d.samples},
          {"frames", d.frames}, {"truth_hash", d.truth_hash}, {"trimap_hash", d.trimap_hash}};
}

DataInfo data_from(const Json& json) {
  return {json.at("name"),   json.at("split"),      json.at("licence"),    json.at("samples"),
          json.at("frames"), json.at("truth_hash"), json.at("trimap_hash")};
}

Json frame_to(const FrameScore& f) {
  const Confusion& c = f.confusion;
  return {{"sample", f.sample},   {"frame", f.frame},   {"classes", f.classes},
          {"regions", f.regions}, {"traits", f.traits}, {"confusion", {c.tp, c.fp, c.fn, c.tn}}};
}

FrameScore frame_from(const Json& json) {
  const Json& c = json.at("confusion");
  const FrameScore frame{json.at("sample"),  json.at("frame"),  json.at("classes"),
                         json.at("regions"), json.at("traits"), {c.at(0), c.at(1), c.at(2), c.at(3)}};
  require(frame.regions.count("whole") && frame.regions.at("whole").count("sad"), "sample {}, frame {} has no SAD",
          frame.sample, frame.frame);
  return frame;
}

Json calibration_to(const Calibration& c) {
  Json bins = Json::array();
  for (const CalibrationBin& bin : c.bins) bins.push_back({{"deviation", bin.deviation}, {"rmse", bin.rmse}});
  return {{"error", c.error},
          {"relative_error", c.relative_error},
          {"within_one", c.within_one},
          {"within_two", c.within_two},
          {"nll", c.nll},
          {"bins", bins}};
}

Calibration calibration_from(const Json& json) {
  Calibration c{json.at("error"), json.at("relative_error"), json.at("within_one"), json.at("within_two"), json.at("nll"), {}};
  for (const Json& bin : json.at("bins")) c.bins.push_back({bin.at("deviation"), bin.at("rmse")});
  return c;
}

Json uncertainty_to(const UncertaintyInfo& u) {
  Json bins = Json::array();
  for (const UncertaintyBin& bin : u.bins) bins.push_back({{"uncertainty", bin.uncertainty}, {"error", bin.error}});
  const Sparsification& s = u.sparsification;
  return {{"spearman", u.spearman},
          {"pixels", u.pixels},
          {"bins", bins},
          {"calibration", calibration_to(u.calibration)},
          {"sparsification", {{"ause", s.ause}, {"by_uncertainty", s.by_uncertainty}, {"by_error", s.by_error}}}};
}

UncertaintyInfo uncertainty_from(const Json& json) {
  const Json& s = json.at("sparsification");
  UncertaintyInfo u{json.at("spearman"),
                    json.at("pixels"),
                    {},
                    calibration_from(json.at("calibration")),
                    {s.at("ause"), s.at("by_uncertainty"), s.at("by_error")}};
  for (const Json& bin : json.at("bins")) u.bins.push_back({bin.at("uncertainty"), bin.at("error")});
  require(u.calibration.bins.size() == u.bins.size(), "{} bins of the calibration and {} of the uncertainty",
          u.calibration.bins.size(), u.bins.size());
  require(u.sparsification.by_uncertainty.size() == u.sparsification.by_error.size(), "curves of different lengths");
  return u;
}

Json ledger_to(const Ledger& ledger) {
  Json bins = Json::array();
  for (const LedgerBin& bin : ledger.bins)
    bins.push_back({{"uncertainty", bin.uncertainty}, {"teacher_error", bin.teacher_error}, {"error", bin.error}});
  return {{"teacher", ledger.teacher}, {"pixels", ledger.pixels}, {"bins", bins}};
}

Ledger ledger_from(const Json& json) {
  Ledger ledger{json.at("teacher"), json.at("pixels"), {}};
  for (const Json& bin : json.at("bins"))
    ledger.bins.push_back({bin.at("uncertainty"), bin.at("teacher_error"), bin.at("error")});
  return ledger;
}

Json speed_to(const Speed& s) {
  return {{"mean_ms", s.mean}, {"p50_ms", s.p50},    {"p99_ms", s.p99},     {"frames", s.frames},
          {"width", s.width},  {"height", s.height}, {"threads", s.threads}};
}

Speed speed_from(const Json& json) {
  return {json.at("mean_ms"), json.at("p50_ms"), json.at("p99_ms"), json.at("frames"),
          json.at("width"),   json.at("height"), json.at("threads")};
}

Json environment_to(const EnvironmentInfo& e) {
  return {{"processor", e.processor}, {"system", e.system},   {"compiler", e.compiler},
          {"libraries", e.libraries}, {"threads", e.threads}, {"peak_memory", e.peak_memory}};
}

EnvironmentInfo environment_from(const Json& json) {
  return {json.at("processor"), json.at("system"),  json.at("compiler"),
          json.at("libraries"), json.at("threads"), json.at("peak_memory")};
}

Json case_to(const Case& c) {
  return {{"kind", c.kind},
          {"frame", c.frame},
          {"image", c.image},
          {"truth", c.truth},
          {"prediction", c.prediction},
          {"error", c.error},
          {"uncertainty", c.uncertainty}};
}

// A picture's path as a result may state it: relative, and not out of the result's folder.
std::string inner_path(const Json& json) {
  const fs::path path = json.get<std::string>();
  require(path.is_relative() && std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; }),
          "picture path '{}' leaves the result's folder", path.string());
  return path.string();
}

Case case_from(const Json& json, size_t frames) {
  const Case c{json.at("kind"),
               json.at("frame"),
               inner_path(json.at("image")),
               inner_path(json.at("truth")),
               inner_path(json.at("prediction")),
               inner_path(json.at("error")),
               inner_path(json.at("uncertainty"))};
  require(c.frame < frames, "a case names frame {} of {}", c.frame, frames);
  return c;
}

Json log_to(const LogPoint& p) {
  Json json = {{"step", p.step}};
  if (p.loss) json["loss"] = *p.loss;
  if (!p.terms.empty()) json["terms"] = p.terms;
  if (!p.valid.empty()) json["valid"] = p.valid;
  return json;
}

LogPoint log_from(const Json& json) {
  LogPoint p;
  p.step = json.at("step");
  if (json.contains("loss")) p.loss = json.at("loss").get<double>();
  p.terms = json.value("terms", Scores{});
  p.valid = json.value("valid", Scores{});
  return p;
}

template <typename Items, typename Convert>
Json list_to(const Items& items, Convert convert) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(convert(item));
  return json;
}

EvaluationResult parse(const Json& json) {
  const int schema = json.at("schema");
  require(schema <= kResultSchema, "schema {} is newer than this program knows ({})", schema, kResultSchema);
  require(schema == kResultSchema, "schema {} is no longer read (allowed: {}): judge again", schema, kResultSchema);
  EvaluationResult r;
  r.version = json.at("version"), r.polarity = json.at("polarity");
  r.model = model_from(json.at("model"));
  r.data = data_from(json.at("data"));
  const Json &baselines = json.at("baselines"), &constant = baselines.at("constant");
  r.constant = {constant.at("value"), constant.at("sad")};
  r.complement_sad = baselines.at("complement_sad");
  for (const Json& metric : json.at("metrics")) r.metrics.push_back(metric_from(metric));
  for (const Json& region : json.at("regions")) r.regions.push_back(region_from(region));
  for (const Json& frame : json.at("frames")) r.frames.push_back(frame_from(frame));
  require(!r.frames.empty(), "the result has no frames");
  r.empty = json.at("empty").get<std::map<std::string, int64_t>>();
  if (json.contains("uncertainty")) r.uncertainty = uncertainty_from(json.at("uncertainty"));
  if (json.contains("ledger")) r.ledger = ledger_from(json.at("ledger"));
  if (json.contains("speed")) r.speed = speed_from(json.at("speed"));
  r.environment = environment_from(json.at("environment"));
  r.warnings = json.at("warnings").get<std::vector<std::string>>();
  for (const Json& c : json.at("cases")) r.cases.push_back(case_from(c, r.frames.size()));
  for (const Json& point : json.at("training")) r.training.push_back(log_from(point));
  return r;
}

}  // namespace

std::vector<MetricInfo> result_metrics() {
  std::vector<MetricInfo> metrics;
  for (const MetricEntry& m : metric_table()) metrics.push_back({m.name, m.title, m.about, m.lower_is_better, false});
  const std::string change =
      "root mean square of the difference between predicted and true change from one frame to the next, whole image";
  metrics.push_back({"dtssd", "dtSSD x1e2", change + "; a clip's first frame has no value", true, false});
  metrics.push_back(
      {"dtssd_rvm", "dtSSD x1e2 (RVM)", change + "; a clip's first frame counts as 0, as in RVM's tables", true, false});
  metrics.push_back(
      {"messddt", "MESSDdt x1e4", "mean absolute change of the squared error along the given flow, whole image", true, false});
  metrics.push_back(
      {"psnr", "PSNR", "of the composite made with the matte against the true composite, in dB, at most 100", false, false});
  metrics.push_back({"ssim", "SSIM", "of the same composites (Wang et al. 2004, luminance, 11x11 window)", false, false});
  for (const MetricEntry& m : variant_table()) metrics.push_back({m.name, m.title, m.about, m.lower_is_better, true});
  return metrics;
}

std::vector<RegionInfo> result_regions() {
  std::vector<RegionInfo> regions;
  for (const RegionEntry& r : region_table()) regions.push_back({r.name, r.title, r.about, r.empty_counts});
  return regions;
}

const std::vector<TraitInfo>& trait_table() {
  static const std::vector<TraitInfo> table = {
      {"face_size", "size of the face (box over frame)"},
      {"softness", "soft share of the visible face"},
      {"covered", "covered share of the face"},
  };
  return table;
}

bool same_data(const EvaluationResult& a, const EvaluationResult& b) {
  return a.data.truth_hash == b.data.truth_hash && a.data.trimap_hash == b.data.trimap_hash;
}

void require_same_data(const std::vector<EvaluationResult>& results) {
  for (const EvaluationResult& result : results) {
    const EvaluationResult& first = results.front();
    require(result.data.truth_hash == first.data.truth_hash,
            "{} was judged on other data than {} (hash of the true mattes): their figures cannot be compared",
            result.model.name, first.model.name);
    require(result.data.trimap_hash == first.data.trimap_hash,
            "{} was judged with other trimaps than {}: their figures cannot be compared", result.model.name, first.model.name);
  }
}

bool in_class(const FrameScore& frame, const std::string& name) {
  if (name.empty()) return true;
  if (name == "none") return frame.classes.empty();
  return std::find(frame.classes.begin(), frame.classes.end(), name) != frame.classes.end();
}

Scores mean_scores(const EvaluationResult& result, const std::string& region, const std::string& occluder_class) {
  Scores sums, counts;
  for (const FrameScore& frame : result.frames) {
    const auto scores = frame.regions.find(region);
    if (scores == frame.regions.end() || !in_class(frame, occluder_class)) continue;
    for (const auto& [name, value] : scores->second) sums[name] += value, counts[name] += 1;
  }
  for (auto& [name, sum] : sums) sum /= counts.at(name);
  return sums;
}

Confusion pooled_confusion(const EvaluationResult& result) {
  Confusion sum;
  for (const FrameScore& frame : result.frames) sum += frame.confusion;
  return sum;
}

std::vector<std::string> classes_of(const EvaluationResult& result) {
  std::set<std::string> names;
  bool bare = false;
  for (const FrameScore& frame : result.frames) {
    names.insert(frame.classes.begin(), frame.classes.end());
    bare |= frame.classes.empty();
  }
  std::vector<std::string> classes(names.begin(), names.end());
  if (bare) classes.insert(classes.begin(), "none");
  return classes;
}

std::string result_to_json(const EvaluationResult& r) {
  Json means = Json::object();
  for (const RegionInfo& region : r.regions)
    if (const Scores scores = mean_scores(r, region.name); !scores.empty()) means[region.name] = scores;
  Json json = {
      {"schema", kResultSchema},
      {"version", r.version},
      {"polarity", r.polarity},
      {"model", model_to(r.model)},
      {"data", data_to(r.data)},
      {"metrics", list_to(r.metrics, metric_to)},
      {"regions", list_to(r.regions, region_to)},
      {"mean", means},
      {"pooled", {{"mean_iou", mean_iou(pooled_confusion(r))}, {"iou", iou(pooled_confusion(r))}}},
      {"empty", r.empty},
      {"baselines",
       {{"constant", {{"value", r.constant.value}, {"sad", r.constant.sad}}}, {"complement_sad", r.complement_sad}}},
      {"environment", environment_to(r.environment)},
      {"warnings", r.warnings},
      {"frames", list_to(r.frames, frame_to)},
      {"cases", list_to(r.cases, case_to)},
      {"training", list_to(r.training, log_to)},
  };
  if (r.uncertainty) json["uncertainty"] = uncertainty_to(*r.uncertainty);
  if (r.ledger) json["ledger"] = ledger_to(*r.ledger);
  if (r.speed) json["speed"] = speed_to(*r.speed);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

EvaluationResult result_from_json(const std::string& text, const std::string& where) {
  try {
    return parse(Json::parse(text));
  } catch (const std::exception& error) {
    fail("{}: no result of facemat-eval: {}", where, error.what());
  }
}

std::vector<LogPoint> read_training_log(const fs::path& file) {
  const std::string text = read_file(file, kMostLog);
  std::vector<LogPoint> points;
  int number = 0;
  for (size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    ++number;
    try {
      const LogPoint point = log_from(Json::parse(text.substr(begin, end - begin)));
      if (point.loss || !point.valid.empty()) points.push_back(point);
    } catch (const std::exception& error) {
      fail("{}:{}: no line of a training log: {}", file.string(), number, error.what());
    }
  }
  return points;
}

}  // namespace facemat
