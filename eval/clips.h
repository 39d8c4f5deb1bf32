#pragma once
// What is judged, one clip after another: a dataset's split, or any system's mattes in a folder beside the true ones.

#include <functional>
#include <string>

#include "data/dataset.h"
#include "src/image/predictor.h"

namespace facemat {

struct ClipSource {
  int64_t size = 0;
  std::function<Clip(int64_t index)> clip;  // images may be empty when there are none; trimaps may be empty
};
ClipSource clips_of(const DatasetSplit& split);

// Pictures of alpha made by any system. Files of the three folders belong together by their path without extension. Pictures in
// a subfolder are the frames of one clip, pictures directly in `truth` are stills.
struct MatteFolders {
  fs::path prediction, truth, trimap;   // trimap may be empty
  bool prediction_is_occluder = false;  // prediction: 1 = occluder instead of 1 = visible face
};

struct MatteFrame {
  std::string name;  // path without extension, relative to its folder
  fs::path prediction, truth, trimap;
};
struct MatteClip {
  std::string name;
  std::vector<MatteFrame> frames;
};

// Throws Error: a folder is missing or empty, or a true matte has no prediction or no trimap.
std::vector<MatteClip> pair_mattes(const MatteFolders& folders);

// Throws Error if the predictions are clearly inverted: their error is more than twice that of their complement. The message
// names the option that sets the polarity.
void check_polarity(const std::vector<MatteClip>& clips, bool prediction_is_occluder);

}  // namespace facemat
