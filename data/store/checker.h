#pragma once
// Reads a dataset again and says what is wrong with it.

#include <filesystem>
#include <string>
#include <vector>

#include "src/core/progress.h"

namespace facemat {

namespace fs = std::filesystem;

struct Findings {
  std::vector<std::string> faults;    // what makes the dataset wrong, one line each
  std::vector<std::string> warnings;  // what makes it weaker than it could be
};

// Every file of every sample: there, whole, of the stated size, with the manifest's hash; alpha and occluder add up to 1 at
// most; what an occluder covers is certain; the trimap calls nothing known that is not; lossless undegraded frames recompose to
// 2/255 (the stored occluder is rounded too). Over the whole: no face, and no dealt occluder, of one split is in another (by
// the content of its files). Warnings: sources whose alphas are hardly ever soft (masks that pretend to be mattes), samples
// that hardly show or cover the face.
Findings check_dataset(const fs::path& dataset, int workers, Progress& progress);

}  // namespace facemat
