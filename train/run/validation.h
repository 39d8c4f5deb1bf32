#pragma once
// Validation during training: the network over held-out sets, judged by the metrics of eval/metrics.

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/store/dataset.h"
#include "src/model/networks/network.h"
#include "train/config.h"
#include "train/feed/guides.h"
#include "train/parallel/processes.h"

namespace facemat {

namespace fs = std::filesystem;

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

// The sets of a run, opened.
class HeldOut {
 public:
  struct Set {
    ValidationSet settings;
    const DatasetSplit* split;
    int64_t clips;  // that count, from the first
  };

  // `data`: the dataset of sets that name none. Throws Error on a dataset that cannot be used or lacks what a region needs, and
  // on a split without samples.
  HeldOut(const TrainConfig& config, const fs::path& data);

  const std::vector<Set>& sets() const { return sets_; }
  const std::map<std::string, Dataset>& datasets() const { return datasets_; }  // by ValidationSet::data

 private:
  std::map<std::string, Dataset> datasets_;  // by ValidationSet::data
  std::vector<Set> sets_;
};

// Means over all frames of the first `clips` clips of `set`, by figure_name(). `guides`: what the network is given besides, the
// same for a clip at every validation. Frames go through the network one by one with their states, so that memory does not grow
// with the clips. Processes share the clips. A frame without a pixel in a region counts as perfect or not at all, as the region
// table says; NaN if none counts.
std::map<std::string, double> validate(MattingNetwork& network, const HeldOut::Set& set, int64_t clips,
                                       const torch::Device& device, Processes& processes, const GuidePlan& guides = {});

}  // namespace facemat
