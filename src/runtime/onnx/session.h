#pragma once
// One ONNX model in ONNX Runtime: loaded, checked against its contract, and run frame after frame with its recurrent states.
// Only this folder knows ONNX Runtime.

#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/contract.h"
#include "src/runtime/onnx/model_file.h"
#include "src/runtime/onnx/plain_session.h"
#include "src/runtime/onnx/providers.h"

namespace facemat {

namespace fs = std::filesystem;

inline constexpr int kLargestSide = 16384;  // pixels a model is shown, each way

// A model ready to run. It never changes: any number of threads may use one at the same time, each with Sessions of its own.
class Model {
 public:
  // Throws Error naming `model`: what read_model throws (missing, too large, no ONNX model, damaged), no or an unreadable
  // contract, a graph whose inputs and outputs are not what the contract promises (the message shows both), a provider that is
  // not there.
  explicit Model(const fs::path& model, const SessionOptions& options = {});
  // The same for bytes in memory; `where` stands for the file's name in messages.
  Model(const std::string& bytes, const std::string& where, const SessionOptions& options = {});
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const ModelContract& contract() const;
  // The height and width the graph is frozen to; empty if it takes any.
  cv::Size fixed_size() const;
  // True if the image input is float16. Images are given and answers returned in float32 all the same.
  bool half_precision() const;
  // What runs it, a name of providers(): the one asked for, or the one that auto took. Where that cannot run an operator, ONNX
  // Runtime gives it to the CPU: nodes_by_provider() in cost.h counts.
  const std::string& provider() const;
  const std::string& where() const;

 private:
  friend class Session;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One stream of frames through a model: its recurrent states. Not for two threads at once; different Sessions of one Model are
// independent.
class Session {
 public:
  explicit Session(std::shared_ptr<const Model> model);
  // A model of its own.
  explicit Session(const fs::path& model, const SessionOptions& options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const Model& model() const;
  const ModelContract& contract() const { return model().contract(); }
  cv::Size fixed_size() const { return model().fixed_size(); }

  // What the model answered, as it is: polarity and range untouched.
  struct Answer {
    cv::Mat alpha;        // CV_32FC1, H x W
    cv::Mat uncertainty;  // CV_32FC1, H x W; empty if the contract names none
  };
  // `image`: [1,3,H,W] CV_32F, channel order and range as the contract says, H and W multiples of its size_multiple and at most
  // kLargestSide. `guides`: those that the contract names, each [1,C,H,W] CV_32F with values as it says (contract.h); others
  // are not looked at. The states the model returns stay where the provider made them and are fed to the next call without
  // being copied; `image` must have one size until reset(). `ratio`: for the contract's ratio_input, above 0 and at most 1; 0:
  // the contract's own.
  Answer run(const cv::Mat& image, const GuideSet<cv::Mat>& guides, double ratio = 0);
  // The same for a model that needs no guides.
  Answer run(const cv::Mat& image, double ratio = 0) { return run(image, GuideSet<cv::Mat>(), ratio); }
  // The states as before the last run, if it was the last thing that was done; else nothing changes. What a run that throws
  // has done to them needs no undoing: nothing.
  void undo() noexcept;

  // States back to those a clip begins with (first_state()). What it throws leaves them as they are.
  void reset();

  // The states as they are, in the order of the contract, and back: another Session of the same model goes on from there with
  // the same bits. Throws Error if there are more or fewer than the contract names, or one is not of rank 4.
  std::vector<FloatTensor> states() const;
  void set_states(const std::vector<FloatTensor>& states);

  // Where the states that the last run read and those that it wrote lie in memory. What it wrote is what the next one reads.
  struct StateAddresses {
    std::vector<const void*> read, written;
  };
  const StateAddresses& state_addresses() const;

  // True if the last run used a graph prepared for its size: from the second frame of a clip on, where SessionOptions::prepare
  // and the graph allow it. A state that was set counts as a frame. Answers differ from the open graph's by the rounding of
  // sums.
  bool prepared() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facemat
