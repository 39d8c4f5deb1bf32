#pragma once
// One self-contained HTML page over one or more results: pictures, styles and charts inline, nothing fetched from anywhere.

#include <filesystem>
#include <vector>

#include "eval/result.h"

namespace facemat {

struct ReportEntry {
  EvaluationResult result;
  fs::path folder;  // of the result file; its pictures are named relative to it
};

// RESULT.json with its folder. Throws Error naming the file.
ReportEntry read_report_entry(const fs::path& file);

// The page. Throws Error without entries, or when a picture that a result names is missing.
std::string report_html(const std::vector<ReportEntry>& entries);

}  // namespace facemat
