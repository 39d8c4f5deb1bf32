#include "src/runtime/sources/conversions.h"

#include <gtest/gtest.h>

#include <limits>

#include "src/core/error.h"
#include "src/runtime/sources/face_region.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

cv::Mat row(const std::vector<float>& values) { return cv::Mat(values, true).reshape(1, 1); }

// `values` as a row, repeated: filters see a picture, not a line.
cv::Mat rows(const std::vector<float>& values, int count = 16) { return cv::repeat(row(values), count, 1); }

cv::Mat everywhere(cv::Size size) { return cv::Mat(size, CV_8UC1, cv::Scalar(255)); }

cv::Mat depth_alpha(const cv::Mat& depth, const DepthConfig& config, Form form) {
  return occluder_of_depth(depth, everywhere(depth.size()), config, form);
}

void expect_row(const cv::Mat& image, const std::vector<double>& wanted, double tolerance = 1e-6) {
  ASSERT_EQ(image.cols, static_cast<int>(wanted.size()));
  const int y = image.rows / 2;
  for (int x = 0; x < image.cols; ++x) EXPECT_NEAR(image.at<float>(y, x), wanted[x], tolerance) << "column " << x;
}

DepthConfig with_rule(const std::string& rule) {
  DepthConfig config;
  config.rule = rule;
  return config;
}

// A step from 0 to 1 between columns `at - 1` and `at`.
std::vector<float> step(int length, int at, float high = 1) {
  std::vector<float> out(length, 0.f);
  std::fill(out.begin() + at, out.end(), high);
  return out;
}

// --- depth as published

TEST(PublishedDepth, HardIsOneBelowTheThreshold) {
  // 10 + 20 d: min-max takes scale and shift out.
  expect_row(depth_alpha(row({10, 20, 24.7f, 24.9f, 30}), with_rule("hard"), Form::kPublished), {1, 1, 1, 0, 0});
}

TEST(PublishedDepth, SoftIsARampAboutTheThreshold) {
  const cv::Mat alpha = depth_alpha(row({0, 0.715f, 0.7275f, 0.74f, 0.7525f, 0.765f, 1}), with_rule("soft"), Form::kPublished);
  expect_row(alpha, {1, 1, 0.75, 0.5, 0.25, 0, 0}, 1e-5);
}

TEST(PublishedDepth, TakesTheFarBackgroundOfInverseDepthForTheOccluder) {
  // A network with larger = nearer: a background at 0, a face at 1. The trap is kept.
  expect_row(depth_alpha(row({0, 0, 1, 1}), with_rule("soft"), Form::kPublished), {1, 1, 0, 0});
}

TEST(PublishedDepth, OneOutlierMovesTheThreshold) {
  expect_row(depth_alpha(row({0, 0.8f, 1}), with_rule("hard"), Form::kPublished), {1, 0, 0});
  expect_row(depth_alpha(row({0, 0.8f, 10}), with_rule("hard"), Form::kPublished), {1, 1, 0});
}

TEST(PublishedDepth, AConstantMapHasNoOccluderByEitherRule) {
  for (const char* rule : {"hard", "soft"})
    expect_row(depth_alpha(row({3, 3, 3}), with_rule(rule), Form::kPublished), {0, 0, 0});
}

// --- depth mended

// Background at 0, a face at 0.6 and something at `near`, as inverse depth; the face is most of the middle.
cv::Mat scene(float near) {
  cv::Mat map(40, 40, CV_32FC1, cv::Scalar(0));
  map(cv::Rect(10, 8, 20, 28)).setTo(0.6);
  map(cv::Rect(14, 24, 6, 6)).setTo(near);
  return map;
}

FaceRegion ellipse() {
  FaceRegion region;
  region.shape = "ellipse";
  return region;
}

TEST(MendedDepth, MarksWhatIsNearerThanTheFaceInsideTheRegionOnly) {
  cv::Mat map = scene(1);
  map(cv::Rect(0, 0, 6, 6)).setTo(1);  // as near, but no part of the face
  const cv::Mat region = face_region(ellipse(), map.size());
  const cv::Mat alpha = occluder_of_depth(map, region, with_rule("hard"), Form::kMended);
  cv::Mat wanted(map.size(), CV_32FC1, cv::Scalar(0));
  wanted(cv::Rect(14, 24, 6, 6)).setTo(1);
  EXPECT_EQ(cv::norm(alpha, wanted, cv::NORM_INF), 0);
}

