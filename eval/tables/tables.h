#pragma once
// What reports state in rows and columns, built once and printed as HTML (report.h), Markdown, LaTeX or CSV.

#include <vector>

#include "eval/results/result.h"
#include "eval/statistics/statistics.h"
#include "eval/tables/table.h"

namespace facemat {

// One table for each region that any result has values in (a row a model, with what it was given where that is stated; a column
// a metric, means with 95 % intervals, the best of each column marked), compatibility variants in tables of their own. Results
// on other data than the first one's are shown, but then no best is marked.
std::vector<Table> score_tables(const std::vector<EvaluationResult>& results, const BootstrapOptions& options = {});

// The first result against every other one of the same data, a table for each: for each metric of each region the difference
// of means with its interval, the p-value, as such and adjusted for all tests of the table (Holm, "A simple sequentially
// rejective multiple test procedure", 1979), and in how many clips either one is better. Variants are left out.
std::vector<Table> paired_tables(const std::vector<EvaluationResult>& results, const BootstrapOptions& options = {});

// Means by occluder class and by the thirds of every trait (result.h), whole-frame SAD and unknown-region MAD, a table for
// each: a column a model. The thirds are those of the first result's frames, as equal as ties allow; a trait of fewer than
// three values is left out.
std::vector<Table> slice_tables(const std::vector<EvaluationResult>& results, const BootstrapOptions& options = {});

// Pooled segmentation figures (mIoU, IoU, accuracy, precision, recall over all pixels of all frames); speed, parameters,
// multiply-adds and memory; uncertainty figures. Each empty if no result has any of it. (figure_tables.cpp)
std::vector<Table> pooled_tables(const std::vector<EvaluationResult>& results);
std::vector<Table> speed_tables(const std::vector<EvaluationResult>& results);
std::vector<Table> uncertainty_tables(const std::vector<EvaluationResult>& results);

// Everything above, in that order.
std::vector<Table> all_tables(const std::vector<EvaluationResult>& results, const BootstrapOptions& options = {});

}  // namespace facemat
