#pragma once
// Frames worth looking at: the worst, median and best samples of a result, as pictures beside its file.

#include <optional>
#include <string>

#include "eval/judge/judged.h"
#include "eval/results/result.h"
#include "src/core/lock.h"

namespace facemat {

struct CaseCounts {
  int worst = 6, median = 3, best = 3;
};

// The pictures of a result: STEM_cases/ beside its file. They are written aside, so that an earlier result keeps its own until
// the new one is written; then keep() puts them in their place. What killed processes left aside goes (remove_abandoned in
// src/core/file.h).
class CasePictures {
 public:
  explicit CasePictures(const fs::path& result_file);
  ~CasePictures();  // removes them unless they are kept
  CasePictures(const CasePictures&) = delete;
  CasePictures& operator=(const CasePictures&) = delete;

  // Writes a picture; returns its path relative to the result's folder ("" for an empty picture). Throws Error.
  std::string add(size_t number, const char* kind, const cv::Mat& picture);
  // Waits until they are on the disk. Throws Error.
  void sync() const;
  // Those of an earlier result go; what else lies there stays. Throws Error; the pictures then lie where it says.
  void keep();

 private:
  fs::path folder_, pending_;
  std::optional<Lock> lock_;  // on pending_, once it is there
  bool kept_ = false;
};

// Chooses clips by their frame of the highest whole-frame SAD (of few clips the worst come first), judges them again up to that
// frame, and adds image, truth, prediction, error map and uncertainty to `pictures`.
std::vector<Case> store_cases(MatteSource& source, const ClipSource& clips, const EvaluationResult& result,
                              const CaseCounts& wanted, CasePictures& pictures);

}  // namespace facemat
