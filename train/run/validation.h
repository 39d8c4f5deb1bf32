#pragma once
// Validation during training: the network over a held-out split, judged by the metrics of eval/metrics.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/store/dataset.h"
#include "src/model/networks/network.h"
#include "train/parallel/processes.h"

namespace facemat {

// A network in evaluation mode while it lives; then each module's own mode again (frozen parts of a learning network are in
// evaluation mode).
class InEvaluation {
 public:
  explicit InEvaluation(torch::nn::Module& network);
  ~InEvaluation();
  InEvaluation(const InEvaluation&) = delete;
  InEvaluation& operator=(const InEvaluation&) = delete;

 private:
  std::vector<std::pair<torch::nn::Module*, bool>> modes_;
};

struct Validation {
  std::map<std::string, double> metrics;  // by name
  std::string region = "whole";           // where errors counted (eval/metrics/regions.h)
  double counted = 1;                     // its share of the pixels
};

// Means over all frames of the first `clips` clips (0: all) of `split`, in `region` of each; frames that have no pixel there
// are left out where that does not count as perfect. What has no trust is trusted. Processes share the clips. Throws Error
// naming a region that the clips cannot tell.
Validation validate(MattingNetwork& network, const DatasetSplit& split, int64_t clips, const std::string& region,
                    const torch::Device& device, Processes& processes);

}  // namespace facemat
