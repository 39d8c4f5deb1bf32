#pragma once
// The machine and libraries behind a result.

#include <string>

#include "eval/results/result.h"

namespace facemat {

// `libraries` of the caller's are named after OpenCV's and ONNX Runtime's ("LibTorch 1.13.1"); may be empty. The peak memory is
// that of the process so far.
EnvironmentInfo this_environment(int threads, const std::string& libraries);

}  // namespace facemat
