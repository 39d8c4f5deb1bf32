#include "eval/judge/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/error.h"
#include "src/image/codec.h"
#include "tests/eval/example.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

EvaluationResult judged(int clips, int frames, EvaluationOptions options = {}) {
  FakePredictor predictor;
  PredictedMattes source(predictor);
  Silence progress;
  EvaluationResult result = evaluate(source, example_clips(clips, frames), options, progress);
  EXPECT_GE(predictor.resets, clips);
  return result;
}

// One clip of given mattes.
class GivenMattes : public MatteSource {
 public:
  explicit GivenMattes(std::vector<Matte> mattes) : mattes_(std::move(mattes)) {}
  Matte matte(int64_t, int t, const TrueFrame&) override { return mattes_.at(t); }

 private:
  std::vector<Matte> mattes_;
};

ClipSource one_clip(const std::string& name, std::vector<TrueFrame> frames) {
  return {1, [=](int64_t) {
            return TrueClip{name, {}, {}, static_cast<int>(frames.size()), [frames](int t) { return frames[t]; }};
          }};
}

TrueFrame true_frame(const cv::Mat& alpha) {
  TrueFrame frame;
  frame.alpha = alpha;
  return frame;
}

EvaluationResult judged(std::vector<Matte> mattes, std::vector<TrueFrame> frames, const EvaluationOptions& options = {}) {
  GivenMattes source(std::move(mattes));
  Silence progress;
  return evaluate(source, one_clip("000007", std::move(frames)), options, progress);
}

TEST(Evaluation, ScoresByHand) {
  const EvaluationResult r = judged(4, 2);
  ASSERT_EQ(r.frames.size(), 8u);
  EXPECT_EQ(r.data.samples, 4);
  EXPECT_EQ(r.frames[0].regions.at("whole").at("sad"), 0);
  EXPECT_NEAR(r.frames[5].regions.at("whole").at("sad"), 400 * 20 / 255.0 / 1000,
              1e-12);  // clip 2 is wrong by 20/255 in each of 400 pixels
  EXPECT_NEAR(r.frames[5].regions.at("whole").at("mad"), 1e3 * 20 / 255.0, 1e-9);
  EXPECT_NEAR(mean_scores(r, "whole").at("sad"), 400 * (0 + 10 + 20 + 30) / 4 / 255.0 / 1000, 1e-12);
  EXPECT_NEAR(mean_scores(r, "whole", "hand").at("sad"), 400 * (0 + 20) / 2 / 255.0 / 1000, 1e-12);
  EXPECT_NEAR(mean_scores(r, "whole", "none").at("sad"), 400 * (10 + 30) / 2 / 255.0 / 1000, 1e-12);
  EXPECT_THAT(classes_of(r), testing::ElementsAre("none", "hand"));
}

TEST(Evaluation, ClampedMattesKnowWhatTheTrimapKnows) {
  TrueFrame frame = true_frame((cv::Mat_<float>(1, 4) << 0, 0.25, 0.5, 1));
  const cv::Mat alpha = (cv::Mat_<float>(1, 4) << 0.5, 0.5, 0.5, 0.5);
  GivenMattes mattes(std::vector<Matte>(1, {alpha, {}}));
  ClampedMattes clamped(mattes);
  EXPECT_THROW(clamped.matte(0, 0, frame), Error);
  frame.trimap = (cv::Mat_<uint8_t>(1, 4) << 0, 128, 128, 255);
  const cv::Mat expected = (cv::Mat_<float>(1, 4) << 0, 0.5, 0.5, 1);
  EXPECT_EQ(cv::norm(clamped.matte(0, 0, frame).alpha, expected, cv::NORM_INF), 0);
  EXPECT_EQ(alpha.at<float>(0), 0.5f) << "what was clamped is a copy";
}

TEST(Evaluation, EmptyUnknownRegionsAreCounted) {
  const EvaluationResult r = judged(4, 2);
  EXPECT_EQ(r.empty.at("unknown"), 2);
  EXPECT_NEAR(mean_scores(r, "unknown").at("mad"), 1e3 * (0 + 10 + 20 + 0) / 4 / 255.0, 1e-9);
}

TEST(Evaluation, ComparesFramesOnlyWithinAClip) {
  const EvaluationResult stills = judged(4, 1), clips = judged(4, 2);
  for (const FrameScore& frame : stills.frames)
    EXPECT_EQ(frame.regions.at("whole").count("dtssd") + frame.regions.at("whole").count("dtssd_rvm"), 0u);
  for (const FrameScore& frame : clips.frames) {
    EXPECT_EQ(frame.regions.at("whole").count("dtssd"), frame.frame == 0 ? 0u : 1u);
    EXPECT_EQ(frame.regions.at("whole").at("dtssd_rvm"), 0);
  }
}

