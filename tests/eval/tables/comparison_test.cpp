#include "eval/tables/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/error.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::Not;

// One frame each: SAD `sad`, IoU 1 - sad / 10; half of both in the unknown region.
EvaluationResult result(const std::string& name, double sad, const std::string& truth = "aa") {
  EvaluationResult r;
  r.model.name = name, r.model.kind = "checkpoint";
  r.data = {"bench", "test", "", 1, 1, truth, ""};
  r.metrics = result_metrics(), r.regions = result_regions();
  r.constant = {3, 4.5};
  FrameScore frame;
  frame.sample = "000000";
  frame.regions["whole"] = {{"sad", sad}, {"iou", 1 - sad / 10}};
  frame.regions["unknown"] = {{"sad", sad / 2}, {"iou", (1 - sad / 10) / 2}};
  r.frames = {frame};
  return r;
}

UncertaintyInfo uncertainty(double spearman, double scale) {
  UncertaintyInfo u;
  u.spearman = spearman, u.pixels = 2;
  u.bins = {{0.1 * scale, 0.2 * scale}, {0.3 * scale, 0.4 * scale}};
  u.calibration = Calibration{0.01 * scale, 0.2 * scale, 0.5, 0.9, -1 * scale, {{0.15 * scale, 0.25 * scale}, {0.35, 0.45}}};
  return u;
}

std::vector<EvaluationResult> two_arms() {
  return {result("ours-seed2", 3), result("ours-seed1", 1), result("plain-seed1", 2), result("plain-seed2", 6)};
}

ComparisonOptions options(const std::string& subject) { return {subject, {"sad", "iou"}, {"whole", "unknown"}}; }

TEST(Spread, ByHand) {
  EXPECT_EQ(spread_of({7}).mean, 7);
  EXPECT_EQ(spread_of({7}).deviation, 0);
  EXPECT_DOUBLE_EQ(spread_of({2, 4, 4, 4, 5, 5, 7, 9}).mean, 5);
  EXPECT_DOUBLE_EQ(spread_of({2, 4, 4, 4, 5, 5, 7, 9}).deviation, std::sqrt(32.0 / 7));
  EXPECT_THROW(spread_of({}), Error);
}

TEST(ArmName, EndsInItsSeed) {
  EXPECT_EQ(parse_arm("student-seed12").arm, "student");
  EXPECT_EQ(parse_arm("student-seed12").seed, 12u);
  EXPECT_EQ(parse_arm("a-seed1-seed3").arm, "a-seed1");
  for (const char* name : {"student", "student-seed", "-seed1", "student-seed1x", "student-seed-1", "s-seed1234567890", ""})
    EXPECT_THAT(message_of([&] { parse_arm(name); }), HasSubstr("ARM-seedN")) << name;
}

// Means 2 and 4; deviations of (1, 3) and (2, 6): sqrt 2 and sqrt 8. IoU 0.8 and 0.6.
TEST(Comparison, MeansAndSpreadByHand) {
  const std::string text = comparison_markdown(two_arms(), options(""));
  EXPECT_THAT(text,
              HasSubstr("Data: bench, split test, 1 samples, 1 frames. Mean ± sample standard deviation over 2 seeds (1, 2)"));
  EXPECT_THAT(text, HasSubstr("| whole frame | SAD ↓ | IoU ↑ |\n|---|---:|---:|\n"
                              "| ours | 2.000 ± 1.414 | 0.8000 ± 0.1414 |\n| plain | 4.000 ± 2.828 | 0.6000 ± 0.2828 |\n"));
  EXPECT_THAT(text, HasSubstr("| unknown region | SAD ↓ | IoU ↑ |\n|---|---:|---:|\n"
                              "| ours | 1.000 ± 0.707 | 0.4000 ± 0.0707 |\n"));
  EXPECT_THAT(text, HasSubstr("(3 of 255 everywhere) has a whole-frame SAD of 4.500"));
  EXPECT_THAT(text, Not(HasSubstr("Paired")));
  EXPECT_THAT(text, Not(HasSubstr("Spearman")));
}

