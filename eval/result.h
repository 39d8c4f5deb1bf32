#pragma once
// What an evaluation found, and its file: RESULT.json. The file says what was judged, on which data, in which polarity, by
// which definitions, so that it can be read years later without this code.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eval/baseline.h"
#include "eval/uncertainty.h"

namespace facemat {

namespace fs = std::filesystem;

inline constexpr int kResultSchema = 1;  // rises when a key changes its meaning; new keys are optional

using Scores = std::map<std::string, double>;  // metric name -> value in the scale its title prints

struct MetricInfo {
  std::string name, title, about;
  bool lower_is_better = true;
};

// All metrics a result can hold: the metric table, and the two that need successive frames (dtssd, dtssd_rvm).
std::vector<MetricInfo> result_metrics();

struct ModelInfo {
  std::string name;          // as reports print it
  std::string kind;          // "checkpoint", "untrained", "onnx" or "mattes" (a folder of pictures)
  std::string network;       // name in the model table; may be empty
  std::string weights_hash;  // may be empty
};

struct DataInfo {
  std::string name, split, licence;
  int64_t samples = 0, frames = 0;
  std::string truth_hash;  // of the true mattes in order, rounded to 8 bit; empty in older files
};

// One judged frame. `unknown` is empty when there is no trimap.
struct FrameScore {
  std::string sample;  // "000012"
  int frame = 0;
  std::vector<std::string> classes;  // of the occluders; empty: nothing covers the face
  Scores whole, unknown;
};

// One of the worst frames: pictures beside the result file, paths relative to it. Empty: there is no such picture.
struct WorstCase {
  size_t frame = 0;  // index into frames
  std::string image, truth, prediction, error, uncertainty;
};

// One line of a run's log.jsonl.
struct LogPoint {
  int64_t step = 0;
  std::optional<double> loss;
  Scores terms, valid;
};

struct EvaluationResult {
  std::string version;                    // of the toolkit
  std::string polarity = "visible_face";  // of the alpha that was judged
  ModelInfo model;
  DataInfo data;
  std::vector<MetricInfo> metrics;
  std::vector<FrameScore> frames;
  int64_t empty_unknown = 0;  // frames whose trimap has no unknown pixel; they count as perfect there
  ConstantMatte constant;
  std::optional<UncertaintyInfo> uncertainty;
  std::vector<WorstCase> worst;
  std::vector<LogPoint> training;  // of the run the model came from; may be empty
};

// Whether two results judge the same frames, so that their figures can be compared: equal hashes of the truth; where a file has
// none, equal names, counts and baselines.
bool same_data(const EvaluationResult& a, const EvaluationResult& b);

// Means over the frames that have a value; `unknown` picks the region. `occluder_class` narrows to frames with an occluder of
// that class ("none": without occluders); empty: all.
Scores mean_scores(const EvaluationResult& result, bool unknown, const std::string& occluder_class = {});

// Classes of the frames' occluders, sorted; "none" first if there are frames without.
std::vector<std::string> classes_of(const EvaluationResult& result);

std::string result_to_json(const EvaluationResult& result);
// Throws Error, prefixed by `where`: malformed, a missing key, a newer schema, a path that leaves the result's folder.
EvaluationResult result_from_json(const std::string& json, const std::string& where);

// Lines of a run's log.jsonl; lines that are neither a loss nor a validation are skipped. Throws Error naming a malformed line.
std::vector<LogPoint> read_training_log(const fs::path& file);

}  // namespace facemat
