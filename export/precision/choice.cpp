#include "export/precision/choice.h"

#include <algorithm>

#include "export/proof/parity.h"
#include "src/core/error.h"
#include "src/core/measure.h"

namespace facemat {
namespace {

constexpr size_t kFramesAlone = 8;  // of the clip, for a layer alone: only the order of the layers follows from it
constexpr size_t kFramesTimed = 16;

std::vector<torch::Tensor> alphas(const std::string& onnx, const std::vector<ShownFrames>& frames, size_t count,
                                  const std::string& where) {
  FileRunner file(onnx, where);
  std::vector<torch::Tensor> out;
  for (size_t i = 0; i < std::min(count, frames.size()); ++i)
    out.push_back(file.run(frames[i], file.contract().ratio).at(file.contract().alpha_output));
  return out;
}

}  // namespace

LayerChooser::LayerChooser(LayerJob job, const LayerDone& done) : job_(std::move(job)) {
  require(!job_.layers.empty(), "{}: the graph has no layer that could be computed in fewer bits", job_.where);
  expected_ = alphas(job_.onnx, job_.frames, job_.frames.size(), job_.where);
  for (const std::string& layer : job_.layers) {
    errors_.push_back({layer, error_of(job_.lower({layer}), kFramesAlone), false});
    if (done) done(static_cast<int64_t>(errors_.size()), static_cast<int64_t>(job_.layers.size()), layer);
  }
  std::stable_sort(errors_.begin(), errors_.end(), [](const LayerError& a, const LayerError& b) { return a.error < b.error; });
  all_error_ = error_of(job_.lower(first(errors_.size())), job_.frames.size());
}

std::set<std::string> LayerChooser::first(size_t count) const {
  std::set<std::string> layers;
  for (size_t i = 0; i < count; ++i) layers.insert(errors_[i].layer);
  return layers;
}

double LayerChooser::error_of(const std::string& onnx, size_t frames) const {
  std::vector<torch::Tensor> differences = alphas(onnx, job_.frames, frames, job_.where);
  for (size_t i = 0; i < differences.size(); ++i) differences[i] = (differences[i] - expected_[i]).abs();
  return largest_but_for(job_.tolerated, differences);
}

std::string LayerChooser::choose(double limit) {
  onnx_.clear();
  chosen_ = 0;
  size_t fits = 0, fails = errors_.size() + 1;  // numbers of layers
  for (size_t count = errors_.size(); fails - fits > 1; count = fits + (fails - fits) / 2) {
    const std::string onnx = job_.lower(first(count));
    const double error = error_of(onnx, job_.frames.size());
    if (error > limit) {
      fails = count;
      continue;
    }
    fits = chosen_ = count;
    onnx_ = onnx;
    error_ = error;
  }
  for (size_t i = 0; i < errors_.size(); ++i) errors_[i].kept = i >= chosen_;
  return onnx_;
}

LayerReport LayerChooser::report() const {
  LayerReport report{errors_, static_cast<int>(chosen_), error_, all_error_, 0, 0};
  if (onnx_.empty()) return report;
  FileRunner fp32(job_.onnx, job_.where), lowered(onnx_, job_.where);
  std::vector<double> fp32_times, lowered_times;
  const auto milliseconds = [](FileRunner& file, const ShownFrames& frame) {
    const Stopwatch watch;
    file.run(frame, file.contract().ratio);
    return 1000 * watch.seconds();
  };
  for (size_t i = 0; i < kFramesTimed; ++i) {  // in turn, so that a busy machine slows both
    const ShownFrames& frame = job_.frames[i % job_.frames.size()];
    fp32_times.push_back(milliseconds(fp32, frame));
    lowered_times.push_back(milliseconds(lowered, frame));
  }
  report.fp32_ms = median(fp32_times);
  report.lowered_ms = median(lowered_times);
  return report;
}

}  // namespace facemat