TEST(MendedDepth, TurnsWithTheMeaningOfTheMap) {
  const cv::Mat map = scene(1), turned = 5 - 2 * map;  // near = small
  const cv::Mat region = face_region(ellipse(), map.size());
  DepthConfig inverse = with_rule("soft"), straight = inverse;
  straight.depth_is_inverse = false;
  const cv::Mat a = occluder_of_depth(map, region, inverse, Form::kMended);
  EXPECT_LT(cv::norm(a, occluder_of_depth(turned, region, straight, Form::kMended), cv::NORM_INF), 1e-5);
  EXPECT_EQ(a.at<float>(26, 16), 1);
  EXPECT_EQ(occluder_of_depth(turned, region, inverse, Form::kMended).at<float>(26, 16), 0);
}

TEST(MendedDepth, WhatIsNearerByLessThanTheMarginIsTheFace) {
  const cv::Mat region = face_region(ellipse(), {40, 40});
  DepthConfig config = with_rule("hard");
  cv::Mat map = scene(0.7f);
  map(cv::Rect(0, 0, 40, 2)).setTo(1);  // the nearest of the frame, so that values stay as they are
  config.margin = 0.11;
  EXPECT_EQ(cv::countNonZero(occluder_of_depth(map, region, config, Form::kMended)), 0);
  config.margin = 0.09;
  EXPECT_EQ(cv::countNonZero(occluder_of_depth(map, region, config, Form::kMended)), 36);
}

TEST(MendedDepth, TheSoftRampLiesAboutTheMargin) {
  const cv::Mat region = face_region(ellipse(), {40, 40});
  DepthConfig config = with_rule("soft");
  config.margin = 0.1;
  config.smoothness = 0.1;
  const auto alpha_of = [&](float near) {
    cv::Mat map = scene(near);
    map(cv::Rect(0, 0, 40, 2)).setTo(1);
    return occluder_of_depth(map, region, config, Form::kMended).at<float>(26, 16);
  };
  EXPECT_NEAR(alpha_of(0.65f), 0, 1e-5);
  EXPECT_NEAR(alpha_of(0.675f), 0.25, 1e-5);
  EXPECT_NEAR(alpha_of(0.7f), 0.5, 1e-5);
  EXPECT_NEAR(alpha_of(0.75f), 1, 1e-5);
}

TEST(MendedDepth, OutliersChangeNothing) {
  const cv::Mat region = face_region(ellipse(), {40, 40});
  cv::Mat map = scene(1);
  const cv::Mat before = occluder_of_depth(map, region, with_rule("soft"), Form::kMended);
  map.at<float>(0, 0) = 1000;
  map.at<float>(39, 39) = -1000;
  EXPECT_EQ(cv::norm(before, occluder_of_depth(map, region, with_rule("soft"), Form::kMended), cv::NORM_INF), 0);
  EXPECT_GT(cv::countNonZero(before), 0);
}

TEST(MendedDepth, NothingToCompareMeansNoOccluder) {
  for (const char* rule : {"hard", "soft"}) {
    const cv::Mat flat(20, 20, CV_32FC1, cv::Scalar(7));
    EXPECT_EQ(cv::countNonZero(depth_alpha(flat, with_rule(rule), Form::kMended)), 0);
    const cv::Mat nowhere(40, 40, CV_8UC1, cv::Scalar(0));
    EXPECT_EQ(cv::countNonZero(occluder_of_depth(scene(1), nowhere, with_rule(rule), Form::kMended)), 0);
  }
}

// --- segmentation

TEST(Segmentation, AMaskIsScaledAndBlurredByTheFixedKernel) {
  SegmentationConfig config;
  config.map = "binary";
  const std::vector<double> wanted = {0, 0, .0625, .3125, .6875, .9375, 1, 1};
  for (const Form form : {Form::kPublished, Form::kMended})
    for (const float high : {1.f, 255.f}) {
      const cv::Mat mask = rows(step(8, 4, high));
      expect_row(occluder_of_segmentation(mask, everywhere(mask.size()), config, form), wanted);
    }
}

