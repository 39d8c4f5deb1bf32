#include "eval/statistics/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using Limit = Condition::Limit;

TEST(ConditionText, SaysWhatMustNotBe) {
  struct Row {
    const char *text, *region, *figure;
    bool above;
    Limit limit;
    double amount;
  };
  for (const Row& row :
       {Row{"sad > +2%", "whole", "sad", true, Limit::kShare, 0.02},
        Row{"unknown.conn > +0.05", "unknown", "conn", true, Limit::kChange, 0.05},
        Row{"mse > 3.5", "whole", "mse", true, Limit::kValue, 3.5},
        Row{"iou < -1%", "whole", "iou", false, Limit::kShare, -0.01},
        Row{"uncertainty.ause > 0.4", "uncertainty", "ause", true, Limit::kValue, 0.4},
        Row{"whole.grad<-1e-2", "whole", "grad", false, Limit::kChange, -0.01},
        Row{"  boundary . mad\t>  + 12.5 % ", "boundary", "mad", true, Limit::kShare, 0.125},
        Row{"psnr < .5", "whole", "psnr", false, Limit::kValue, 0.5}, Row{"sad > +0%", "whole", "sad", true, Limit::kShare, 0},
        Row{"uncertainty.nll > +0.1", "uncertainty", "nll", true, Limit::kChange, 0.1}}) {
    const Condition c = parse_condition(row.text);
    EXPECT_EQ(c.region, row.region) << row.text;
    EXPECT_EQ(c.figure, row.figure) << row.text;
    EXPECT_EQ(c.above, row.above) << row.text;
    EXPECT_EQ(c.limit, row.limit) << row.text;
    EXPECT_DOUBLE_EQ(c.amount, row.amount) << row.text;
  }
  EXPECT_EQ(parse_condition(" sad > 1 ").text, "sad > 1");
}

TEST(ConditionText, RefusesEverythingElse) {
  struct Row {
    const char *text, *why;
  };
  for (const Row& row : {Row{"", "there is no > or <"}, Row{"sad", "there is no > or <"}, Row{"sad = 3", "there is no > or <"},
                         Row{"sad >", "'' is no finite number"}, Row{"sad > %", "a share of the baseline needs a sign"},
                         Row{"sad > +%", "'' is no finite number"}, Row{"sad > 2%", "a share of the baseline needs a sign"},
                         Row{"sad > nan", "'nan' is no finite number"}, Row{"sad > +inf", "'inf' is no finite number"},
                         Row{"sad > +inf%", "'inf' is no finite number"}, Row{"sad > 1e999", "'1e999' is no finite number"},
                         Row{"sad > +-2", "'-2' is no finite number"}, Row{"sad > 3 mm", "'3 mm' is no finite number"},
                         Row{"sad >= 3", "'= 3' is no finite number"}, Row{"sad > 2 > 1", "'2 > 1' is no finite number"},
                         Row{"sad > 0x10", "'0x10' is no finite number"}, Row{"sad > 1,5", "'1,5' is no finite number"}}) {
    const std::string message = message_of([&] { parse_condition(row.text); });
    EXPECT_THAT(message, HasSubstr(std::string("condition '") + row.text + "': " + row.why));
    EXPECT_THAT(message, HasSubstr("such as 'sad > +2%'")) << row.text;
  }
}

TEST(ConditionText, ListsWhatIsKnown) {
  const auto message = [](const char* text) { return message_of([&] { parse_condition(text); }); };
  EXPECT_THAT(message("sadness > 1"), HasSubstr("condition 'sadness > 1': unknown metric 'sadness' (known: sad, mse, mad, "));
  EXPECT_THAT(message("nose.sad > 1"), HasSubstr("unknown region 'nose' (known: uncertainty, whole, unknown, "));
  EXPECT_THAT(message("uncertainty.sad > 1"), HasSubstr("unknown uncertainty figure 'sad' (known: spearman, ause, "));
  EXPECT_THAT(message(" > 1"), HasSubstr("unknown metric ''"));
  EXPECT_THAT(message("unknown. > 1"), HasSubstr("unknown metric ''"));
}

