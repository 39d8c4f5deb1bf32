#pragma once
// The judge: mattes against the truth, by every metric of the table, in both regions.
//
//   Evaluation evaluation(options);
//   evaluation.add({...});  ...  EvaluationResult result = evaluation.finish();
//
// evaluate() does this for a Predictor, evaluate_mattes() for pictures.

#include <memory>
#include <optional>
#include <vector>

#include "eval/clips.h"
#include "eval/result.h"
#include "src/core/progress.h"
#include "src/image/predictor.h"

namespace facemat {

struct EvaluationOptions {
  int worst = 12;  // pictures of this many worst clips are kept (each clip's worst frame, by SAD over the whole image)
};

struct JudgedFrame {
  std::string sample;  // frames of one sample come one after the other
  int frame = 0;
  std::vector<std::string> classes;
  cv::Mat image;   // CV_8UC3 or empty
  cv::Mat truth;   // CV_32FC1
  cv::Mat trimap;  // CV_8UC1 or empty
  Matte matte;     // what is judged
};

class Evaluation {
 public:
  explicit Evaluation(const EvaluationOptions& options = {});
  ~Evaluation();
  // Throws Error naming the sample when sizes differ.
  void add(const JudgedFrame& frame);

  // Scores, baseline, uncertainty (`model`, `data`'s names and `training` are the caller's to fill in). The pictures of the
  // worst cases are written to the folder STEM_cases beside `result_file`, and the result names them; no pictures if that is
  // empty.
  EvaluationResult finish(const fs::path& result_file = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// `predictor` over all clips, reset before each.
void evaluate(Predictor& predictor, const ClipSource& clips, Evaluation& evaluation, Progress& progress);

// Pictures of alpha; all clips of pair_mattes.
void evaluate_mattes(const std::vector<MatteClip>& clips, bool prediction_is_occluder, Evaluation& evaluation,
                     Progress& progress);

}  // namespace facemat
