#pragma once
// What a network costs to run, counted on the graph that runs.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "src/image/predictor.h"

namespace facemat {

struct ModelCost {
  int64_t parameters = 0;    // numbers in the weights of convolutions, matrix products and norms
  double multiply_adds = 0;  // of convolutions and matrix products for one frame, borders counted as if inside
};

// The cost of the predictor that `open` makes, with all networks it runs in ONNX Runtime, for one frame: CV_8UC3 of any size,
// given what the predictor needs beside it (any guides will do: a trimap of three bands, grey). It is opened anew, run once
// without any fusing, and closed. Throws Error if the system's folder for temporary files cannot be
// written.
ModelCost model_cost(const std::function<std::unique_ptr<Predictor>()>& open, const cv::Mat& frame);

// Which of ONNX Runtime's execution providers really ran the operators: their number by its long name, for one frame, as the
// graph is once ONNX Runtime has optimised it. A provider leaves to the CPU what it cannot do, without a word. As above.
std::map<std::string, int> nodes_by_provider(const std::function<std::unique_ptr<Predictor>()>& open, const cv::Mat& frame);

}  // namespace facemat
