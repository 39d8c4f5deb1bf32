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

// Frame `t` of a clip as a still.
Clip still_of(const Clip& clip, size_t t) {
  Clip still;
  still.name = clip.name;
  still.images = {clip.images[t]};
  still.alphas = {clip.alphas[t]};
  return still;
}

// Sums of each metric in each region, and the frames that count there.
class RegionSums {
 public:
  explicit RegionSums(const std::vector<std::string>& regions)
      : regions_(regions), values_(torch::zeros({rows(), columns() + 1}, torch::kFloat64)) {}

  void add(const AlphaPair& pair, const cv::Mat& trimap) {
    const Regions there = Regions::of({pair.truth, trimap, {}}, regions_);
    for (size_t m = 0; m < metric_table().size(); ++m) {
      const MetricEntry& metric = metric_table()[m];
      const std::vector<double> values = metric.compute(pair, there);
      for (size_t r = 0; r < there.size(); ++r)
        if (counts(there, r)) *at(there.name(r), m) += metric.scale * values[r];
    }
    for (size_t r = 0; r < there.size(); ++r) *at(there.name(r), metric_table().size()) += counts(there, r);
  }

  std::map<std::string, double> means(const ValidationSet& set, const torch::Device& device, Processes& processes) {
    const auto all = values_.to(device);
    processes.sum({all});
    values_ = all.cpu();
    std::map<std::string, double> out;
    for (const std::string& region : regions_)
      for (size_t m = 0; m < metric_table().size(); ++m)
        out[figure_name(set, metric_table()[m].name, region)] = *at(region, m) / *at(region, metric_table().size());
    return out;
  }

 private:
  int64_t rows() const { return static_cast<int64_t>(regions_.size()); }
  static int64_t columns() { return static_cast<int64_t>(metric_table().size()); }
  static bool counts(const Regions& there, size_t r) { return there.pixels(r) > 0 || find_region(there.name(r)).empty_counts; }
  double* at(const std::string& region, size_t column) {
    const auto row = std::find(regions_.begin(), regions_.end(), region) - regions_.begin();
    return values_.data_ptr<double>() + row * (columns() + 1) + static_cast<int64_t>(column);
  }

  std::vector<std::string> regions_;
  torch::Tensor values_;  // [region, metric and then the number of frames]
};

}  // namespace

HeldOut::HeldOut(const TrainConfig& config, const fs::path& data) {
  const std::vector<ValidationSet> wanted = validation_sets_of(config);
  std::map<std::string, Layers> layers;
  for (const ValidationSet& set : wanted) {
    Layers& of_data = layers.emplace(set.data, Layers{false}).first->second;
    of_data.trimap |= std::any_of(set.regions.begin(), set.regions.end(), needs_trimap);
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
                                       const torch::Device& device, Processes& processes) {
  const torch::NoGradGuard no_grad;
  const InEvaluation evaluation(network);
  RegionSums sums(set.settings.regions);
  for (int64_t i = processes.rank(); i < clips; i += processes.size()) {
    const Clip clip = set.split->clip(i);
    States states;
    for (size_t t = 0; t < clip.images.size(); ++t) {
      const Prediction prediction = network.forward(collate({still_of(clip, t)}).frames.to(device), states);
      states = prediction.states;
      const AlphaPair pair = make_pair(alpha_picture(prediction.alpha[0][0].cpu()), to_u8(clip.alphas[t]));
      sums.add(pair, clip.trimaps.empty() ? cv::Mat() : clip.trimaps[t]);
    }
  }
  return sums.means(set.settings, device, processes);
}

}  // namespace facemat
