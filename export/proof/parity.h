#pragma once
// Proof that an exported model computes what the network computes: both run over the same recurrent frames, each with its own
// states, at even and odd sizes, in batches, and through a reset in the middle.

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "export/config.h"
#include "export/proof/frames.h"
#include "src/core/contract.h"
#include "src/model/weights/weights.h"

namespace facemat {

// A value of an output, and what both sides have there.
struct Spot {
  ParityCase clip;
  int frame = 0;  // of the clip
  int step = 0;   // frames compared before this one, in all clips
  int64_t batch = 0, channel = 0, y = 0, x = 0;
  double expected = 0, got = 0;  // LibTorch's, the file's
};

// "frame 3 of 128x128, pixel (y 12, x 40): LibTorch 0.031, the file 0.969"
std::string describe(const Spot& spot);

// Of networks that choose between what is nearly equal, this share of an output's values may differ by more than the limit:
// where rounding makes the two sides choose differently.
inline constexpr double kTolerated = 1e-2;

// That share for the network of this name: kTolerated if the model table says that it chooses, 0 for all others and for names
// that the table does not have.
double tolerated_share(const std::string& network);

// The largest of `differences` but for this share of their values, which is not looked at; infinite for what is no number.
double largest_but_for(double share, const std::vector<torch::Tensor>& differences);

// Absolute differences of one output over all frames of all cases.
struct OutputParity {
  double largest = 0, mean = 0;
  double over = 0;  // share of the values above the limit
  Spot worst;
  std::optional<Spot> first_over;  // the worst value of the first frame above the limit
};

struct Parity {
  std::vector<ParityCase> cases;  // as they were run: sizes, frames and ratios filled in
  int frames = 0;                 // of the first case
  double alpha = 0;               // largest difference of alpha
  std::string precision;          // of the file
  double limit = 0;               // that it was compared with
  double tolerated = 0;           // share of an output's values that may be above it
  std::map<std::string, OutputParity> outputs;
};

// Work done and to do (in thousands of pixels), and what is running ("127x129, frame 12").
using FrameDone = std::function<void(int64_t done, int64_t total, const std::string& note)>;

// Compares `onnx` (bytes of a model with a contract) with `model` over config.cases; a file frozen to a size is compared at
// that size alone. The limit is config.limit, else the default of the file's precision. `where` names the file in messages.
// Throws Error if the model does not run, answers with other shapes, or with numbers that are not finite; a large difference is
// a result, not an error.
Parity measure_parity(const TrainedModel& model, const std::string& onnx, const ExportConfig& config, const std::string& where,
                      const FrameDone& done = {});

// Throws Error, in one line that names output, frame, pixel and both values, if an output that is judged does not hold the
// limit: of fp32 files every output, of others alpha alone (states of half precision wander further than what is made of them).
void check_parity(const Parity& parity, const std::string& where);
bool is_judged(const Parity& parity, const std::string& output, const std::string& alpha_output = "pha");

// Whether an output keeps within the limit: every value, or all but the share that is tolerated, and these by so little that
// the mean of all values still does.
bool holds(const Parity& parity, const OutputParity& output);

// Both of the above.
Parity verify_parity(const TrainedModel& model, const std::string& onnx, const ExportConfig& config, const std::string& where,
                     const FrameDone& done = {});

// The contract of `onnx`. Throws Error, prefixed by `where`, if there is none or it cannot be read.
ModelContract contract_of_file(const std::string& onnx, const std::string& where);

// "int8" if the graph quantises anything, else "fp16" if its frames are float16, else "fp32".
std::string precision_of(const std::string& onnx, const std::string& where);

// A model file in ONNX Runtime by its contract, whatever its precision: one clip (or a batch of them) after another.
class FileRunner {
 public:
  // Throws Error, prefixed by `where`, as PlainSession does, and for inputs that the contract does not name.
  FileRunner(const std::string& onnx, const std::string& where, int threads = 1);
  ~FileRunner();

  const ModelContract& contract() const;
  const std::vector<std::string>& outputs() const;
  FrameSize fixed_size() const;  // 0 where the file is open
  int64_t fixed_batch() const;

  // Outputs by name, the states carried on from the run before. `ratio` is used if the file takes one.
  std::map<std::string, torch::Tensor> run(const ShownFrames& shown, double ratio);
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The network itself, with outputs under the file's names.
class NetworkRunner {
 public:
  NetworkRunner(const TrainedModel& model, const ModelContract& contract) : model_(model), contract_(contract) {}

  std::map<std::string, torch::Tensor> run(const ShownFrames& shown, double ratio);
  void reset() { states_.clear(); }

 private:
  const TrainedModel& model_;
  ModelContract contract_;
  States states_;
};

// What the file's model is given beside the frame: names of the guide table.
std::vector<std::string> guides_of(const ModelContract& contract);

// The cases as they can be run on this file: fixed size and batch, ratios and frames filled in. A file without states is shown
// few frames of a case that does not say how many: nothing adds up in it.
std::vector<ParityCase> cases_for(const FileRunner& file, const ExportConfig& config);

}  // namespace facemat
