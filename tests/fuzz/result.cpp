// RESULT.json.

#include "eval/results/result.h"

#include <algorithm>

#include "src/core/error.h"
#include "tests/eval/example.h"
#include "tests/fuzz/json_tricks.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  EvaluationResult result = example_result("student", {}, 2, 1);
  std::vector<FuzzSeed> out = {{"whole", result_to_json(result)}};
  out.front().bytes.erase(std::remove(out.front().bytes.begin(), out.front().bytes.end(), '\n'), out.front().bytes.end());
  add_json_tricks(out, "schema");
  result.cases = {{"worst", 0, "../picture.png", "", "", "", ""}};
  out.push_back({"picture_that_leads_out", result_to_json(result), true});
  result.cases = {{"worst", 99, "", "", "", "", ""}};
  out.push_back({"case_of_no_frame", result_to_json(result), true});
  result.cases.clear();
  result.frames[0].confusion.tp = int64_t{1} << 62;
  out.push_back({"pixels_without_end", result_to_json(result), true});
  return out;
}

void read(const std::string& bytes) { result_to_json(result_from_json(bytes, "RESULT.json")); }

}  // namespace

FuzzTarget result_target() { return {"result", "eval/results/result.h", 16384, seeds, read}; }

}  // namespace facemat
