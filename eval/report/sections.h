#pragma once
// The report's sections in the order of the page. Each is HTML; an empty body says that there is nothing to show.

#include <string>
#include <vector>

#include "eval/report/report.h"

namespace facemat {

// What every section reads. The place of a result is its model's style in all charts and tables.
struct ReportData {
  std::vector<EvaluationResult> results;  // of the same data
  std::vector<fs::path> folders;          // of the result files
  ReportOptions options;
};

struct Section {
  std::string id, title, about;  // title and about are text
  std::string body;              // HTML
};

std::string headline(const ReportData& data);  // of the page: title, models, data, warnings
Section scores_section(const ReportData& data);
Section baselines_section(const ReportData& data);
Section paired_section(const ReportData& data);
Section slices_section(const ReportData& data);
Section pooled_section(const ReportData& data);
Section speed_section(const ReportData& data);
Section training_section(const ReportData& data);
Section uncertainty_section(const ReportData& data);
Section ledger_section(const ReportData& data);
Section cases_section(const ReportData& data);
Section frames_section(const ReportData& data);
Section definitions_section(const ReportData& data);
Section environment_section(const ReportData& data);

extern const char* const kReportStyle;   // CSS
extern const char* const kReportScript;  // JavaScript

}  // namespace facemat