TEST(Segmentation, OfClassesThePublishedAreOneToThree) {
  const cv::Mat map = rows({0, 0, 0, 0, 1, 1, 1, 1, 1, 4, 4, 4, 4});
  const cv::Mat alpha = occluder_of_segmentation(map, everywhere(map.size()), {}, Form::kPublished);
  expect_row(alpha, {0, 0, .0625, .3125, .6875, .9375, 1, .9375, .6875, .3125, .0625, 0, 0});
}

// The classes 0 to 18 as blocks wide enough for the blur to leave their middle alone.
cv::Mat all_classes() {
  cv::Mat map(16, 19 * 8, CV_32FC1);
  for (int x = 0; x < map.cols; ++x) map.col(x).setTo(x / 8);
  return map;
}

std::vector<double> found_classes(const SegmentationConfig& config, Form form) {
  const cv::Mat map = all_classes();
  const cv::Mat alpha = occluder_of_segmentation(map, everywhere(map.size()), config, form);
  std::vector<double> found;
  for (int one = 0; one < 19; ++one)
    if (alpha.at<float>(8, one * 8 + 4) > 0.5f) found.push_back(one);
  return found;
}

TEST(Segmentation, DefaultsFollowTheFormAndWhatIsMarked) {
  SegmentationConfig config;
  EXPECT_EQ(found_classes(config, Form::kPublished), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(found_classes(config, Form::kMended), (std::vector<double>{6, 9, 17, 18}));
  config.marks = "face";  // what is no face is the occluder
  EXPECT_EQ(found_classes(config, Form::kMended), (std::vector<double>{0, 6, 7, 8, 9, 14, 15, 16, 17, 18}));
  config.classes = {3, 15, 13, 14};
  config.marks = "occluder";
  for (const Form form : {Form::kPublished, Form::kMended})
    EXPECT_EQ(found_classes(config, form), (std::vector<double>{3, 13, 14, 15}));
}

TEST(Segmentation, MendedIsCutToTheRegion) {
  const cv::Mat map(40, 40, CV_32FC1, cv::Scalar(17)), region = face_region(ellipse(), map.size());
  const cv::Mat alpha = occluder_of_segmentation(map, region, {}, Form::kMended);
  EXPECT_EQ(cv::countNonZero((alpha == 1) != (region == 255)), 0);
  EXPECT_EQ(cv::countNonZero((alpha == 0) != (region == 0)), 0);
}

TEST(Segmentation, RefusesClassesThatAreNone) {
  SegmentationConfig config;
  config.classes = {2.5};
  EXPECT_NE(message_of([&] { check(config); }).find("2.5"), std::string::npos);
}

// --- both

TEST(Hybrid, PublishedBlursEdgesWithItsSigmaForBytes) {
  // Published: 0 is near, so the right half is the occluder; no class is listed anywhere.
  const cv::Mat depth = 1 - rows(step(24, 12), 24), no_class(24, 24, CV_32FC1, cv::Scalar(0));
  const cv::Mat alpha = occluder_of_both(depth, no_class, everywhere(depth.size()), with_rule("hard"), {}, Form::kPublished);
  const double wanted[] = {.02, .12, .27, .41, .59, .73, .88, .98};  // of the same step in the reference implementation
  for (int i = 0; i < 8; ++i) EXPECT_NEAR(alpha.at<float>(12, 8 + i), wanted[i], 0.006) << i;
}

TEST(Hybrid, MendedKeepsAHardEdge) {
  cv::Mat map = scene(1), classes(map.size(), CV_32FC1, cv::Scalar(0)), region = face_region(ellipse(), map.size());
  const cv::Mat alpha = occluder_of_both(map, classes, region, with_rule("hard"), {}, Form::kMended);
  EXPECT_GT(alpha.at<float>(26, 16), 0.98);
  EXPECT_GT(alpha.at<float>(26, 14), 0.95);  // the last pixel inside the edge
  EXPECT_LT(alpha.at<float>(26, 13), 0.05);  // the first outside
  // The published constants on the same occluder are a blur.
  const cv::Mat blurred = occluder_of_both(1 - alpha, classes, region, with_rule("hard"), {}, Form::kPublished);
  EXPECT_GT(blurred.at<float>(26, 13), 0.3);
}

TEST(Hybrid, TakesTheLargerOfBoth) {
  const cv::Mat map = scene(1), region = face_region(ellipse(), map.size());
  cv::Mat classes(map.size(), CV_32FC1, cv::Scalar(1));
  classes(cv::Rect(20, 10, 8, 8)).setTo(17);
  const cv::Mat alpha = occluder_of_both(map, classes, region, with_rule("soft"), {}, Form::kMended);
  EXPECT_GT(alpha.at<float>(26, 16), 0.95);  // by depth
  EXPECT_GT(alpha.at<float>(14, 24), 0.9);   // by class, whose edges are soft
  EXPECT_LT(alpha.at<float>(20, 16), 0.05);  // neither
}

TEST(Hybrid, PublishedClassesAreTwoAndThree) {
  const cv::Mat map = all_classes(), flat(map.size(), CV_32FC1, cv::Scalar(1));
  const cv::Mat alpha = occluder_of_both(flat, map, everywhere(map.size()), {}, {}, Form::kPublished);
  EXPECT_LT(alpha.at<float>(8, 8 + 2), 0.05);  // class 1
  EXPECT_GT(alpha.at<float>(8, 3 * 8), 0.95);  // between 2 and 3
  EXPECT_LT(alpha.at<float>(8, 6 * 8 + 4), 0.05);
}

TEST(Hybrid, RefusesMapsOfTwoSizes) {
  const cv::Mat depth = scene(1), classes(20, 40, CV_32FC1, cv::Scalar(0));
  const std::string message =
      message_of([&] { occluder_of_both(depth, classes, everywhere(depth.size()), {}, {}, Form::kMended); });
  EXPECT_NE(message.find("40x40"), std::string::npos) << message;
  EXPECT_NE(message.find("40x20"), std::string::npos) << message;
}

TEST(Conversions, LeaveTheirMapsAlone) {
  SegmentationConfig binary;
  binary.map = "binary";
  for (const Form form : {Form::kPublished, Form::kMended}) {
    const cv::Mat map = rows(step(8, 4, 255)), before = map.clone();
    occluder_of_segmentation(map, everywhere(map.size()), binary, form);
    occluder_of_depth(map, everywhere(map.size()), {}, form);
    occluder_of_both(map, map, everywhere(map.size()), {}, {}, form);
    EXPECT_EQ(cv::norm(map, before, cv::NORM_INF), 0);
  }
}

// --- the face

TEST(FaceRegion, TheEllipseIsInFractionsOfTheFrame) {
  const cv::Mat region = face_region(ellipse(), {100, 200});
  EXPECT_EQ(region.at<uchar>(112, 50), 255);
  EXPECT_EQ(region.at<uchar>(112, 20), 255);  // 0.30 across: columns 20 to 79
  EXPECT_EQ(region.at<uchar>(112, 19), 0);
  EXPECT_EQ(region.at<uchar>(112, 79), 255);
  EXPECT_EQ(region.at<uchar>(112, 80), 0);
  EXPECT_EQ(region.at<uchar>(32, 50), 255);  // 0.40 down: rows 32 to 191
  EXPECT_EQ(region.at<uchar>(31, 50), 0);
  EXPECT_NEAR(cv::countNonZero(region), CV_PI * 30 * 80, 30);
  EXPECT_EQ(cv::countNonZero(face_region({}, {100, 200})), 20000);
}

TEST(FaceRegion, VisibleFaceIsTheRestOfTheRegion) {
  const cv::Mat region = face_region(ellipse(), {40, 40});
  cv::Mat occluder(40, 40, CV_32FC1, cv::Scalar(0.25));
  const cv::Mat alpha = visible_face(occluder, region);
  EXPECT_NEAR(alpha.at<float>(22, 20), 0.75, 1e-6);
  EXPECT_EQ(alpha.at<float>(1, 1), 0);
}

}  // namespace
}  // namespace facemat
