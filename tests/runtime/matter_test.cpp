#include "src/runtime/matter.h"

#include <gtest/gtest.h>

#include <limits>

#include "src/core/error.h"
#include "tests/runtime/models.h"

namespace facemat {
namespace {

cv::Mat frame(cv::Size size, cv::Scalar bgr) { return cv::Mat(size, CV_8UC3, bgr); }

double spread(const cv::Mat& image) {
  double low, high;
  cv::minMaxLoc(image, &low, &high);
  return high - low;
}

TEST(Matter, FeedsChannelsInTheOrderOfTheContract) {
  Scratch folder;
  Matter rgb(write_accumulator(folder / "rgb.onnx"));
  EXPECT_NEAR(rgb.predict(frame({16, 16}, {255, 0, 0})).alpha.at<float>(3, 3), 0.125, 1e-6);  // blue
  rgb.reset();
  EXPECT_NEAR(rgb.predict(frame({16, 16}, {0, 0, 255})).alpha.at<float>(3, 3), 0.5, 1e-6);  // red

  ModelContract contract = accumulator_contract();
  contract.colour_order = "bgr";
  Matter bgr(write_accumulator(folder / "bgr.onnx", contract));
  EXPECT_NEAR(bgr.predict(frame({16, 16}, {255, 0, 0})).alpha.at<float>(3, 3), 0.5, 1e-6);
}

TEST(Matter, FeedsTheRangeOfTheContract) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.range_low = -1;
  contract.range_high = 1;
  Matter matter(write_accumulator(folder / "m.onnx", contract));
  // 204 / 255 = 0.8 -> 0.6; 0.875 * 0.6 = 0.525
  EXPECT_NEAR(matter.predict(frame({16, 16}, cv::Scalar::all(204))).alpha.at<float>(0, 0), 0.525, 1e-6);
  matter.reset();
  EXPECT_EQ(matter.predict(frame({16, 16}, cv::Scalar::all(0))).alpha.at<float>(0, 0), 0);  // -0.875, clamped
}

TEST(Matter, CarriesStateAndForgetsOnResetOrNewSize) {
  Scratch folder;
  Matter matter(write_accumulator(folder / "m.onnx"));
  const cv::Mat grey = frame({20, 18}, cv::Scalar::all(51));  // 0.2 -> 0.175 a frame
  for (int i = 1; i <= 3; ++i) EXPECT_NEAR(matter.predict(grey).alpha.at<float>(9, 9), 0.175 * i, 1e-6);
  matter.reset();
  EXPECT_NEAR(matter.predict(grey).alpha.at<float>(9, 9), 0.175, 1e-6);
  EXPECT_NEAR(matter.predict(frame({31, 17}, cv::Scalar::all(51))).alpha.at<float>(9, 9), 0.175, 1e-6);
  EXPECT_NEAR(matter.predict(frame({31, 17}, cv::Scalar::all(51))).alpha.at<float>(9, 9), 0.35, 1e-6);
}

TEST(Matter, ClampsToOne) {
  Scratch folder;
  Matter matter(write_accumulator(folder / "m.onnx"));
  const cv::Mat white = frame({16, 16}, cv::Scalar::all(255));
  matter.predict(white);
  EXPECT_EQ(matter.predict(white).alpha.at<float>(0, 0), 1.f);
}

TEST(Matter, TurnsOccluderAlphaRound) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.polarity = "occluder";
  Matter matter(write_accumulator(folder / "m.onnx", contract));
  const cv::Mat grey = frame({16, 16}, cv::Scalar::all(51));
  EXPECT_NEAR(matter.predict(grey).alpha.at<float>(0, 0), 1 - 0.175, 1e-6);
  EXPECT_NEAR(matter.predict(grey).alpha.at<float>(0, 0), 1 - 0.35, 1e-6);  // the state itself is not turned
}

