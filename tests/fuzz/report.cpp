// The page that is made of a RESULT.json.

#include "eval/report/report.h"

#include "eval/results/result.h"
#include "tests/eval/example.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  const EvaluationResult whole = example_result("student", {}, 6, 1);
  EvaluationResult vast = whole, bare = whole, missing = whole;
  for (size_t i = 0; i < vast.frames.size(); ++i) vast.frames[i].regions["whole"]["sad"] = i % 2 == 0 ? 1.7e308 : -1.7e308;
  bare.metrics.clear(), bare.regions.clear();
  missing.cases = {{"worst", 0, "missing.png", "", "", "", ""}};
  return {{"whole", result_to_json(whole)},
          {"vast", result_to_json(vast)},
          {"bare", result_to_json(bare)},
          {"picture_that_is_missing", result_to_json(missing), true},
          {"empty", "{}", true}};
}

void read(const std::string& bytes) {
  constexpr size_t kMostFrames = 50, kMostNamed = 50;
  ReportEntry entry{result_from_json(bytes, "RESULT.json"), as_file("RESULT.json", bytes).parent_path()};
  const EvaluationResult& r = entry.result;
  if (r.frames.size() > kMostFrames || r.metrics.size() > kMostNamed || r.regions.size() > kMostNamed)
    return;  // slow, not wrong
  ReportOptions options;
  options.bootstrap.resamples = 100;
  report_html({entry}, options);
}

}  // namespace

FuzzTarget report_target() { return {"report", "eval/report/report.h", 16384, seeds, read}; }

}  // namespace facemat