// One of two frames changes by 51 while the truth stands still: dtSSD x1e2 = 20 for the pair; RVM's convention halves it.
TEST(Evaluation, DtssdConventions) {
  const Scores means =
      mean_scores(judged({{flat(0), {}}, {flat(0.2F), {}}}, {true_frame(flat(0)), true_frame(flat(0))}), "whole");
  EXPECT_NEAR(means.at("dtssd"), 20, 1e-9);
  EXPECT_NEAR(means.at("dtssd_rvm"), 10, 1e-9);
}

// With a flow of nothing the squared error changes from 0 to 0.04.
TEST(Evaluation, MessddtNeedsFlow) {
  TrueFrame first = true_frame(flat(0));
  const auto messddt = [&] {
    return mean_scores(judged({{flat(0), {}}, {flat(0.2F), {}}}, {first, true_frame(flat(0))}), "whole").count("messddt");
  };
  EXPECT_EQ(messddt(), 0u);
  first.flow = cv::Mat::zeros(20, 20, CV_32FC2);
  ASSERT_EQ(messddt(), 1u);
  const Scores means = mean_scores(judged({{flat(0), {}}, {flat(0.2F), {}}}, {first, true_frame(flat(0))}), "whole");
  EXPECT_NEAR(means.at("messddt"), 1e4 * 0.04, 1e-9);
}

TEST(Evaluation, RegionsWithoutPixelsHaveNoValueUnlessThatIsPerfect) {
  const EvaluationResult r = judged(4, 1);
  EXPECT_EQ(r.frames[0].regions.count("transparent"), 0u);  // the truth is 0 or 1 everywhere
  EXPECT_EQ(r.empty.at("transparent"), 4);
  EXPECT_EQ(r.frames[3].regions.at("unknown").at("sad"), 0);
  EXPECT_EQ(r.frames[3].regions.count("mask"), 0u);
  EXPECT_EQ(r.empty.count("mask"), 0u);  // no mask was given, which is not the same
  EXPECT_NEAR(r.frames[2].regions.at("face").at("sad"), 100 * 20 / 255.0 / 1000, 1e-12);
}

TEST(Evaluation, TraitsByHand) {
  cv::Mat truth = square_truth();
  truth(cv::Rect(5, 5, 10, 2)).setTo(0.5);
  const EvaluationResult r = judged({{flat(0), {}}}, {true_frame(truth)});
  EXPECT_DOUBLE_EQ(r.frames[0].traits.at("face_size"), 0.5);
  EXPECT_DOUBLE_EQ(r.frames[0].traits.at("softness"), 0.2);
  EXPECT_EQ(r.frames[0].traits.count("covered"), 0u);
  EXPECT_DOUBLE_EQ(judged(4, 1).frames[3].traits.at("covered"), 0.1 * 3);
}

TEST(Evaluation, VariantsAreExtraColumns) {
  EvaluationOptions options;
  options.variants = {"conn_background"};
  EXPECT_EQ(judged(2, 1, options).frames[0].regions.at("whole").count("conn_background"), 1u);
  EXPECT_EQ(judged(2, 1).frames[0].regions.at("whole").count("conn_background"), 0u);
  options.variants = {"conn"};
  EXPECT_THROW(judged(2, 1, options), Error);
}

TEST(Evaluation, ChosenRegionsAndTheWholeFrame) {
  EvaluationOptions options;
  options.regions = {"face"};
  const auto regions = judged(2, 1, options).frames[0].regions;
  EXPECT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions.count("whole") + regions.count("face"), 2u);
  options.regions = {"nowhere"};
  EXPECT_THROW(judged(2, 1, options), Error);
}

TEST(Evaluation, PooledMasks) {
  const EvaluationResult r = judged(4, 1);  // alpha is wrong by less than a half: the masks are perfect
  EXPECT_EQ(pooled_confusion(r).tp, 4 * 100);
  EXPECT_EQ(pooled_confusion(r).tn, 4 * 300);
  EXPECT_EQ(mean_iou(pooled_confusion(r)), 1);
}

TEST(Evaluation, SpeedIsThatOfTheModel) {
  const EvaluationResult r = judged(4, 2);
  ASSERT_TRUE(r.speed);
  EXPECT_EQ(r.speed->frames, 7);  // the first is left out
  EXPECT_LE(r.speed->p50_ms, r.speed->p99_ms);
  EXPECT_EQ(r.speed->width, 20);
  EXPECT_FALSE(judged({{flat(0), {}}}, {true_frame(flat(0))}).speed);
}

