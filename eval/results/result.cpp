#include "eval/results/result.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "eval/metrics/metrics.h"
#include "eval/metrics/variants.h"
#include "src/core/error.h"

namespace facemat {

std::vector<MetricInfo> result_metrics() {
  std::vector<MetricInfo> metrics;
  for (const MetricEntry& m : metric_table()) metrics.push_back({m.name, m.title, m.about, m.lower_is_better, false});
  const std::string change =
      "root mean square of the difference between predicted and true change from one frame to the next, whole image";
  metrics.push_back({"dtssd", "dtSSD x1e2", change + "; a clip's first frame has no value", true, false});
  metrics.push_back(
      {"dtssd_rvm", "dtSSD x1e2 (RVM)", change + "; a clip's first frame counts as 0, as in RVM's tables", true, false});
  metrics.push_back(
      {"messddt", "MESSDdt x1e4", "mean absolute change of the squared error along the given flow, whole image", true, false});
  metrics.push_back(
      {"psnr", "PSNR", "of the composite made with the matte against the true composite, in dB, at most 100", false, false});
  metrics.push_back({"ssim", "SSIM", "of the same composites (Wang et al. 2004, luminance, 11x11 window)", false, false});
  for (const MetricEntry& m : variant_table()) metrics.push_back({m.name, m.title, m.about, m.lower_is_better, true});
  return metrics;
}

std::vector<RegionInfo> result_regions() {
  std::vector<RegionInfo> regions;
  for (const RegionEntry& r : region_table()) regions.push_back({r.name, r.title, r.about, r.empty_counts});
  return regions;
}

const std::vector<TraitInfo>& trait_table() {
  static const std::vector<TraitInfo> table = {
      {"face_size", "size of the face (box over frame)"},
      {"softness", "soft share of the visible face"},
      {"covered", "covered share of the face"},
  };
  return table;
}

std::string given_text(const ModelInfo& model) { return fmt::format("{}", fmt::join(model.given, ", ")); }

bool same_data(const EvaluationResult& a, const EvaluationResult& b) {
  return a.data.truth_hash == b.data.truth_hash && a.data.trimap_hash == b.data.trimap_hash;
}

void require_same_data(const std::vector<EvaluationResult>& results) {
  for (const EvaluationResult& result : results) {
    const EvaluationResult& first = results.front();
    require(result.data.truth_hash == first.data.truth_hash,
            "{} was judged on other data than {} (hash of the true mattes): their figures cannot be compared",
            result.model.name, first.model.name);
    require(result.data.trimap_hash == first.data.trimap_hash,
            "{} was judged with other trimaps than {}: their figures cannot be compared", result.model.name, first.model.name);
  }
}

bool in_class(const FrameScore& frame, const std::string& name) {
  if (name.empty()) return true;
  if (name == "none") return frame.classes.empty();
  return std::find(frame.classes.begin(), frame.classes.end(), name) != frame.classes.end();
}

Scores mean_scores(const EvaluationResult& result, const std::string& region, const std::string& occluder_class) {
  Scores sums, counts;
  for (const FrameScore& frame : result.frames) {
    const auto scores = frame.regions.find(region);
    if (scores == frame.regions.end() || !in_class(frame, occluder_class)) continue;
    for (const auto& [name, value] : scores->second) sums[name] += value, counts[name] += 1;
  }
  for (auto& [name, sum] : sums) sum /= counts.at(name);
  return sums;
}

bool seems_inverted(const EvaluationResult& result) {
  return mean_scores(result, "whole").at("sad") > 2 * result.complement_sad;
}

Confusion pooled_confusion(const EvaluationResult& result) {
  Confusion sum;
  for (const FrameScore& frame : result.frames) sum += frame.confusion;
  return sum;
}

std::vector<std::string> classes_of(const EvaluationResult& result) {
  std::set<std::string> names;
  bool bare = false;
  for (const FrameScore& frame : result.frames) {
    names.insert(frame.classes.begin(), frame.classes.end());
    bare |= frame.classes.empty();
  }
  std::vector<std::string> classes(names.begin(), names.end());
  if (bare) classes.insert(classes.begin(), "none");
  return classes;
}

}  // namespace facemat
