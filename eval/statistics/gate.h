#pragma once
// The regression gate of continuous integration: conditions on a result, most of them relative to a baseline's result, and
// what violates them.

#include <optional>
#include <string>
#include <vector>

#include "eval/results/result.h"
#include "eval/statistics/statistics.h"

namespace facemat {

// [REGION.]FIGURE > LIMIT or < LIMIT, what must not be: 'sad > +2%', 'unknown.conn > +0.05', 'iou < -1%' against a baseline,
// 'mse > 3.5', 'uncertainty.ause > 0.4' by itself. The figure is a metric's mean over frames, in the scale its title prints,
// or one of: uncertainty.spearman, ause, error, relative_error, within_one, within_two, nll.
struct Condition {
  enum class Limit {
    kValue,   // "3.5": for the figure itself
    kChange,  // "+0.05": for its difference from the baseline's
    kShare,   // "+2%": for the same as a share of the baseline's size
  };
  std::string text;    // as it was given
  std::string region;  // "whole" unless given; "uncertainty" for a figure of UncertaintyInfo
  std::string figure;  // "sad"
  bool above = true;   // ">": more than the limit violates; else "<"
  Limit limit = Limit::kValue;
  double amount = 0;  // signed; kShare: 0.02 for +2%
};

// Throws Error that says what is allowed: a text of another form, an unknown figure or region, a number that is not finite.
Condition parse_condition(const std::string& text);

struct Violation {
  Condition condition;
  std::string message;  // "sad: 0.7410 is 4.4 % above the baseline's 0.7100 (allowed: +2 %)"
};

// A figure equal to its limit is allowed; of a baseline of 0 any share is 0. With `significant`, a change of a metric only
// counts if the interval of the paired difference (Bootstrap::paired) excludes 0, which that of a single clip never does;
// limits for the figure itself, and uncertainty figures, which have no clips, count as they are. Throws Error: a change
// without a baseline, a baseline of other data, a figure that either one lacks or that is not finite.
std::vector<Violation> violations(const EvaluationResult& result, const std::optional<EvaluationResult>& baseline,
                                  const std::vector<Condition>& conditions, bool significant = false,
                                  const BootstrapOptions& options = {});

}  // namespace facemat
