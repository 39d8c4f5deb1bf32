#pragma once
// What an evaluation found, and its file: RESULT.json. The file says what was judged, on which data, in which polarity, by
// which definitions, on which machine, so that it can be read years later without this code.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eval/measures/constant_matte.h"
#include "eval/measures/uncertainty.h"
#include "eval/metrics/segmentation.h"

namespace facemat {

namespace fs = std::filesystem;

// Rises when a key changes its meaning or a required one is added.
inline constexpr int kResultSchema = 2;
inline constexpr uint64_t kMostResult = uint64_t{512} << 20;  // bytes of a result file

using Scores = std::map<std::string, double>;  // metric name -> value in the scale its title prints

struct MetricInfo {
  std::string name, title, about;
  bool lower_is_better = true;
  bool variant = false;  // as another evaluator defines it: shown beside, never instead
};

// All metrics a result can hold: the metric table, those that need successive frames (dtssd, dtssd_rvm, messddt), those of the
// composite (psnr, ssim), and the variants.
std::vector<MetricInfo> result_metrics();

struct RegionInfo {
  std::string name, title, about;
  bool empty_counts = true;  // a frame without a pixel there counts as perfect; else it has no value
};
std::vector<RegionInfo> result_regions();  // the region table

struct ModelInfo {
  std::string name;          // as reports print it
  std::string kind;          // "checkpoint", "untrained", "onnx", "source" (a foreign network), "baseline", "mattes" (pictures)
  std::string network;       // name in the model table; may be empty
  std::string weights_hash;  // may be empty
  int64_t parameters = 0;    // 0: unknown
  double multiply_adds = 0;  // of one frame of the size in EvaluationResult::speed; 0: unknown
  std::string settings;      // how it was run, where that was not by default: "flip, scales 0.5 1"
  // What it saw: "frame", "past" (the frames before it), guides by their names (contract.h); of baselines "truth"; empty: not
  // stated.
  std::vector<std::string> given = {};
};

// "frame, past, trimap"; empty: not stated.
std::string given_text(const ModelInfo& model);

// How to read it, for notes of tables.
inline constexpr const char* kGivenNote =
    "Given: what a system sees, where it is known: the frame, the past (frames before it), and what comes with the frame.";

struct DataInfo {
  std::string name, split, licence;
  int64_t samples = 0, frames = 0;
  std::string truth_hash;   // of the true mattes in order, rounded to 8 bit
  std::string trimap_hash;  // of the trimaps; empty: there are none
};

// One judged frame.
struct FrameScore {
  std::string sample;  // "000012"
  int frame = 0;
  std::vector<std::string> classes;       // of the occluders; empty: nothing covers the face, or nothing is known
  std::map<std::string, Scores> regions;  // region -> metric -> value; "whole" is always there
  Scores traits;                          // what slices are cut by: see trait_table()
  Confusion confusion;                    // of the whole frame, for pooled figures
};

// What a frame is sliced by. "face_size": longer side of the face box over the frame's longer side; "softness": share of soft
// pixels (0 < alpha < 1) among those with alpha > 0; "covered": share of the face that is covered, where the data tells.
struct TraitInfo {
  std::string name, title;
};
const std::vector<TraitInfo>& trait_table();

// Time from frame to matte, metrics and reading not counted.
struct Speed {
  double mean_ms = 0, p50_ms = 0, p99_ms = 0;
  int64_t frames = 0;         // that were timed: all but the first
  int width = 0, height = 0;  // of the frames (the first one's)
  int threads = 0;
};

struct EnvironmentInfo {
  std::string processor, system, compiler, libraries;
  int threads = 0;
  uint64_t peak_memory = 0;  // bytes of the whole evaluation; 0: unknown
};

// Teacher against student: pixels in tenths by the teacher's uncertainty, most certain first, and what either one's matte errs
// there. Errors are mean absolute errors of the unrounded alpha.
struct Ledger {
  std::string teacher;  // name
  int64_t pixels = 0;   // that were compared
  std::vector<LedgerBin> bins;
};

// A frame to look at: pictures beside the result file, paths relative to it. Empty: there is no such picture.
struct Case {
  std::string kind;  // "worst", "median" or "best" by whole-frame SAD; each clip appears once at most
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
  std::vector<RegionInfo> regions;
  std::vector<FrameScore> frames;
  std::map<std::string, int64_t> empty;  // region -> frames without a pixel there (only where there are such)
  ConstantMatte constant;
  double complement_sad = 0;  // mean whole-frame SAD of 1 - alpha: smaller than alpha's own if the polarity is wrong
  std::optional<UncertaintyInfo> uncertainty;
  std::optional<Ledger> ledger;
  std::optional<Speed> speed;
  EnvironmentInfo environment;
  std::vector<std::string> warnings;  // about the input: lossy mattes, 16 bit rounded to 8, sizes changed
  std::vector<Case> cases;
  std::vector<LogPoint> training;  // of the run the model came from; may be empty
};

// Whether two results judge the same frames in the same regions, so that their figures can be compared: equal hashes of the
// true mattes and of the trimaps.
bool same_data(const EvaluationResult& a, const EvaluationResult& b);

// Throws Error naming the first result of other data than the first one's, unless all are of the same.
void require_same_data(const std::vector<EvaluationResult>& results);

// Whether a frame has an occluder of class `name` ("none": no occluder; empty: always true).
bool in_class(const FrameScore& frame, const std::string& name);

// Means in a region over the frames of a class that have a value.
Scores mean_scores(const EvaluationResult& result, const std::string& region, const std::string& occluder_class = {});

// Whether 1 - alpha is clearly nearer to the truth than alpha: its mean SAD is less than half of alpha's.
bool seems_inverted(const EvaluationResult& result);

// Sums over all frames, for figures that are pooled over pixels.
Confusion pooled_confusion(const EvaluationResult& result);

// Classes of the frames' occluders, sorted; "none" first if there are frames without.
std::vector<std::string> classes_of(const EvaluationResult& result);

// --- result_json.cpp: the result's file, and a run's log

std::string result_to_json(const EvaluationResult& result);
// Throws Error, prefixed by `where`: malformed, a missing key, another schema, a path that leaves the result's folder.
EvaluationResult result_from_json(const std::string& json, const std::string& where);

// Lines of a run's log.jsonl; lines that are neither a loss nor a validation are skipped. Throws Error naming a malformed line.
std::vector<LogPoint> read_training_log(const fs::path& file);

}  // namespace facemat
