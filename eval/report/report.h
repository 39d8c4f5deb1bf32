#pragma once
// One self-contained HTML page over one or more results of the same data: pictures, styles, charts and script inline, nothing
// fetched from anywhere. Tables, charts and pictures are there without scripts; with them tables sort and filter, regions
// become tabs, and mattes are compared with the truth by a slider.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "eval/results/result.h"
#include "eval/statistics/statistics.h"

namespace facemat {

struct ReportEntry {
  EvaluationResult result;
  fs::path folder;  // of the result file; its pictures are named relative to it
};

// RESULT.json with its folder. Throws Error naming the file.
ReportEntry read_report_entry(const fs::path& file);

struct ReportOptions {
  std::string title = "Face matting: evaluation";
  BootstrapOptions bootstrap;
  uint64_t picture_bytes = uint64_t{12} << 20;  // of all pictures in the page: beyond it smaller ones, then fewer
};

// The page. Throws Error: no entries, results of different data, or a picture that a result names is missing or unreadable.
std::string report_html(const std::vector<ReportEntry>& entries, const ReportOptions& options = {});

}  // namespace facemat
