#pragma once
// How sure a mean is: confidence intervals by bootstrap, and tests of two models on the same frames. Frames of one clip
// resemble each other, so clips are drawn and swapped as wholes.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "eval/results/result.h"

namespace facemat {

// Values of frames, clip by clip: what is resampled together.
struct Cluster {
  double sum = 0;     // of the values of its frames
  int64_t count = 0;  // of its frames that have a value, > 0
};

struct Interval {
  double mean = 0, low = 0, high = 0;  // sum over all frames divided by their number, and the bounds of the interval
};
bool bounded(const Interval& interval);  // whether both bounds are finite

struct BootstrapOptions {
  int resamples = 2000;  // 100..10000
  double confidence = 0.95;
  uint64_t seed = 0;  // equal seeds, equal intervals
};

// Two models on the same clips, in the same order.
struct PairedTest {
  Interval difference;  // of the means, first minus second
  double p_value = 1;   // two-sided sign-flip permutation test over clips: all flips up to 16 clips, else 10000 drawn
  int64_t first_lower = 0, second_lower = 0, clips = 0;  // clips in which either one has the lower mean
};

// Intervals and tests for many columns of the same clips: what was drawn for a number of clips is kept for the next column.
// Results are those of bootstrap_mean and paired_test, whatever was asked before. Throws Error for options out of range.
class Bootstrap {
 public:
  explicit Bootstrap(const BootstrapOptions& options = {});

  // The mean over frames, with its interval by the studentised bootstrap over clips (Efron and Tibshirani, "An introduction to
  // the bootstrap", 1993, chapter 12; standard errors of the ratio of sums by linearisation). The interval is the mean itself
  // if all clips have one mean, and unbounded (infinite) for a single clip and where sums overflow. It is Student's with one
  // degree less than clips below kLeastResampled clips, where the bootstrap's is several times as wide, and beyond
  // kMostResampled, where no skew is left to correct. Neither bound is further off than kMostOfStudent times Student's: where a
  // few clips outweigh all others (failures), resamples without them have next to no spread, and the bound would be any number
  // (measured: up to 80 times).
  //
  // Held against simulation in tests/eval/statistics/statistics_test.cpp: 95 % intervals hold the mean in 93 to 97 % of cases
  // from 40 clips on. Of very skewed values (lognormal of sigma 1) they do so from 100 on, at 40 in 92 %, where percentile, BCa
  // and Student's intervals do in 89 %. No interval knows of failures so rare that often none is among the clips.
  //
  // The draws go by the clips' order: another order of the same clips gives another interval, apart by the resampling's
  // scatter. Throws Error for no clusters, or one without a frame.
  Interval mean(const std::vector<Cluster>& clusters);

  // Throws Error for no clusters, and unless both have the same numbers of frames.
  PairedTest paired(const std::vector<Cluster>& first, const std::vector<Cluster>& second);

 private:
  const std::vector<uint16_t>& draws(size_t clips);

  BootstrapOptions options_;
  std::map<size_t, std::vector<uint16_t>> draws_;  // number of clips -> indices of all resamples
  size_t drawn_ = 0;                               // indices in draws_
};
inline constexpr size_t kLeastResampled = 5, kMostResampled = 10000;  // clips
inline constexpr double kMostOfStudent = 3;

Interval bootstrap_mean(const std::vector<Cluster>& clusters, const BootstrapOptions& options = {});
PairedTest paired_test(const std::vector<Cluster>& first, const std::vector<Cluster>& second,
                       const BootstrapOptions& options = {});

// The t beyond which, on both sides together, 1 - confidence of Student's distribution lies; `degrees` >= 1.
double student_quantile(double confidence, int64_t degrees);

// The clusters of a metric in a region, over the frames of a class (in_class) or those that a filter takes. Clips come in the
// order of their first frame; those without a value are left out.
std::vector<Cluster> clusters_of(const EvaluationResult& result, const std::string& region, const std::string& metric,
                                 const std::string& occluder_class = {});
using FrameFilter = std::function<bool(const FrameScore&)>;
std::vector<Cluster> clusters_where(const EvaluationResult& result, const std::string& region, const std::string& metric,
                                    const FrameFilter& takes);

// ... and of two results of the same data, only of the clips and frames in which both have a value. Throws Error if their
// frames are not the same.
struct PairedClusters {
  std::vector<Cluster> first, second;
};
PairedClusters paired_clusters(const EvaluationResult& first, const EvaluationResult& second, const std::string& region,
                               const std::string& metric);

// Smallest level at which each of several tests still rejects when all are tested together (Holm), in their order.
std::vector<double> holm_adjusted(const std::vector<double>& p_values);

}  // namespace facemat