TEST(Comparison, SaysWhatAnArmWasGiven) {
  std::vector<EvaluationResult> results = two_arms();
  for (EvaluationResult& r : results)
    if (r.model.name.rfind("ours", 0) == 0) r.model.given = {"frame", "trimap"};
  const std::string text = comparison_markdown(results, options(""));
  EXPECT_THAT(text, HasSubstr("| whole frame | given | SAD ↓ | IoU ↑ |\n|---|---|---:|---:|\n"
                              "| ours | frame, trimap | 2.000 ± 1.414 | 0.8000 ± 0.1414 |\n| plain | – | 4.000 ± 2.828 |"));
}

// 1 - 2 and 3 - 6 by seed, whatever the order of the files: mean -2, deviation sqrt 2.
TEST(Comparison, DifferencesAreSeedBySeed) {
  const std::string text = comparison_markdown(two_arms(), options("ours"));
  EXPECT_THAT(text,
              HasSubstr("| difference | region | metric | seed 1 | seed 2 | mean | deviation | better in | 95 % over clips |"));
  EXPECT_THAT(text, HasSubstr("| ours minus plain | whole | SAD | -1.000 | -3.000 | -2.000 | 1.414 | 2 of 2 | – |"));
  EXPECT_THAT(text, HasSubstr("| ours minus plain | whole | IoU | +0.1000 | +0.3000 | +0.2000 | 0.1414 | 2 of 2 |"));
  EXPECT_THAT(text, HasSubstr("| ours minus plain | unknown | SAD | -0.500 | -1.500 | -1.000 | 0.707 | 2 of 2 |"));
  EXPECT_THAT(comparison_markdown(two_arms(), options("plain")),
              HasSubstr("| plain minus ours | whole | SAD | +1.000 | +3.000 | +2.000 | 1.414 | 0 of 2 |"));
}

TEST(Comparison, ArmsInTurnAreEachComparedWithTheOneBefore) {
  ComparisonOptions in_turn = options("");
  in_turn.in_turn = true;
  const std::string text = comparison_markdown({result("a-seed1", 5), result("b-seed1", 3), result("c-seed1", 4)}, in_turn);
  EXPECT_THAT(text, HasSubstr("| b minus a | whole | SAD | -2.000 |"));
  EXPECT_THAT(text, HasSubstr("| c minus b | whole | SAD | +1.000 |"));
  EXPECT_THAT(text, Not(HasSubstr("c minus a")));
}

// Three clips of one frame: with differences of -1, -2 and -3 (seed 1) and -3, -2 and -1 (seed 2) all clips differ by -2.
TEST(Comparison, ClipsAreAveragedOverSeedsForTheInterval) {
  const auto clips = [](const std::string& name, std::vector<double> sads) {
    EvaluationResult r = result(name, 0);
    r.frames.clear();
    for (size_t i = 0; i < sads.size(); ++i) {
      FrameScore frame;
      frame.sample = std::to_string(i);
      frame.regions["whole"] = {{"sad", sads[i]}, {"iou", 0.5}};
      r.frames.push_back(frame);
    }
    return r;
  };
  const std::string text = comparison_markdown({clips("a-seed1", {9, 8, 7}), clips("a-seed2", {7, 8, 9}),
                                                clips("b-seed1", {10, 10, 10}), clips("b-seed2", {10, 10, 10})},
                                               {"a", {"sad"}, {"whole"}});
  EXPECT_THAT(text, HasSubstr("| a minus b | whole | SAD | -2.000 | -2.000 | -2.000 | 0.000 | 2 of 2 | -2.000 to -2.000 |"));
}

TEST(Comparison, ShowsTheRegionsAskedFor) {
  const std::string text = comparison_markdown(two_arms(), {"ours", {"sad"}, {"unknown"}});
  EXPECT_THAT(text, HasSubstr("| unknown region | SAD"));
  EXPECT_THAT(text, Not(HasSubstr("whole frame |")));
  EXPECT_THAT(text, Not(HasSubstr("plain | whole |")));
}

TEST(Comparison, OneSeedHasNoSpread) {
  const std::string text = comparison_markdown({result("a-seed7", 1), result("b-seed7", 2)}, options("a"));
  EXPECT_THAT(text, HasSubstr("One seed (7)"));
  EXPECT_THAT(text, HasSubstr("| a | 1.000 | 0.9000 |"));
  EXPECT_THAT(text, HasSubstr("| a minus b | whole | SAD | -1.000 | -1.000 | – | 1 of 1 | – |"));
}

