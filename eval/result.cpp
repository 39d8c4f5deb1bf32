#include "eval/result.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "eval/metrics/metrics.h"
#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMostLog = uint64_t{256} << 20;  // bytes

Json metric_to(const MetricInfo& m) {
  return {{"name", m.name}, {"title", m.title}, {"about", m.about}, {"lower_is_better", m.lower_is_better}};
}

MetricInfo metric_from(const Json& json) {
  return {json.at("name"), json.at("title"), json.at("about"), json.at("lower_is_better")};
}

Json frame_to(const FrameScore& f) {
  return {{"sample", f.sample}, {"frame", f.frame}, {"classes", f.classes}, {"whole", f.whole}, {"unknown", f.unknown}};
}

FrameScore frame_from(const Json& json) {
  return {json.at("sample"), json.at("frame"), json.at("classes"), json.at("whole"), json.at("unknown")};
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
  Json json = {{"spearman", u.spearman}, {"pixels", u.pixels}, {"bins", bins}};
  if (u.calibration) json["calibration"] = calibration_to(*u.calibration);
  return json;
}

UncertaintyInfo uncertainty_from(const Json& json) {
  UncertaintyInfo u{json.at("spearman"), json.at("pixels"), {}, {}};
  for (const Json& bin : json.at("bins")) u.bins.push_back({bin.at("uncertainty"), bin.at("error")});
  if (!json.contains("calibration")) return u;
  u.calibration = calibration_from(json.at("calibration"));
  require(u.calibration->bins.size() == u.bins.size(), "{} bins of the calibration and {} of the uncertainty",
          u.calibration->bins.size(), u.bins.size());
  return u;
}

Json worst_to(const WorstCase& w) {
  return {{"frame", w.frame},           {"image", w.image}, {"truth", w.truth},
          {"prediction", w.prediction}, {"error", w.error}, {"uncertainty", w.uncertainty}};
}

// A picture's path as a result may state it: relative, and not out of the result's folder.
std::string inner_path(const Json& json) {
  const fs::path path = json.get<std::string>();
  require(path.is_relative() && std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; }),
          "picture path '{}' leaves the result's folder", path.string());
  return path.string();
}

WorstCase worst_from(const Json& json, size_t frames) {
  const WorstCase w{json.at("frame"),
                    inner_path(json.at("image")),
                    inner_path(json.at("truth")),
                    inner_path(json.at("prediction")),
                    inner_path(json.at("error")),
                    inner_path(json.at("uncertainty"))};
  require(w.frame < frames, "a worst case names frame {} of {}", w.frame, frames);
  return w;
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
  EvaluationResult r;
  r.version = json.at("version"), r.polarity = json.at("polarity");
  const Json &model = json.at("model"), &data = json.at("data"), &constant = json.at("baselines").at("constant");
  r.model = {model.at("name"), model.at("kind"), model.at("network"), model.at("weights_hash")};
  r.data = {data.at("name"),    data.at("split"),  data.at("licence"),
            data.at("samples"), data.at("frames"), data.value("truth_hash", std::string())};
  r.constant = {constant.at("value"), constant.at("sad")};
  for (const Json& metric : json.at("metrics")) r.metrics.push_back(metric_from(metric));
  for (const Json& frame : json.at("frames")) r.frames.push_back(frame_from(frame));
  r.empty_unknown = json.at("empty_unknown");
  if (json.contains("uncertainty")) r.uncertainty = uncertainty_from(json.at("uncertainty"));
  for (const Json& worst : json.at("worst")) r.worst.push_back(worst_from(worst, r.frames.size()));
  for (const Json& point : json.at("training")) r.training.push_back(log_from(point));
  return r;
}

bool in_class(const FrameScore& frame, const std::string& name) {
  if (name.empty()) return true;
  if (name == "none") return frame.classes.empty();
  return std::find(frame.classes.begin(), frame.classes.end(), name) != frame.classes.end();
}

}  // namespace

std::vector<MetricInfo> result_metrics() {
  std::vector<MetricInfo> metrics;
  for (const MetricEntry& m : metric_table()) metrics.push_back({m.name, m.title, m.about, m.lower_is_better});
  const std::string change =
      "root mean square of the difference between predicted and true change from one frame to the next, whole image";
  metrics.push_back({"dtssd", "dtSSD x1e2", change + "; a clip's first frame has no value", true});
  metrics.push_back({"dtssd_rvm", "dtSSD x1e2 (RVM)", change + "; a clip's first frame counts as 0, as in RVM's tables", true});
  return metrics;
}

bool same_data(const EvaluationResult& a, const EvaluationResult& b) {
  if (!a.data.truth_hash.empty() && !b.data.truth_hash.empty()) return a.data.truth_hash == b.data.truth_hash;
  return a.data.name == b.data.name && a.data.split == b.data.split && a.data.frames == b.data.frames &&
         a.constant.sad == b.constant.sad;
}

Scores mean_scores(const EvaluationResult& result, bool unknown, const std::string& occluder_class) {
  Scores sums, counts;
  for (const FrameScore& frame : result.frames) {
    if (!in_class(frame, occluder_class)) continue;
    for (const auto& [name, value] : unknown ? frame.unknown : frame.whole) sums[name] += value, counts[name] += 1;
  }
  for (auto& [name, sum] : sums) sum /= counts.at(name);
  return sums;
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
  Json json = {
      {"schema", kResultSchema},
      {"version", r.version},
      {"polarity", r.polarity},
      {"regions", {{"whole", "every pixel"}, {"unknown", "pixels where the trimap is 128"}}},
      {"model",
       {{"name", r.model.name}, {"kind", r.model.kind}, {"network", r.model.network}, {"weights_hash", r.model.weights_hash}}},
      {"data",
       {{"name", r.data.name},
        {"split", r.data.split},
        {"licence", r.data.licence},
        {"samples", r.data.samples},
        {"frames", r.data.frames},
        {"truth_hash", r.data.truth_hash}}},
      {"metrics", list_to(r.metrics, metric_to)},
      {"mean", {{"whole", mean_scores(r, false)}, {"unknown", mean_scores(r, true)}}},
      {"empty_unknown", r.empty_unknown},
      {"baselines", {{"constant", {{"value", r.constant.value}, {"sad", r.constant.sad}}}}},
      {"frames", list_to(r.frames, frame_to)},
      {"worst", list_to(r.worst, worst_to)},
      {"training", list_to(r.training, log_to)},
  };
  if (r.uncertainty) json["uncertainty"] = uncertainty_to(*r.uncertainty);
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
