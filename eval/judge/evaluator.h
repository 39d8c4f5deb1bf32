#pragma once
// The judge: mattes against the truth, by every metric of the table, in every region.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "eval/judge/cases.h"
#include "eval/judge/judged.h"
#include "eval/results/result.h"
#include "src/core/progress.h"

namespace facemat {

struct EvaluationOptions {
  std::vector<std::string> regions;                    // of the region table; empty: all that the data can tell
  std::vector<std::string> variants;                   // of the variant table (eval/metrics/variants.h): extra columns
  bool composite = true;                               // PSNR and SSIM of the composite, where there are images
  CaseCounts cases;                                    // of which to keep pictures
  CasePictures* pictures = nullptr;                    // where they go; the caller keeps them; null: none are written
  std::function<void(const EvaluationResult&)> check;  // may refuse (throw) before pictures are written; empty: takes all
  int workers = 1;                                     // threads, if the source is concurrent
  MatteSource* teacher = nullptr;                      // for the ledger; must give an uncertainty
  std::string teacher_name;
};

// `source` over all clips. Scores, cases, baseline, uncertainty and speed; model, the data's names, environment and training
// are the caller's to fill in. The result does not depend on the number of workers. Throws Error naming sample and frame:
// sizes differ, numbers that are not finite, a teacher without uncertainty; and if there is nothing to judge.
EvaluationResult evaluate(MatteSource& source, const ClipSource& clips, const EvaluationOptions& options, Progress& progress);

}  // namespace facemat
