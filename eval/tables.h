#pragma once
// What reports state in rows and columns, built once and printed as HTML (report.h), Markdown, LaTeX or CSV.

#include <optional>
#include <string>
#include <vector>

#include "eval/result.h"
#include "eval/statistics.h"

namespace facemat {

// Either text or a number, perhaps with its interval.
struct Cell {
  std::string text;              // shown if there is no number
  std::optional<double> number;  // shown with `decimals`
  int decimals = 3;
  std::optional<Interval> interval;
  bool best = false;  // of its column (in slice tables: of its row)
};

struct Column {
  std::string title;   // "SAD"
  std::string about;   // a sentence; may be empty
  std::string better;  // "lower", "higher" or empty
  bool text = false;   // of words, to be aligned at the left; else of numbers
};

struct Table {
  std::string name;   // file stem of letters, digits and underscores: "scores_whole"
  std::string title;  // "Scores, whole frame"
  std::string note;   // how to read it; may be empty
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as `columns`
};

// One table for each region that any result has values in (a row a model, a column a metric, means with 95 % intervals, the
// best of each column marked), compatibility variants in tables of their own. Results on other data than the first one's are
// shown, but then no best is marked.
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
// multiply-adds and memory; uncertainty figures. Each empty if no result has any of it.
std::vector<Table> pooled_tables(const std::vector<EvaluationResult>& results);
std::vector<Table> speed_tables(const std::vector<EvaluationResult>& results);
std::vector<Table> uncertainty_tables(const std::vector<EvaluationResult>& results);

// Everything above, in that order.
std::vector<Table> all_tables(const std::vector<EvaluationResult>& results, const BootstrapOptions& options = {});

std::string to_markdown(const Table& table);
std::string to_latex(const Table& table);  // a booktabs `tabular` in a `table` with caption and label
std::string to_csv(const Table& table);    // RFC 4180; numbers in full precision, with columns for the bounds of intervals

// The pieces of to_markdown, to_latex and the page.
std::string cell_text(const Cell& cell);              // "0.71 [0.65, 0.79]"; an unbounded interval is not shown
std::string column_text(const Column& column);        // "SAD ↓"
std::string markdown_text(const std::string& raw);    // escaped, in one line
std::string markdown_grid(const Table& table);        // head and rows, without title and note
int decimals_for(double value);                       // for four significant digits, at most four decimals
std::string number_text(double value, int decimals);  // never "-0.0"

// Smallest level at which each of several tests still rejects when all are tested together (Holm), in their order.
std::vector<double> holm_adjusted(const std::vector<double>& p_values);

}  // namespace facemat
