#pragma once
// What a stream of frames through a model remembers: kept or sent elsewhere, so that a long video can be done in pieces.

#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "src/runtime/onnx/plain_session.h"

namespace facemat {

struct MatterState {
  std::string network, weights_hash;  // of the model's contract
  cv::Size frame;                     // of the clip; empty: none has begun
  cv::Size seen;                      // what the model was shown of each frame, border included
  double ratio = 1;
  std::vector<FloatTensor> states;
};

// Bytes that hold `state` exactly, on any machine, ending in a hash of them.
std::string state_to_bytes(const MatterState& state);

// Reads what state_to_bytes wrote. Throws Error, prefixed by `where`, for anything else: another version, damage, sizes that
// the bytes do not account for.
MatterState state_from_bytes(std::string_view bytes, const std::string& where);

}  // namespace facemat
