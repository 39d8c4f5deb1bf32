#pragma once
// facemat-composite as its tests run it, in a folder with a model whose answers are known by hand.

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <string>

#include "src/image/codec.h"
#include "tests/src/runtime/models.h"
#include "tests/support/command.h"
#include "tests/support/scratch.h"

namespace facemat {

inline std::string program() { return std::string(FACEMAT_BIN_DIR) + "/facemat-composite --threads 1 --quiet "; }
inline Outcome composite(const std::string& arguments) { return run(program() + arguments); }

inline cv::Mat grey(int value, cv::Size size = {48, 32}) { return cv::Mat(size, CV_8UC3, cv::Scalar::all(value)); }

// Targets of grey 51, for which the model's alpha is 0.175, 0.35, 0.525, ... over a clip; swaps of grey 251.
class CompositeTest : public testing::Test {
 protected:
  static constexpr int kTarget = 51, kSwap = 251;

  CompositeTest() { write_accumulator(folder_ / "m.onnx"); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string model() const { return "--faces never --model " + path("m.onnx"); }
  cv::Mat picture(const std::string& name) const { return read_image(folder_ / name); }

  Scratch folder_;
};

}  // namespace facemat
