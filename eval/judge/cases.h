#pragma once
// Frames worth looking at: the worst, median and best samples of a result, as pictures beside its file.

#include "eval/judge/judged.h"
#include "eval/results/result.h"

namespace facemat {

struct CaseCounts {
  int worst = 6, median = 3, best = 3;
};

// Chooses clips by their frame of the highest whole-frame SAD (of few clips the worst come first), judges them again up to that
// frame, and writes image, truth, prediction, error map and uncertainty to STEM_cases/ beside `result_file`. Pictures that an
// earlier result left there are removed.
std::vector<Case> store_cases(MatteSource& source, const ClipSource& clips, const EvaluationResult& result,
                              const CaseCounts& wanted, const fs::path& result_file);

}  // namespace facemat
