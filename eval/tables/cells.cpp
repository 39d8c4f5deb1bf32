#include "eval/tables/cells.h"

#include <fmt/format.h>

#include <algorithm>

namespace facemat::cells {
namespace {

const char* const kMissing = "–";

}  // namespace

Cell word(std::string text) { return {std::move(text), {}, 0, {}, false}; }
Cell missing() { return word(kMissing); }
Cell figure(double value, int decimals) { return {{}, value, decimals, {}, false}; }
Column words(std::string title) { return {std::move(title), {}, {}, true}; }

void mark_best(std::vector<Cell*> cells, bool lower) {
  cells.erase(std::remove_if(cells.begin(), cells.end(), [](const Cell* cell) { return !cell->number; }), cells.end());
  if (cells.empty()) return;
  const auto better = [lower](const Cell* a, const Cell* b) {
    return lower ? *a->number < *b->number : *a->number > *b->number;
  };
  const Cell& best = **std::min_element(cells.begin(), cells.end(), better);
  const std::string figure = number_text(*best.number, best.decimals);
  const auto as_good = [&](const Cell* cell) { return number_text(*cell->number, cell->decimals) == figure; };
  if (std::all_of(cells.begin(), cells.end(), as_good)) return;
  for (Cell* cell : cells) cell->best = as_good(cell);
}

void mark_columns(Table& table) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].better.empty()) continue;
    std::vector<Cell*> cells;
    for (Row& row : table.rows) cells.push_back(&row[c]);
    mark_best(cells, table.columns[c].better == "lower");
  }
}

bool all_same_data(const Results& results) {
  return std::all_of(results.begin(), results.end(), [&](const auto& r) { return same_data(r, results.front()); });
}

bool says_given(const Results& results) {
  return std::any_of(results.begin(), results.end(), [](const EvaluationResult& r) { return !r.model.given.empty(); });
}

std::vector<Row> rows_of_models(const Results& results) {
  std::vector<Row> rows;
  for (size_t i = 0; i < results.size(); ++i) {
    const ModelInfo& model = results[i].model;
    rows.push_back({word(label_of(results, i))});
    if (says_given(results)) rows.back().push_back(model.given.empty() ? missing() : word(given_text(model)));
  }
  return rows;
}

std::vector<Column> columns_of_models(const Results& results) {
  std::vector<Column> columns = {words("model")};
  if (says_given(results)) columns.push_back({"given", kGivenNote, {}, true});
  return columns;
}

std::string label_of(const Results& results, size_t i) {
  const std::string& name = results[i].model.name;
  const auto same = std::count_if(results.begin(), results.end(), [&](const auto& r) { return r.model.name == name; });
  return same > 1 ? fmt::format("{} ({})", name, i + 1) : name;
}

}  // namespace facemat::cells
