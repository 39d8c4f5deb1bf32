#pragma once
// A contact sheet of a dataset: people look instead of reading.

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>

namespace facemat {

namespace fs = std::filesystem;

struct PreviewOptions {
  std::string split;           // empty: the first
  std::string occluder_class;  // only samples with an occluder of this class; empty: all
  int samples = 18;            // spread evenly over what there is
};

// For each sample picture, alpha, trust, trimap, occluder, and the face on green; clips show their last frame and, in a second
// row, their motion. CV_8UC3. Kinds that were not written are left out. Throws Error if there is no such split or no such
// sample.
cv::Mat preview_sheet(const fs::path& dataset, const PreviewOptions& options);

}  // namespace facemat
