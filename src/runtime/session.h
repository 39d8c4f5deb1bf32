#pragma once
// One ONNX model in ONNX Runtime: loaded, checked against its contract, and run frame after frame with its recurrent states.
// The only file pair of the project that knows ONNX Runtime.

#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/contract.h"

namespace facemat {

namespace fs = std::filesystem;

inline constexpr uint64_t kLargestModel = uint64_t{512} << 20;  // bytes

struct SessionOptions {
  int threads = 0;  // of one operator; 0: as many as the machine has
};

class Session {
 public:
  // Throws Error naming `model`: missing, larger than kLargestModel, no ONNX model, no or an unreadable contract, or a graph
  // whose inputs and outputs are not what the contract promises (the message shows both).
  explicit Session(const fs::path& model, const SessionOptions& options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const ModelContract& contract() const;

  // The height and width the graph is frozen to; empty if it takes any.
  cv::Size fixed_size() const;

  // What the model answered, as it is: polarity and range untouched.
  struct Answer {
    cv::Mat alpha;        // CV_32FC1, H x W
    cv::Mat uncertainty;  // CV_32FC1, H x W; empty if the contract names none
  };
  // `image`: [1,3,H,W] CV_32F, channel order and range as the contract says, H and W multiples of its size_multiple. The states
  // the model returns are fed to the next call without being copied; `image` must have one size until reset().
  Answer run(const cv::Mat& image);

  // States back to zeros of shape [1,1,1,1].
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string runtime_version();                 // of ONNX Runtime, "1.21.0"
std::vector<std::string> runtime_providers();  // execution providers this ONNX Runtime was built with

}  // namespace facemat
