#pragma once
// What tests of alpha sources make sources of.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/file.h"
#include "src/runtime/sources/alpha_source.h"
#include "tests/support/tiny_onnx.h"

namespace facemat {

inline const fs::path kConfigs = fs::path(FACEMAT_SOURCE_DIR) / "configs/sources";

// A network whose channels are the picture's, red first.
inline fs::path picture_network(const fs::path& path) {
  write_file(path, tiny_onnx::identity({1, 3, -1, -1}, {1, 3, -1, -1}));
  return path;
}

// A network that takes and gives channels last: the sum of `weights` (blue, green, red) times the colours 0..1.
inline void write_last_network(const fs::path& path, int side, const std::vector<float>& weights) {
  using namespace tiny_onnx;
  write_file(path, model(port(11, "input", {1, side, side, 3}) + tiny_onnx::weights("w", {3, 1}, weights) +
                             node("MatMul", {"input", "w"}, "mask") + port(12, "mask", {1, side, side, 1}),
                         ""));
}

// A prompt in every frame.
inline void ask_for_a_point(AlphaSourceConfig& config) {
  config.prompts.from = "listed";
  config.prompts.points = {{5, 7, "wanted", 0}};
}

inline cv::Mat grey_frame(int value) { return cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(value)); }

// Three grey levels in one frame: 0.2, 0.6 and 1.
inline cv::Mat three_levels() {
  cv::Mat image(32, 32, CV_8UC3, cv::Scalar::all(51));
  image(cv::Rect(4, 4, 24, 28)).setTo(cv::Scalar::all(153));
  image(cv::Rect(12, 20, 8, 8)).setTo(cv::Scalar::all(255));
  return image;
}

}  // namespace facemat