// A clip a value; IoU is 1 - SAD / 10.
EvaluationResult result_of(const std::vector<double>& sads) {
  EvaluationResult result;
  result.model.name = "new";
  result.data.truth_hash = "aa";
  for (const double sad : sads) {
    FrameScore frame;
    frame.sample = std::to_string(result.frames.size());
    frame.regions["whole"] = {{"sad", sad}, {"iou", 1 - sad / 10}};
    frame.regions["unknown"] = {{"sad", sad / 2}};
    result.frames.push_back(frame);
  }
  result.uncertainty = UncertaintyInfo{};
  result.uncertainty->sparsification.ause = 0.3, result.uncertainty->spearman = 0.1, result.uncertainty->calibration.nll = -2;
  result.uncertainty->calibration.error = 0.01, result.uncertainty->calibration.relative_error = 0.02;
  result.uncertainty->calibration.within_one = 0.6, result.uncertainty->calibration.within_two = 0.9;
  return result;
}

std::string judged(double value, const std::optional<double>& base, const std::string& condition) {
  std::optional<EvaluationResult> baseline;
  if (base) baseline = result_of({*base}), baseline->model.name = "old";
  const std::vector<Violation> found = violations(result_of({value}), baseline, {parse_condition(condition)});
  return found.empty() ? "" : found[0].message;
}

TEST(Gate, TellsWhatIsViolated) {
  EXPECT_EQ(judged(0.741, 0.710, "sad > +2%"), "sad: 0.741 is 4.4 % above the baseline's 0.71 (allowed: +2 %)");
  EXPECT_EQ(judged(0.741, 0.710, "unknown.sad > +0.01"),
            "unknown.sad: 0.3705 is 0.0155 above the baseline's 0.355 (allowed: +0.01)");
  EXPECT_EQ(judged(4, 2, "iou < -1%"), "iou: 0.6 is 25.0 % below the baseline's 0.8 (allowed: -1 %)");
  EXPECT_EQ(judged(4, 2, "iou < -0.1"), "iou: 0.6 is 0.2 below the baseline's 0.8 (allowed: -0.1)");
  EXPECT_EQ(judged(4, {}, "sad > 3.5"), "sad: 4 is above 3.5");
  EXPECT_EQ(judged(4, {}, "iou < 0.7"), "iou: 0.6 is below 0.7");
  EXPECT_EQ(judged(4, {}, "uncertainty.ause > 0.2"), "uncertainty.ause: 0.3 is above 0.2");
  EXPECT_EQ(judged(0.98, 1, "sad > -5%"), "sad: 0.98 is 2.0 % below the baseline's 1 (allowed: -5 %)") << "must improve";
}

TEST(Gate, PassesWhatIsAllowed) {
  EXPECT_EQ(judged(0.72, 0.71, "sad > +2%"), "");
  EXPECT_EQ(judged(0.5, 0.71, "sad > +2%"), "") << "better";
  EXPECT_EQ(judged(1, 2, "iou < -1%"), "");
  EXPECT_EQ(judged(2, 2, "sad > +0%"), "");
  EXPECT_EQ(judged(4, {}, "sad > 4.5"), "");
  EXPECT_EQ(judged(4, {}, "uncertainty.ause > 0.4"), "");
}

// 0.7 * 1.1 and 0.1 + 0.2 are not what they are in decimal.
TEST(Gate, AllowsTheLimitItself) {
  EXPECT_EQ(judged(0.77, 0.7, "sad > +10%"), "");
  EXPECT_EQ(judged(0.3, 0.1, "sad > +0.2"), "");
  EXPECT_EQ(judged(0.1 + 0.2, 0.1, "sad > +0.2"), "");
  EXPECT_EQ(judged(3.5, {}, "sad > 3.5"), "");
  EXPECT_EQ(judged(3.5, {}, "sad < 3.5"), "");
  EXPECT_NE(judged(0.7700001, 0.7, "sad > +10%"), "");
  EXPECT_NE(judged(3.4999999, {}, "sad < 3.5"), "");
}

TEST(Gate, AnyShareOfABaselineOf0Is0) {
  EXPECT_EQ(judged(0, 0, "sad > +2%"), "");
  EXPECT_EQ(judged(0.1, 0, "sad > +2%"), "sad: 0.1 is above the baseline's 0 (allowed: +2 %)");
  EXPECT_EQ(judged(0.1, 0, "sad > +0.2"), "");
}

