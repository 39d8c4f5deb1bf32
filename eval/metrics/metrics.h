#pragma once
// The metric table: every figure a report can show for a frame. To add one: a function in its own file and a line in
// metrics.cpp; tests loop over the table. What needs two frames is in temporal.h, what other evaluators print under the same
// names in variants.h.

#include <string>
#include <vector>

#include "eval/metrics/pair.h"

namespace facemat {

struct MetricEntry {
  const char* name;   // "sad"
  const char* title;  // as printed, with its scale: "MSE x1e3"
  const char* about;  // the definition in a sentence
  double scale;       // printed value = scale * computed value
  bool lower_is_better;
  std::vector<double> (*compute)(const AlphaPair& pair, const Regions& regions);  // one value for each region
};
const std::vector<MetricEntry>& metric_table();

// The entry called `name`. Throws Error listing the known names.
const MetricEntry& find_metric(const std::string& name);

// The computed value over every pixel, not scaled.
double over_whole(const MetricEntry& metric, const AlphaPair& pair);

}  // namespace facemat
