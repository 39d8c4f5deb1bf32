#pragma once
// What tables of results are put together from: cells, columns, the best of a column. For tables.cpp and figure_tables.cpp.

#include <string>
#include <vector>

#include "eval/results/result.h"
#include "eval/tables/table.h"

namespace facemat::cells {

using Results = std::vector<EvaluationResult>;
using Row = std::vector<Cell>;

Cell word(std::string text);
Cell missing();
Cell figure(double value, int decimals);
Column words(std::string title);

// Marks the best of cells, and those that read the same. Nothing is best unless another one is worse.
void mark_best(std::vector<Cell*> cells, bool lower);

// The same for every column that says which way is better.
void mark_columns(Table& table);

// Whether all are of the first one's data, so that one may be the best.
bool all_same_data(const Results& results);

// Whether any result says what its system was given.
bool says_given(const Results& results);

// A row for each model, with the cells that say which it is: its name, and what it was given where any result says so. And the
// columns of these cells.
std::vector<Row> rows_of_models(const Results& results);
std::vector<Column> columns_of_models(const Results& results);

// The model that column or row `i` is about; a name of its own where two results have the same one.
std::string label_of(const Results& results, size_t i);

}  // namespace facemat::cells
