#pragma once
// Where the convolutions of MobileNetV2 work, for counting what they multiply.

#include <algorithm>
#include <cstdint>
#include <string>

namespace facemat {

// The frame's side over that of the map which the convolution `name` ("...features.7.conv.0.0.weight") gives. Of a block the
// first one works before the stride, if it expands.
inline int64_t mobilenet_v2_stride(const std::string& name, int64_t output_stride) {
  const std::string key = "features.";
  const int layer = std::stoi(name.substr(name.find(key) + key.size()));
  const bool before = layer > 1 && name.find(".conv.0") != std::string::npos;
  const int reached = before ? layer - 1 : layer;
  const int64_t stride = reached < 2 ? 2 : reached < 4 ? 4 : reached < 7 ? 8 : reached < 14 ? 16 : 32;
  return std::min(stride, output_stride);
}

}  // namespace facemat
