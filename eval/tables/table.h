#pragma once
// A table of a report, and its texts: Markdown, LaTeX, CSV. The page's form is in eval/report/pieces.h.

#include <optional>
#include <string>
#include <vector>

#include "eval/statistics/statistics.h"

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

}  // namespace facemat