TEST(Comparison, LeavesOutWhatWasNotMeasured) {
  std::vector<EvaluationResult> results = two_arms();
  results[3].frames[0].regions.erase("unknown");
  const std::string text = comparison_markdown(results, options("ours"));
  EXPECT_THAT(text, HasSubstr("| plain | – | – |"));
  EXPECT_THAT(text, Not(HasSubstr("plain | unknown |")));
}

// Spearman 0.7 and 0.9; figures scaled by 1 and 3 have mean 2 and deviation sqrt 2 times their unit.
TEST(Comparison, UncertaintyIsAveragedOverSeeds) {
  std::vector<EvaluationResult> results = two_arms();
  results[2].uncertainty = uncertainty(0.7, 1), results[3].uncertainty = uncertainty(0.9, 3);
  const std::string text = comparison_markdown(results, options(""));
  EXPECT_THAT(text,
              HasSubstr("| uncertainty, over pixels | Spearman | \\|error\\| ≤ σ, % (68.3) | \\|error\\| ≤ 2σ, % (95.4) |"));
  EXPECT_THAT(text, HasSubstr("| plain | 0.800 ± 0.141 | 50.0 ± 0.0 | 90.0 ± 0.0 | 0.0200 ± 0.0141 | 0.400 ± 0.283 | "
                              "-2.000 ± 1.414 |"));
  EXPECT_THAT(text, HasSubstr("| 1 | 0.2000 ± 0.1414 | 0.4000 ± 0.2828 | 0.3000 ± 0.2121 | 0.5000 ± 0.3536 |"));
  EXPECT_THAT(text, HasSubstr("| 2 | 0.6000 ± 0.4243 | 0.8000 ± 0.5657 | 0.3500 ± 0.0000 | 0.4500 ± 0.0000 |"));
  EXPECT_THAT(text, Not(HasSubstr("| ours | 0.")));
}

std::string refusal(const std::vector<EvaluationResult>& results, const ComparisonOptions& chosen = {}) {
  return message_of([&] { comparison_markdown(results, chosen); });
}

TEST(Comparison, RefusesWhatCannotBeCompared) {
  EXPECT_THAT(refusal({}), HasSubstr("at least one result"));
  EXPECT_THAT(refusal({result("a", 1)}), HasSubstr("model 'a'"));
  EXPECT_THAT(refusal({result("a-seed1", 1), result("a-seed1", 2)}), HasSubstr("two results are of a, seed 1"));
  EXPECT_THAT(refusal({result("a-seed1", 1), result("a-seed2", 1), result("b-seed1", 1), result("b-seed3", 1)}),
              HasSubstr("a has seeds 1, 2, b has 1, 3"));
  EXPECT_THAT(refusal({result("a-seed1", 1, "aa"), result("b-seed1", 1, "bb")}),
              HasSubstr("b-seed1 was judged on other data than a-seed1"));
  EXPECT_THAT(refusal(two_arms(), options("theirs")), HasSubstr("no results of 'theirs' (there are: ours, plain)"));
  EXPECT_THAT(refusal(two_arms(), {"", {"sadness"}, {"whole"}}), HasSubstr("unknown metric 'sadness' (known: sad, "));
  EXPECT_THAT(refusal(two_arms(), {"", {"sad"}, {"nowhere"}}), HasSubstr("unknown region 'nowhere' (known: whole, "));
}

TEST(Comparison, RefusesUncertaintyThatCannotBeAveraged) {
  std::vector<EvaluationResult> results = two_arms();
  results[2].uncertainty = results[3].uncertainty = uncertainty(0.7, 1);
  results[3].uncertainty->bins.pop_back(), results[3].uncertainty->calibration.bins.pop_back();
  EXPECT_THAT(refusal(results), HasSubstr("plain-seed2: 1 bins of uncertainty, others have 2"));
}

TEST(Comparison, NamesDoNotBreakTheTable) {
  EXPECT_THAT(comparison_markdown({result("a|b-seed1", 1)}, options("")), HasSubstr("| a\\|b | 1.000 | 0.9000 |"));
}

}  // namespace
}  // namespace facemat
