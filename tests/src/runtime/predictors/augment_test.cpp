#include "src/runtime/predictors/augment.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "src/core/error.h"
#include "src/image/pixels.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

// What the predictors of one test saw.
struct Log {
  std::vector<cv::Size> sizes;
  int made = 0, resets = 0;
};

// Alpha: the blue channel, times 1, 2, 3, ... over a clip (a state); left half halved, so that a mirrored frame gives another
// answer. Uncertainty: `deviation` if it is not negative.
class Recurrent : public Predictor {
 public:
  Recurrent(Log& log, double deviation) : log_(log), deviation_(deviation) { ++log_.made; }
  Matte predict(const cv::Mat& frame) override {
    log_.sizes.push_back(frame.size());
    Matte out;
    cv::extractChannel(to_float(frame), out.alpha, 0);
    out.alpha *= ++seen_;
    out.alpha.colRange(0, frame.cols / 2) *= 0.5;
    if (deviation_ >= 0) out.uncertainty = cv::Mat(frame.size(), CV_32FC1, cv::Scalar(deviation_));
    return out;
  }
  void reset() override {
    seen_ = 0;
    ++log_.resets;
  }

 private:
  Log& log_;
  double deviation_;
  int seen_ = 0;
};

MakePredictor maker(Log& log, double deviation = -1) {
  return [&log, deviation] { return std::make_unique<Recurrent>(log, deviation); };
}

// Each with a deviation of its own: 0.3, then 0.4.
MakePredictor graded(Log& log) {
  return [&log] { return std::make_unique<Recurrent>(log, log.made == 0 ? 0.3 : 0.4); };
}

cv::Mat frame(cv::Size size, int blue) { return cv::Mat(size, CV_8UC3, cv::Scalar(blue, 0, 0)); }

TEST(Augmented, WithNothingAskedIsTheInnerOne) {
  Log log;
  const auto one = augmented(maker(log), {});
  const cv::Mat alpha = one->predict(frame({20, 16}, 51)).alpha;
  EXPECT_EQ(log.made, 1);
  EXPECT_NEAR(alpha.at<float>(0, 0), 0.1, 1e-6);
  EXPECT_NEAR(alpha.at<float>(0, 19), 0.2, 1e-6);
}

TEST(Augmented, MirroringAveragesBothSides) {
  Log log;
  AugmentConfig config;
  config.flip = true;
  const auto both = augmented(maker(log), config);
  cv::Mat image = frame({20, 16}, 51);
  image.col(3).setTo(cv::Scalar(255, 0, 0));
  const cv::Mat alpha = both->predict(image).alpha;
  EXPECT_EQ(log.made, 2);
  EXPECT_NEAR(alpha.at<float>(5, 0), 0.15, 1e-6);
  EXPECT_NEAR(alpha.at<float>(5, 19), 0.15, 1e-6);
  EXPECT_NEAR(alpha.at<float>(5, 3), 0.75, 1e-6);  // mirrored back to its place
  EXPECT_NEAR(alpha.at<float>(5, 16), 0.15, 1e-6);
}

TEST(Augmented, EachVariantHasItsOwnState) {
  Log log;
  AugmentConfig config;
  config.flip = true;
  config.scales = {1, 0.5};
  const auto four = augmented(maker(log), config);
  for (int i = 1; i <= 3; ++i) EXPECT_NEAR(four->predict(frame({40, 32}, 51)).alpha.at<float>(5, 5), 0.15 * i, 1e-6);
  four->reset();
  EXPECT_EQ(log.made, 4);
  EXPECT_EQ(log.resets, 4);
  EXPECT_NEAR(four->predict(frame({40, 32}, 51)).alpha.at<float>(5, 5), 0.15, 1e-6);
}

TEST(Augmented, ShowsEachScaleAndNothingBelowSixteenPixels) {
  Log log;
  AugmentConfig config;
  config.scales = {1, 0.5, 2};
  const Matte matte = augmented(maker(log), config)->predict(frame({40, 24}, 51));
  EXPECT_EQ(log.sizes, (std::vector<cv::Size>{{40, 24}, {20, 16}, {80, 48}}));
  EXPECT_EQ(matte.alpha.size(), cv::Size(40, 24));
}

TEST(Augmented, UncertaintyIsTheRootOfTheMeanOfVariances) {
  Log log;
  AugmentConfig config;
  config.flip = true;
  const Matte matte = augmented(graded(log), config)->predict(frame({20, 16}, 51));
  EXPECT_NEAR(matte.uncertainty.at<float>(3, 3), 0.35355339, 1e-6);  // sqrt((0.09 + 0.16) / 2)
  EXPECT_TRUE(augmented(maker(log), config)->predict(frame({20, 16}, 51)).uncertainty.empty());
}