TEST(Evaluation, CompositeOfThePerfectMatteIsPerfect) {
  const Scores perfect = judged(4, 1).frames[0].regions.at("whole"), wrong = judged(4, 1).frames[3].regions.at("whole");
  EXPECT_EQ(perfect.at("psnr"), 100);
  EXPECT_NEAR(perfect.at("ssim"), 1, 1e-12);
  EXPECT_LT(wrong.at("psnr"), 60);
  EvaluationOptions options;
  options.composite = false;
  EXPECT_EQ(judged(4, 1, options).frames[0].regions.at("whole").count("psnr"), 0u);
}

TEST(Evaluation, LedgerKeepsTeacherAndStudentApart) {
  FakePredictor teacher(1 / 16.0F);
  PredictedMattes source(teacher);
  EvaluationOptions options;
  options.teacher = &source, options.teacher_name = "teacher";
  const EvaluationResult r = judged(4, 1, options);
  ASSERT_TRUE(r.ledger);
  EXPECT_EQ(r.ledger->teacher, "teacher");
  EXPECT_EQ(r.ledger->pixels, 4 * 400);
  ASSERT_EQ(r.ledger->bins.size(), 10u);
  EXPECT_NEAR(r.ledger->bins[0].teacher_error - r.ledger->bins[0].error, 1 / 16.0, 1e-6);
  EXPECT_NEAR(r.ledger->bins[9].error, 30 / 256.0, 1e-6);

  GivenMattes silent(std::vector<Matte>{{flat(0), {}}});
  options.teacher = &silent;
  EXPECT_THAT(message_of([&] {
                judged({{flat(0), {}}}, {true_frame(flat(0))}, options);
              }),
              testing::HasSubstr("no uncertainty"));
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
  EXPECT_EQ(uncertainty->calibration.within_one, 1);
  EXPECT_NEAR(uncertainty->calibration.bins.back().rmse, 30 / 256.0, 1e-9);
}

TEST(Evaluation, HashesTellTheData) {
  const auto data_of = [](const cv::Mat& truth, float predicted, const cv::Mat& trimap = {}) {
    TrueFrame frame = true_frame(truth);
    frame.trimap = trimap;
    return judged({{flat(predicted, truth.rows), {}}}, {frame}).data;
  };
  const cv::Mat unknown(20, 20, CV_8UC1, cv::Scalar(128)), known(20, 20, CV_8UC1, cv::Scalar(0));
  EXPECT_EQ(data_of(square_truth(), 0).truth_hash, data_of(square_truth(), 0.5F).truth_hash);
  EXPECT_NE(data_of(square_truth(), 0).truth_hash, data_of(flat(0), 0).truth_hash);
  EXPECT_NE(data_of(flat(0, 20), 0).truth_hash, data_of(flat(0, 21), 0).truth_hash);
  EXPECT_EQ(data_of(flat(0), 0).trimap_hash, "");
  EXPECT_NE(data_of(flat(0), 0, unknown).trimap_hash, data_of(flat(0), 0, known).trimap_hash);
}

TEST(Evaluation, RefusesNumbersThatAreNotFinite) {
  const auto message = [](float alpha, float uncertainty) {
    return message_of([&] { judged({{flat(alpha), flat(uncertainty)}}, {true_frame(flat(0))}); });
  };
  EXPECT_THAT(message(NAN, 0), testing::HasSubstr("sample 000007, frame 0: the prediction holds numbers"));
  EXPECT_THAT(message(0, NAN), testing::HasSubstr("sample 000007, frame 0: the uncertainty holds numbers"));
  EXPECT_THAT(message(0, -0.5F), testing::HasSubstr("negative or not finite"));
  EXPECT_THAT(message(0, INFINITY), testing::HasSubstr("negative or not finite"));
  EXPECT_EQ(message(0, 0), "no error");
}

TEST(Evaluation, KeepsWorstMedianAndBestClips) {
  const Scratch scratch;
  CasePictures pictures(scratch / "result.json");
  EvaluationOptions options;
  options.cases = {2, 1, 1}, options.pictures = &pictures;
  const EvaluationResult r = judged(7, 3, options);
  pictures.keep();
  std::vector<std::string> kept;
  for (const Case& c : r.cases) kept.push_back(c.kind + " " + r.frames[c.frame].sample);
  EXPECT_THAT(kept, testing::ElementsAre("worst 000006", "worst 000005", "median 000003", "best 000000"));
  EXPECT_EQ(r.cases[0].prediction, "result_cases/000_pred.png");
  for (const auto& name : {r.cases[0].image, r.cases[0].truth, r.cases[0].prediction, r.cases[0].error, r.cases[0].uncertainty})
    EXPECT_EQ(read_image(scratch / name).cols, 20) << name;
  EXPECT_EQ(read_image(scratch / r.cases[2].prediction).at<cv::Vec3b>(0, 0)[0], 30);  // clip 3 is wrong by 30 / 256
}

