#pragma once
// What several sections of the report are made of.

#include <optional>
#include <string>
#include <vector>

#include "eval/report/sections.h"
#include "eval/tables/tables.h"

namespace facemat {

// Text for readers, escaped: "MSE x1e3" becomes "MSE x10^3" with a raised 3.
std::string pretty(const std::string& text);

// A model's name with its marker, its kind in small type.
std::string model_name(const ReportData& data, size_t model);

// The style of the model of that name; nothing if there is none.
std::optional<int> style_of_model(const ReportData& data, const std::string& name);

// Numbers with their intervals in small type below, the best of a column with a star, an arrow to the better side in the head.
// The script makes columns sortable.
std::string table_html(const ReportData& data, const Table& table, bool with_title = true);

// Parts of which one is shown at a time when scripts run, chosen by tabs; else one below the other with their titles.
struct Panel {
  std::string title;  // text
  std::string body;   // HTML
};
std::string tabs(const std::string& label, const std::vector<Panel>& panels);

// One tab a table, named by what the tables' titles do not have in common at their beginning.
std::string tabs_of_tables(const ReportData& data, const std::string& label, const std::vector<Table>& tables);

// A table for each run of rows with the same text in the first column, which becomes the title; notes are left to the whole.
std::vector<Table> split_by_first(const Table& table);

// Key and value in two columns; values are HTML, pairs with an empty one are left out.
struct Fact {
  std::string key, value;
};
std::string facts(const std::vector<Fact>& list);

// "12,345"
std::string grouped(int64_t number);
std::string joined(const std::vector<std::string>& names);

// Mean and interval of a metric over all frames of a region; nothing without values.
std::optional<Interval> mean_of(const ReportData& data, size_t model, const std::string& region, const std::string& metric);

// "[low, high]" with so many decimals; empty if the interval is unbounded.
std::string interval_text(const Interval& interval, int decimals);

// Regions and metrics of which any result has a value, in the first result's order.
std::vector<RegionInfo> regions_with_values(const ReportData& data);
std::vector<MetricInfo> metrics_with_values(const ReportData& data, bool variants = false);

}  // namespace facemat
