#pragma once
// Ranges of the values that flow through a model, from frames like those it will see.

#include <map>
#include <string>
#include <vector>

#include "export/config.h"
#include "export/proof/frames.h"

namespace facemat {

struct ValueRange {
  float low = 0, high = 0;
};
using Ranges = std::map<std::string, ValueRange>;  // by the value's name in the graph

// The range of each of `values` (names in the graph of `onnx`, a float32 model) over `frames`, run one after another as a clip.
// minmax: smallest and largest; percentile: of each frame the values that leave (100 - percentile)/2 percent on either side,
// over all frames the widest. Throws Error, prefixed by `where`, for a value the graph does not have.
Ranges calibrate(const std::string& onnx, const std::vector<std::string>& values, const std::vector<ShownFrames>& frames,
                 const CalibrationConfig& config, const std::string& where);

}  // namespace facemat