TEST(Matter, PadsByReplicationAndCropsAway) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.size_multiple = 16;
  Matter matter(write_accumulator(folder / "m.onnx", contract));
  cv::Mat image = frame({17, 16}, cv::Scalar::all(0));
  image.col(16).setTo(cv::Scalar::all(255));
  const Matte matte = matter.predict(image);
  ASSERT_EQ(matte.alpha.size(), image.size());
  ASSERT_EQ(matte.uncertainty.size(), image.size());
  EXPECT_EQ(matte.alpha.at<float>(8, 15), 0);
  EXPECT_NEAR(matte.alpha.at<float>(8, 16), 0.875, 1e-6);
  // The model saw 32 columns, of which the last 16 repeat the white one.
  EXPECT_NEAR(matte.uncertainty.at<float>(8, 3), 0.875 / 2, 1e-6);
}

TEST(Matter, KeepsOddSizes) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.size_multiple = 4;
  Matter matter(write_accumulator(folder / "m.onnx", contract));
  for (const cv::Size size : {cv::Size(17, 19), cv::Size(16, 33), cv::Size(61, 16)}) {
    const Matte matte = matter.predict(frame(size, cv::Scalar::all(51)));
    EXPECT_EQ(matte.alpha.size(), size);
    EXPECT_LT(spread(matte.alpha), 1e-6);
  }
}

TEST(Matter, ShrinksToMaxSideAndEnlargesTheAlpha) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.size_multiple = 32;
  MatterOptions options;
  options.max_side = 32;
  Matter matter(write_accumulator(folder / "m.onnx", contract), options);
  cv::Mat image = frame({64, 48}, cv::Scalar::all(0));
  image.colRange(32, 64).setTo(cv::Scalar::all(255));
  const Matte matte = matter.predict(image);
  ASSERT_EQ(matte.alpha.size(), image.size());
  EXPECT_NEAR(matte.alpha.at<float>(20, 10), 0, 1e-6);
  EXPECT_NEAR(matte.alpha.at<float>(20, 50), 0.875, 1e-6);
  // Halved to 32 x 24 the picture fills the width of 32 exactly: half of what the model saw is white.
  EXPECT_NEAR(matte.uncertainty.at<float>(0, 0), 0.4375, 1e-6);
}

TEST(Matter, LimitsFramesToTheSizeOfTrainingWhereAsked) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.size_multiple = 32;
  contract.train_size = 32;
  cv::Mat image = frame({64, 48}, cv::Scalar::all(0));
  image.colRange(32, 64).setTo(cv::Scalar::all(255));
  MatterOptions as_trained;
  as_trained.as_trained = true;
  Matter limited(write_accumulator(folder / "m.onnx", contract), as_trained), full(folder / "m.onnx");
  // The uncertainty of this model is its mean over what it saw: 32x24 padded to 32x32, or 64x48 padded to 64x64.
  EXPECT_NEAR(limited.predict(image).uncertainty.at<float>(0, 0), 0.4375, 1e-6);
  EXPECT_EQ(limited.predict(image).alpha.size(), image.size());
  EXPECT_NEAR(full.predict(image).alpha.at<float>(20, 50), 0.875, 1e-6);
}

TEST(Matter, RefusesFramesItCannotTake) {
  Scratch folder;
  Matter matter(write_accumulator(folder / "m.onnx"));
  EXPECT_THROW(matter.predict(cv::Mat()), Error);
  EXPECT_THROW(matter.predict(cv::Mat(32, 32, CV_8UC1, cv::Scalar(0))), Error);
  EXPECT_THROW(matter.predict(frame({15, 40}, cv::Scalar::all(0))), Error);
  MatterOptions tiny;
  tiny.max_side = 8;
  EXPECT_THROW(Matter(folder / "m.onnx", tiny), Error);
}

TEST(Matter, RefusesNumbersThatAreNotFinite) {
  Scratch folder;
  write_file(folder / "m.onnx",
             tiny_onnx::accumulator(contract_to_json(accumulator_contract()), {std::numeric_limits<float>::quiet_NaN(), 0, 0}));
  Matter matter(folder / "m.onnx");
  EXPECT_THROW(matter.predict(frame({16, 16}, cv::Scalar::all(9))), Error);
}

}  // namespace
}  // namespace facemat
