#include <algorithm>

#include "eval/results/result.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/json.h"

namespace facemat {

using Json = nlohmann::json;

// Keys are the fields' names.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MetricInfo, name, title, about, lower_is_better, variant)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RegionInfo, name, title, about, empty_counts)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DataInfo, name, split, licence, samples, frames, truth_hash, trimap_hash)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UncertaintyBin, uncertainty, error)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CalibrationBin, deviation, rmse)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Calibration, error, relative_error, within_one, within_two, nll, bins)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Sparsification, ause, by_uncertainty, by_error)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UncertaintyInfo, spearman, pixels, bins, calibration, sparsification)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LedgerBin, uncertainty, teacher_error, error)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Ledger, teacher, pixels, bins)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Speed, mean_ms, p50_ms, p99_ms, frames, width, height, threads)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EnvironmentInfo, processor, system, compiler, libraries, threads, peak_memory)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ConstantMatte, value, sad)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Case, kind, frame, image, truth, prediction, error, uncertainty)

// Results from before systems were given more than frames do not state what theirs was given.
inline void to_json(Json& json, const ModelInfo& m) {
  json = {{"name", m.name},
          {"kind", m.kind},
          {"network", m.network},
          {"weights_hash", m.weights_hash},
          {"parameters", m.parameters},
          {"multiply_adds", m.multiply_adds},
          {"settings", m.settings}};
  if (!m.given.empty()) json["given"] = m.given;
}
inline void from_json(const Json& json, ModelInfo& m) {
  json.at("name").get_to(m.name), json.at("kind").get_to(m.kind), json.at("network").get_to(m.network);
  json.at("weights_hash").get_to(m.weights_hash), json.at("parameters").get_to(m.parameters);
  json.at("multiply_adds").get_to(m.multiply_adds), json.at("settings").get_to(m.settings);
  if (json.contains("given")) json.at("given").get_to(m.given);
}

inline void to_json(Json& json, const Confusion& c) { json = {c.tp, c.fp, c.fn, c.tn}; }
inline void from_json(const Json& json, Confusion& c) { c = Confusion{json.at(0), json.at(1), json.at(2), json.at(3)}; }
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FrameScore, sample, frame, classes, regions, traits, confusion)

namespace {

constexpr uint64_t kMostLog = uint64_t{256} << 20;   // bytes
constexpr uint64_t kMostValues = uint64_t{1} << 26;  // of a result: about 200 for each frame

// Visits of the functions below. Keys of what may be unknown are left out where it is.
struct Writer {
  Json& json;
  template <typename T>
  void operator()(const char* key, const T& value) const {
    json[key] = value;
  }
  template <typename T>
  void operator()(const char* key, const std::optional<T>& value) const {
    if (value) json[key] = *value;
  }
  void operator()(const char* key, const Scores& value) const {
    if (!value.empty()) json[key] = value;
  }
};

struct Reader {
  const Json& json;
  template <typename T>
  void operator()(const char* key, T& value) const {
    json.at(key).get_to(value);
  }
  template <typename T>
  void operator()(const char* key, std::optional<T>& value) const {
    if (json.contains(key)) json.at(key).get_to(value.emplace());
  }
  void operator()(const char* key, Scores& value) const {
    if (json.contains(key)) json.at(key).get_to(value);
  }
};

template <typename Visit, typename Point>
void log_keys(const Visit& visit, Point& p) {
  visit("step", p.step), visit("loss", p.loss), visit("terms", p.terms), visit("valid", p.valid);
}

template <typename Visit, typename Result>
void baseline_keys(const Visit& visit, Result& r) {
  visit("constant", r.constant), visit("complement_sad", r.complement_sad);
}

template <typename Visit, typename Result>
void result_keys(const Visit& visit, Result& r) {
  visit("version", r.version), visit("polarity", r.polarity), visit("model", r.model), visit("data", r.data);
  visit("metrics", r.metrics), visit("regions", r.regions), visit("frames", r.frames), visit("empty", r.empty);
  visit("uncertainty", r.uncertainty), visit("ledger", r.ledger), visit("speed", r.speed);
  visit("environment", r.environment), visit("warnings", r.warnings), visit("cases", r.cases), visit("training", r.training);
}

}  // namespace

inline void to_json(Json& json, const LogPoint& p) { log_keys(Writer{json}, p); }
inline void from_json(const Json& json, LogPoint& p) { log_keys(Reader{json}, p); }

namespace {

// A picture's path as a result may state it: relative, and not out of the result's folder.
void check_path(const fs::path& path) {
  require(!leads_out(path), "picture path '{}' leaves the result's folder", path.string());
}

void check(const UncertaintyInfo& u) {
  require(u.calibration.bins.size() == u.bins.size(), "{} bins of the calibration and {} of the uncertainty",
          u.calibration.bins.size(), u.bins.size());
  require(u.sparsification.by_uncertainty.size() == u.sparsification.by_error.size(), "curves of different lengths");
}

// Pixels of a frame, which are summed.
void check(const Confusion& c) {
  constexpr int64_t kMost = 10'000'000'000;
  for (const int64_t pixels : {c.tp, c.fp, c.fn, c.tn})
    require(pixels >= 0 && pixels <= kMost, "{} pixels (allowed: 0 to {})", pixels, kMost);
}

void check(const EvaluationResult& r) {
  for (const FrameScore& frame : r.frames) {
    require(frame.regions.count("whole") && frame.regions.at("whole").count("sad"), "sample {}, frame {} has no SAD",
            frame.sample, frame.frame);
    check(frame.confusion);
  }
  require(!r.frames.empty(), "the result has no frames");
  if (r.uncertainty) check(*r.uncertainty);
  for (const Case& c : r.cases) {
    for (const std::string& path : {c.image, c.truth, c.prediction, c.error, c.uncertainty}) check_path(path);
    require(c.frame < r.frames.size(), "a case names frame {} of {}", c.frame, r.frames.size());
  }
}

EvaluationResult parse(const Json& json) {
  const int schema = json.at("schema");
  require(schema <= kResultSchema, "schema {} is newer than this program knows ({})", schema, kResultSchema);
  require(schema == kResultSchema, "schema {} is no longer read (allowed: {}): judge again", schema, kResultSchema);
  EvaluationResult r;
  result_keys(Reader{json}, r);
  baseline_keys(Reader{json.at("baselines")}, r);
  check(r);
  return r;
}

}  // namespace

std::string result_to_json(const EvaluationResult& r) {
  Json means = Json::object(), baselines;
  for (const RegionInfo& region : r.regions)
    if (const Scores scores = mean_scores(r, region.name); !scores.empty()) means[region.name] = scores;
  baseline_keys(Writer{baselines}, r);
  Json json = {{"schema", kResultSchema},
               {"mean", means},
               {"pooled", {{"mean_iou", mean_iou(pooled_confusion(r))}, {"iou", iou(pooled_confusion(r))}}},
               {"baselines", baselines}};
  result_keys(Writer{json}, r);
  return json_text(json, 1) + "\n";
}

EvaluationResult result_from_json(const std::string& text, const std::string& where) {
  try {
    return parse(parse_json(text, kMostValues));
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
      const auto point = parse_json(std::string_view(text).substr(begin, end - begin)).get<LogPoint>();
      if (point.loss || !point.valid.empty()) points.push_back(point);
    } catch (const std::exception& error) {
      fail("{}:{}: no line of a training log: {}", file.string(), number, error.what());
    }
  }
  return points;
}

}  // namespace facemat
