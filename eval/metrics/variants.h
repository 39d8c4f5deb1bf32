#pragma once
// What other evaluators print as Grad and Conn of the same mattes, for comparing with tables that were made by them. Shown
// beside our figures by name, never instead. Which evaluator does what: reading of the public code, 2026.

#include <string>
#include <vector>

#include "eval/metrics/metrics.h"

namespace facemat {

const std::vector<MetricEntry>& variant_table();

// The entry called `name`. Throws Error listing the known names.
const MetricEntry& find_variant(const std::string& name);

}  // namespace facemat