// A result may have a name as long as file systems take, 255 bytes.
TEST(Evaluation, PicturesLieBesideResultsOfAnyName) {
  const Scratch scratch;
  CasePictures pictures(scratch / (std::string(250, 'r') + ".json"));
  const std::string place = pictures.add(0, "gt", cv::Mat(4, 5, CV_8UC1, cv::Scalar(7)));
  pictures.keep();
  EXPECT_EQ(read_image(scratch / place).cols, 5) << place;
}

// Whatever goes wrong before the new result is written, an earlier one keeps its pictures.
TEST(Evaluation, PicturesOfAnEarlierResultStayUntilTheNewOnesAreKept) {
  const Scratch scratch;
  const auto judge = [&](int clips, bool keep) {
    CasePictures pictures(scratch / "result.json");
    EvaluationOptions options;
    options.pictures = &pictures;
    judged(clips, 1, options);
    if (keep) pictures.keep();
  };
  judge(3, true);
  write_file(scratch / "result_cases/notes.txt", "mine");
  const std::vector<std::string> before = names_in(scratch / "result_cases");
  EXPECT_EQ(before.size(), 3u * 5 + 1);
  judge(1, false);
  EXPECT_EQ(names_in(scratch / "result_cases"), before);
  judge(1, true);
  EXPECT_EQ(names_in(scratch / "result_cases").size(), 5u + 1);
  EXPECT_EQ(names_in(scratch.path()), std::vector<std::string>{"result_cases"});
}

TEST(Evaluation, PicturesThatKilledRunsLeftGo) {
  const Scratch scratch;
  for (const char* process : {"999999998", "999999999"})
    write_file(scratch / (std::string("result_cases.facemat-part-") + process + "/000_gt.png"), "half");
  const Lock busy(scratch / "result_cases.facemat-part-999999999", "is at it");
  CasePictures pictures(scratch / "result.json");
  EXPECT_EQ(names_in(scratch.path()), std::vector<std::string>{"result_cases.facemat-part-999999999"});
  pictures.add(0, "gt", cv::Mat(4, 5, CV_8UC1, cv::Scalar(7)));
  remove_abandoned(scratch / "result_cases");  // as another run does
  pictures.keep();
  EXPECT_EQ(names_in(scratch / "result_cases"), std::vector<std::string>{"000_gt.png"});
}

TEST(Evaluation, OfFewClipsTheWorstComeFirst) {
  const Scratch scratch;
  CasePictures pictures(scratch / "result.json");
  EvaluationOptions options;
  options.cases = {2, 2, 2}, options.pictures = &pictures;
  std::vector<std::string> kinds;
  for (const Case& c : judged(3, 1, options).cases) kinds.push_back(c.kind);
  EXPECT_THAT(kinds, testing::ElementsAre("worst", "worst", "best"));
}

TEST(Evaluation, RefusesOtherSizesNamingTheSample) {
  EXPECT_THAT(message_of([&] {
                judged({{flat(0, 21), {}}}, {true_frame(flat(0, 20))});
              }),
              testing::HasSubstr("sample 000007, frame 0: the prediction is 21x21, the truth 20x20"));
  EXPECT_THAT(message_of([&] { judged({}, {}); }), testing::HasSubstr("nothing to judge"));
}

TEST(Baselines, HullAndConstant) {
  const ClipSource clips = example_clips(2, 1);
  EXPECT_EQ(
      cv::norm(find_baseline("hull").make(clips)->matte(0, 0, clips.clip(0).frame(0)).alpha, square_truth(), cv::NORM_INF), 0);
  EXPECT_EQ(cv::countNonZero(find_baseline("constant").make(clips)->matte(0, 0, clips.clip(0).frame(0)).alpha), 0);
  TrueFrame ring = true_frame(square_truth());
  ring.alpha(cv::Rect(8, 8, 4, 4)).setTo(0);  // covered in the middle
  EXPECT_EQ(cv::norm(find_baseline("hull").make(clips)->matte(0, 0, ring).alpha, square_truth(), cv::NORM_INF), 0);
  EXPECT_EQ(cv::countNonZero(find_baseline("hull").make(clips)->matte(0, 0, true_frame(flat(0))).alpha), 0);
  EXPECT_THROW(find_baseline("clown"), Error);
}

}  // namespace
}  // namespace facemat
