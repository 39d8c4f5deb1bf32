#pragma once
// Parts of the frames that are worth a look of their own: by occluder, and by the thirds of each trait.

#include <string>
#include <vector>

#include "eval/statistics/statistics.h"

namespace facemat {

// `cut`: what the frames are told apart by ("occluder", a trait's title); `title`: which of them ("hand", "> 0.57").
struct Slice {
  std::string cut, title;
  FrameFilter takes;
};

// Slices by occluder class, if there are several classes, "none" first; then the thirds of every trait (result.h) of at least
// three values, by the first result's frames and as equal as ties allow.
std::vector<Slice> slices_of(const std::vector<EvaluationResult>& results);

}  // namespace facemat
