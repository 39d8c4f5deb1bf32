#pragma once
// Several ways of training ("arms"), each trained with several seeds and judged on one test set: what comes out, and how far
// the seeds spread it, as Markdown tables.

#include <cstdint>
#include <string>
#include <vector>

#include "eval/results/result.h"

namespace facemat {

// Mean and sample standard deviation (divided by n - 1; 0 for one value). `values` must not be empty.
struct Spread {
  double mean = 0, deviation = 0;
};
Spread spread_of(const std::vector<double>& values);

// A model's name "student-seed2" says its arm, "student", and its seed, 2.
struct ArmAndSeed {
  std::string arm;
  uint64_t seed = 0;
};
// Throws Error for any other name.
ArmAndSeed parse_arm(const std::string& model_name);

struct ComparisonOptions {
  std::string subject;                                                // arm to compare with every other one; empty: none
  std::vector<std::string> metrics = {"sad", "mse", "grad", "conn"};  // of result_metrics()
  std::vector<std::string> regions = {"whole", "unknown"};            // of eval/metrics/regions.h
  bool in_turn = false;                                               // compare each arm with the one before it
};

// Tables of: every metric's mean and spread per arm, in each region; the paired differences of the subject to every other arm
// and of each arm to the one before it, seed by seed, in how many seeds the first is the better one, and the interval of the
// mean over clips (eval/statistics/statistics.h); and of arms that predict an uncertainty its rank
// correlation, coverage and calibration, and the tenths of their pixels, averaged over seeds. Arms come in the order of their
// first result, seeds in ascending order. Throws Error: no results, a name without seed, two results of one arm and seed, arms
// of different seeds, results on different data, an unknown subject, metric or region.
std::string comparison_markdown(const std::vector<EvaluationResult>& results, const ComparisonOptions& options);

}  // namespace facemat
