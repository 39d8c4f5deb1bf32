#include "eval/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/error.h"
#include "src/image/codec.h"
#include "tests/eval/example.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

EvaluationResult judged(int clips, int frames, const EvaluationOptions& options = {}, const fs::path& file = {}) {
  FakePredictor predictor;
  NoProgress progress;
  Evaluation evaluation(options);
  evaluate(predictor, example_clips(clips, frames), evaluation, progress);
  EXPECT_EQ(predictor.resets, clips);
  return evaluation.finish(file);
}

TEST(Evaluation, ScoresByHand) {
  const EvaluationResult r = judged(4, 2);
  ASSERT_EQ(r.frames.size(), 8u);
  EXPECT_EQ(r.data.samples, 4);
  EXPECT_EQ(r.frames[0].whole.at("sad"), 0);
  EXPECT_NEAR(r.frames[5].whole.at("sad"), 400 * 20 / 255.0 / 1000, 1e-12);  // clip 2 is wrong by 20/255 in each of 400 pixels
  EXPECT_NEAR(r.frames[5].whole.at("mad"), 1e3 * 20 / 255.0, 1e-9);
  EXPECT_NEAR(mean_scores(r, false).at("sad"), 400 * (0 + 10 + 20 + 30) / 4 / 255.0 / 1000, 1e-12);
  EXPECT_NEAR(mean_scores(r, false, "hand").at("sad"), 400 * (0 + 20) / 2 / 255.0 / 1000, 1e-12);
  EXPECT_NEAR(mean_scores(r, false, "none").at("sad"), 400 * (10 + 30) / 2 / 255.0 / 1000, 1e-12);
  EXPECT_THAT(classes_of(r), testing::ElementsAre("none", "hand"));
}

TEST(Evaluation, EmptyUnknownRegionsAreCounted) {
  const EvaluationResult r = judged(4, 2);
  EXPECT_EQ(r.empty_unknown, 2);
  EXPECT_NEAR(mean_scores(r, true).at("mad"), 1e3 * (0 + 10 + 20 + 0) / 4 / 255.0, 1e-9);
}

TEST(Evaluation, ComparesFramesOnlyWithinAClip) {
  const EvaluationResult stills = judged(4, 1), clips = judged(4, 2);
  for (const FrameScore& frame : stills.frames) EXPECT_EQ(frame.whole.count("dtssd") + frame.whole.count("dtssd_rvm"), 0u);
  for (const FrameScore& frame : clips.frames) {
    EXPECT_EQ(frame.whole.count("dtssd"), frame.frame == 0 ? 0u : 1u);
    EXPECT_EQ(frame.whole.at("dtssd_rvm"), 0);
  }
}

// One of two frames changes by 51 while the truth stands still: dtSSD x1e2 = 20 for the pair; RVM's convention halves it.
TEST(Evaluation, DtssdConventions) {
  Evaluation evaluation;
  evaluation.add({"a", 0, {}, {}, flat(0), {}, {flat(0), {}}});
  evaluation.add({"a", 1, {}, {}, flat(0), {}, {flat(0.2f), {}}});
  const Scores means = mean_scores(evaluation.finish(), false);
  EXPECT_NEAR(means.at("dtssd"), 20, 1e-9);
  EXPECT_NEAR(means.at("dtssd_rvm"), 10, 1e-9);
}

TEST(Evaluation, ConstantBaselineIsThatOfTheTruth) {
  const ConstantMatte constant = judged(2, 1).constant;
  EXPECT_EQ(constant.value, 0);  // a quarter of the pixels is face
  EXPECT_DOUBLE_EQ(constant.sad, 0.1);
}

TEST(Evaluation, UncertaintyThatEqualsTheErrorRanksPerfectly) {
  const auto uncertainty = judged(4, 1).uncertainty;
  ASSERT_TRUE(uncertainty);
  EXPECT_NEAR(uncertainty->spearman, 1, 1e-12);
  EXPECT_EQ(uncertainty->pixels, 4 * 400);
  ASSERT_EQ(uncertainty->bins.size(), 10u);
  EXPECT_NEAR(uncertainty->bins.back().error, 30 / 256.0, 1e-9);
  EXPECT_EQ(uncertainty->calibration->within_one, 1);
  EXPECT_NEAR(uncertainty->calibration->bins.back().rmse, 30 / 256.0, 1e-9);
}

TEST(Evaluation, TruthHashTellsTheData) {
  const auto hash_of = [](const cv::Mat& truth, float predicted) {
    Evaluation evaluation;
    evaluation.add({"a", 0, {}, {}, truth, {}, {flat(predicted, truth.rows), {}}});
    return evaluation.finish().data.truth_hash;
  };
  EXPECT_EQ(hash_of(square_truth(), 0), hash_of(square_truth(), 0.5F));
  EXPECT_NE(hash_of(square_truth(), 0), hash_of(flat(0), 0));
  EXPECT_NE(hash_of(flat(0, 20), 0), hash_of(flat(0, 21), 0));
}

TEST(Evaluation, RefusesNumbersThatAreNotFinite) {
  const auto message = [](float alpha, float uncertainty) {
    Evaluation evaluation;
    return message_of([&] { evaluation.add({"000007", 2, {}, {}, flat(0), {}, {flat(alpha), flat(uncertainty)}}); });
  };
  EXPECT_THAT(message(NAN, 0), testing::HasSubstr("sample 000007, frame 2: the prediction holds numbers"));
  EXPECT_THAT(message(0, NAN), testing::HasSubstr("sample 000007, frame 2: the uncertainty holds numbers"));
  EXPECT_THAT(message(0, -0.5F), testing::HasSubstr("negative or not finite"));
  EXPECT_THAT(message(0, INFINITY), testing::HasSubstr("negative or not finite"));
  EXPECT_EQ(message(0, 0), "no error");
}

TEST(Evaluation, KeepsTheWorstClips) {
  const Scratch scratch;
  const EvaluationResult r = judged(4, 3, {2}, scratch / "result.json");
  ASSERT_EQ(r.worst.size(), 2u);
  EXPECT_EQ(r.frames[r.worst[0].frame].sample, "000003");
  EXPECT_EQ(r.frames[r.worst[1].frame].sample, "000002");
  EXPECT_EQ(r.worst[0].prediction, "result_cases/000_pred.png");
  for (const auto& name : {r.worst[0].image, r.worst[0].truth, r.worst[0].prediction, r.worst[0].error, r.worst[0].uncertainty})
    EXPECT_EQ(read_image(scratch / name).cols, 20) << name;
}

TEST(Evaluation, RefusesOtherSizesNamingTheSample) {
  Evaluation evaluation;
  EXPECT_THAT(message_of([&] {
                evaluation.add({"000007", 2, {}, {}, flat(0, 20), {}, {flat(0, 21), {}}});
              }),
              testing::HasSubstr("sample 000007, frame 2: the prediction is 21x21, the truth 20x20"));
  EXPECT_THROW(evaluation.finish(), Error);
}

}  // namespace
}  // namespace facemat