// Of a negative figure +2 % is up as well.
TEST(Gate, TakesSharesOfTheSize) {
  EvaluationResult result = result_of({1}), baseline = result;
  result.uncertainty->calibration.nll = -1.9;
  EXPECT_EQ(violations(result, baseline, {parse_condition("uncertainty.nll > +4%")}).size(), 1U);
  EXPECT_TRUE(violations(result, baseline, {parse_condition("uncertainty.nll > +6%")}).empty());
}

TEST(Gate, KnowsEveryUncertaintyFigure) {
  const EvaluationResult result = result_of({1});
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"spearman", "0.1"},
                                                                                    {"ause", "0.3"},
                                                                                    {"error", "0.01"},
                                                                                    {"relative_error", "0.02"},
                                                                                    {"within_one", "0.6"},
                                                                                    {"within_two", "0.9"}}) {
    const auto found = violations(result, {}, {parse_condition("uncertainty." + name + " > 0.001")});
    ASSERT_EQ(found.size(), 1U) << name;
    EXPECT_EQ(found[0].message, "uncertainty." + name + ": " + value + " is above 0.001");
  }
}

TEST(Gate, ListsViolationsInTheOrderOfConditions) {
  const auto found = violations(
      result_of({4}), result_of({2}),
      {parse_condition("iou < -1%"), parse_condition("sad > 5"), parse_condition("sad > 3"), parse_condition("sad > +1")});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].condition.figure, "iou");
  EXPECT_EQ(found[1].condition.text, "sad > 3");
  EXPECT_EQ(found[2].condition.text, "sad > +1");
}

// Ten clips, worse by 1 on average: by much in a few or by the same in all.
TEST(Gate, SignificantLeavesChanceOut) {
  const std::vector<double> base = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  std::vector<double> chance = base, sure = base;
  const std::vector<double> scatter = {9, -8, 7, -6, 8, -9, 6, -5, 7, 1};
  for (size_t i = 0; i < base.size(); ++i) chance[i] += scatter[i], sure[i] += 1 + 0.01 * scatter[i];
  const std::vector<Condition> conditions = {parse_condition("sad > +5%")};
  EXPECT_EQ(violations(result_of(chance), result_of(base), conditions).size(), 1U);
  EXPECT_TRUE(violations(result_of(chance), result_of(base), conditions, true).empty());
  const auto found = violations(result_of(sure), result_of(base), conditions, true);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].message,
              HasSubstr("sad: 6.51 is 18.4 % above the baseline's 5.5 (allowed: +5 %), difference 1.01 [0.9"));
  EXPECT_TRUE(violations(result_of({9}), result_of({1}), conditions, true).empty()) << "one clip";
  EXPECT_EQ(violations(result_of({9}), {}, {parse_condition("sad > 5")}, true).size(), 1U) << "a limit by itself";
}

TEST(Gate, RefusesWhatItCannotJudge) {
  const auto message = [](const EvaluationResult& result, const std::optional<EvaluationResult>& baseline,
                          const char* condition) {
    return message_of([&] { violations(result, baseline, {parse_condition(condition)}); });
  };
  EvaluationResult result = result_of({1}), other = result_of({1});
  EXPECT_THAT(message(result, {}, "sad > +2%"), HasSubstr("condition 'sad > +2%' needs a baseline"));
  EXPECT_THAT(message(result, {}, "sad > +2"), HasSubstr("needs a baseline"));
  EXPECT_THAT(message(result, other, "conn > 1"), HasSubstr("condition 'conn > 1': new has no conn in the region whole"));
  EXPECT_THAT(message(result, other, "face.sad > 1"), HasSubstr("new has no sad in the region face"));
  other.model.name = "old", other.uncertainty.reset();
  EXPECT_THAT(message(result, other, "uncertainty.ause > +1%"), HasSubstr("old has no uncertainty"));
  result.uncertainty->calibration.nll = std::nan("");
  EXPECT_THAT(message(result, {}, "uncertainty.nll > 1"), HasSubstr("uncertainty.nll of new is not finite"));
  other.data.truth_hash = "bb";
  EXPECT_THAT(message(result, other, "sad > 5"), HasSubstr("new was judged on other data than old"));
}

}  // namespace
}  // namespace facemat