TEST(Augmented, RefusesScalesOutOfRange) {
  Log log;
  AugmentConfig config;
  config.scales = {};
  EXPECT_THROW(augmented(maker(log), config), Error);
  config.scales = {0.01};
  EXPECT_THROW(augmented(maker(log), config), Error);
}

TEST(AtWorkingSize, ShowsThatSizeAndResizesBack) {
  Log log;
  const auto seen_at = [&](WorkingSize size, cv::Size given) {
    const Matte matte = at_working_size(std::make_unique<Recurrent>(log, 0.1), size)->predict(frame(given, 51));
    EXPECT_EQ(matte.alpha.size(), given);
    EXPECT_EQ(matte.uncertainty.size(), given);
    EXPECT_NEAR(matte.alpha.at<float>(given.height / 2, given.width - 1), 0.2, 1e-6);
    return log.sizes.back();
  };
  EXPECT_EQ(seen_at({32, 24, 0}, {100, 50}), cv::Size(32, 24));
  EXPECT_EQ(seen_at({0, 0, 40}, {100, 50}), cv::Size(40, 20));
  EXPECT_EQ(seen_at({0, 0, 40}, {50, 100}), cv::Size(20, 40));
  EXPECT_EQ(seen_at({0, 0, 200}, {100, 50}), cv::Size(100, 50));  // nothing is enlarged
  EXPECT_EQ(seen_at({}, {100, 50}), cv::Size(100, 50));
}

TEST(AtWorkingSize, RefusesSizesThatAreNone) {
  Log log;
  for (const WorkingSize& size : {WorkingSize{8, 32, 0}, WorkingSize{32, 0, 0}, WorkingSize{0, 0, 15}, WorkingSize{32, 32, 64}})
    EXPECT_THROW(at_working_size(std::make_unique<Recurrent>(log, -1), size), Error);
}

// Alpha: the hint, 1 where the trimap says face, and 0 where the background is bright and the segmentation says nothing.
class Guided : public Predictor {
 public:
  Matte predict(const cv::Mat&) override { fail("no guides"); }
  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override {
    for (const cv::Mat& guide : {guides.trimap, guides.hint, guides.background, guides.segmentation})
      EXPECT_EQ(guide.size(), frame.size());
    cv::Mat alpha = guides.hint.clone(), blue;
    alpha.setTo(1, guides.trimap == 255);
    cv::extractChannel(guides.background, blue, 0);
    alpha.setTo(0, (blue > 128) & (guides.segmentation < 0.5));
    return {alpha, {}, "said"};
  }
  GuideWishes wishes() const override { return needs({"hint", "trimap"}); }
  bool remembers() const override { return true; }
  void reset() override {}
};

// The left quarter of 32 columns is face, the right one background.
FrameGuides left_face() {
  FrameGuides guides{cv::Mat(20, 32, CV_8UC1, cv::Scalar(128)), cv::Mat(20, 32, CV_32FC1, cv::Scalar(0.25)),
                     cv::Mat(20, 32, CV_8UC3, cv::Scalar::all(0)), cv::Mat(20, 32, CV_32FC1, cv::Scalar(0))};
  guides.trimap.colRange(0, 8).setTo(255);
  guides.background.colRange(0, 4).setTo(cv::Scalar::all(255)), guides.segmentation.colRange(0, 4).setTo(1);
  guides.background.colRange(24, 32).setTo(cv::Scalar::all(255));
  return guides;
}

TEST(Augmented, GuidesGoWhereTheFrameGoes) {
  AugmentConfig config;
  config.flip = true;
  config.scales = {1, 2};
  const auto four = augmented([] { return std::make_unique<Guided>(); }, config);
  const cv::Mat alpha = four->predict_given(frame({32, 20}, 9), left_face()).alpha;
  EXPECT_NEAR(alpha.at<float>(9, 2), 1, 1e-6);
  EXPECT_NEAR(alpha.at<float>(9, 20), 0.25, 1e-6);
  EXPECT_NEAR(alpha.at<float>(9, 30), 0, 1e-6);
  EXPECT_EQ(four->wishes().hint, Wish::kNeeded);
  EXPECT_TRUE(four->remembers());
}

TEST(AtWorkingSize, GuidesAreScaledWithTheFrameAndNotesStay) {
  WorkingSize size;
  size.max_side = 16;
  const auto small = at_working_size(std::make_unique<Guided>(), size);
  const Matte matte = small->predict_given(frame({32, 20}, 9), left_face());
  EXPECT_EQ(matte.alpha.size(), cv::Size(32, 20));
  EXPECT_NEAR(matte.alpha.at<float>(9, 1), 1, 1e-6);
  EXPECT_NEAR(matte.alpha.at<float>(9, 20), 0.25, 1e-6);
  EXPECT_EQ(matte.note, "said");
  EXPECT_EQ(small->wishes().trimap, Wish::kNeeded);
  EXPECT_TRUE(small->remembers());
}

}  // namespace
}  // namespace facemat
