#include "train/run/validation.h"

#include <algorithm>

#include "eval/metrics/metrics.h"
#include "eval/metrics/regions.h"
#include "src/core/error.h"
#include "src/image/pixels.h"
#include "train/feed/batch.h"

namespace facemat {
namespace {

// [1,H,W] -> CV_8UC1, rounded as a file would be.
cv::Mat alpha_picture(const torch::Tensor& alpha) {
  const auto plain = alpha.contiguous();
  const cv::Mat view(static_cast<int>(plain.size(1)), static_cast<int>(plain.size(2)), CV_32FC1, plain.data_ptr<float>());
  return to_u8(view);
}

// What regions of frame `t` are told by. What has no trust is trusted.
RegionInput region_input(const Clip& clip, size_t t, const cv::Mat& truth) {
  const cv::Mat trimap = clip.trimaps.empty() ? cv::Mat() : clip.trimaps[t];
  const cv::Mat trust = clip.trusts.empty() ? cv::Mat(truth.size(), CV_8UC1, cv::Scalar(255)) : to_u8(clip.trusts[t]);
  return {truth, trimap, {}, trust};
}

// What is summed over the frames, for each region: the metrics of the frames that count there, their number, and the region's
// share of every frame's pixels; and the number of frames in the last row.
class RegionSums {
 public:
  explicit RegionSums(const std::vector<std::string>& regions)
      : regions_(regions), sums_(torch::zeros({static_cast<int64_t>(regions.size()) + 1, kShare + 1}, torch::kFloat64)) {}

  void add(const AlphaPair& pair, const RegionInput& input) {
    const Regions there = Regions::of(input, regions_);
    for (int64_t m = 0; m < kMetrics; ++m) {
      const std::vector<double> values = metric_table()[m].compute(pair, there);
      for (size_t r = 0; r < there.size(); ++r)
        if (counts(there, r)) at(row_of(there.name(r)), m) += metric_table()[m].scale * values[r];
    }
    for (size_t r = 0; r < there.size(); ++r) {
      at(row_of(there.name(r)), kCount) += counts(there, r);
      at(row_of(there.name(r)), kShare) += static_cast<double>(there.pixels(r)) / static_cast<double>(pair.truth.total());
    }
    ++at(frames_row(), kCount);
  }

  // The means over the frames of all processes.
  std::map<std::string, double> means(const ValidationSet& set, const torch::Device& device, Processes& processes) {
    const auto all = sums_.to(device);
    processes.sum({all});
    sums_ = all.cpu();
    std::map<std::string, double> out;
    for (const std::string& region : regions_) {
      for (int64_t m = 0; m < kMetrics; ++m)
        out[figure_name(set, metric_table()[m].name, region)] = at(row_of(region), m) / at(row_of(region), kCount);
      if (region != "whole") out[figure_name(set, "share", region)] = at(row_of(region), kShare) / at(frames_row(), kCount);
    }
    return out;
  }

 private:
  static bool counts(const Regions& there, size_t r) { return there.pixels(r) > 0 || find_region(there.name(r)).empty_counts; }
  int64_t row_of(const std::string& region) const {
    return std::find(regions_.begin(), regions_.end(), region) - regions_.begin();
  }
  int64_t frames_row() const { return static_cast<int64_t>(regions_.size()); }
  double& at(int64_t row, int64_t column) { return sums_.data_ptr<double>()[row * (kShare + 1) + column]; }

  // Columns: the metrics in the order of their table, then these.
  const int64_t kMetrics = static_cast<int64_t>(metric_table().size()), kCount = kMetrics, kShare = kMetrics + 1;
  std::vector<std::string> regions_;
  torch::Tensor sums_;
};

}  // namespace

HeldOut::HeldOut(const TrainConfig& config, const fs::path& data) {
  const std::vector<ValidationSet> wanted = validation_sets_of(config);
  const Layers least = with_layers_for(judging_guide_plan(config), Layers{false});
  std::map<std::string, Layers> layers;
  for (const ValidationSet& set : wanted) {
    Layers& of_data = layers.emplace(set.data, least).first->second;
    of_data.trimap |= std::any_of(set.regions.begin(), set.regions.end(),
                                  [](const std::string& region) { return find_region(region).by_trimap; });
  }
  for (const auto& [name, wanted_layers] : layers)
    datasets_.emplace(name, Dataset::open(name.empty() ? data : fs::path(name), wanted_layers));
  for (const ValidationSet& set : wanted) {
    const Dataset& dataset = datasets_.at(set.data);
    const DatasetSplit& split = dataset.split(set.split);
    require(split.size() > 0, "{}: the split '{}' holds no samples to validate on", dataset.name(), set.split);
    sets_.push_back({set, &split, set.clips > 0 ? std::min<int64_t>(set.clips, split.size()) : split.size()});
  }
}

InEvaluation::InEvaluation(torch::nn::Module& network) {
  modes_.emplace_back(&network, network.is_training());
  for (const auto& module : network.modules(/*include_self=*/false)) modes_.emplace_back(module.get(), module->is_training());
  network.eval();
}

InEvaluation::~InEvaluation() {
  for (const auto& [module, training] : modes_) module->train(training);  // from the outermost inwards: train() goes down
}

std::map<std::string, double> validate(MattingNetwork& network, const HeldOut::Set& set, int64_t clips,
                                       const torch::Device& device, Processes& processes, const GuidePlan& plan) {
  const torch::NoGradGuard no_grad;
  const InEvaluation evaluation(network);
  RegionSums sums(set.settings.regions);
  for (int64_t i = processes.rank(); i < clips; i += processes.size()) {
    const Clip clip = set.split->clip(i);
    const ClipGuides guides = held_out_guides(clip, plan, i);
    States states;
    for (size_t t = 0; t < clip.images.size(); ++t) {
      const std::vector<Clip> still = {still_of(clip, t)};
      Batch batch = collate(still);
      batch.guides = collate_guides({guides_of_frame(guides, t)}, still);
      batch = batch.to(device);
      const Prediction prediction = network.forward(batch.frames, batch.guides, states, /*ratio=*/1);
      states = prediction.states;
      const AlphaPair pair = make_pair(alpha_picture(prediction.alpha[0][0].cpu()), to_u8(clip.alphas[t]));
      sums.add(pair, region_input(clip, t, pair.truth));
    }
  }
  return sums.means(set.settings, device, processes);
}

}  // namespace facemat
