#include "src/runtime/sources/masks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/procedural/faces/face.h"
#include "src/image/transform.h"
#include "src/runtime/faces/cascade.h"
#include "src/runtime/sources/face_region.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

double gaussian_below(double z) { return 0.5 * (1 + std::erf(z / std::sqrt(2.0))); }

TEST(BoxMask, IsABoxWithAGaussianEdge) {
  // 256 pixels, blur 0.3: int(38.4) = 38 pixels, 19 of them 0 at each side, sigma 9.5.
  const cv::Mat mask = box_mask({}, {256, 200});
  for (const int x : {0, 10, 18, 19, 30, 60}) {
    const double wanted = gaussian_below((x + 0.5 - 19) / 9.5);  // 0 goes on beyond the frame only after its mirror image
    EXPECT_NEAR(mask.at<float>(100, x), wanted, x == 0 ? 0.03 : 0.01) << x;
    EXPECT_NEAR(mask.at<float>(100, 255 - x), wanted, x == 0 ? 0.03 : 0.01) << x;
  }
  EXPECT_NEAR(mask.at<float>(100, 128), 1, 1e-6);
}

TEST(BoxMask, PaddingIsPercentOfEachSide) {
  BoxMaskConfig config;
  config.blur = 0, config.padding = {10, 20, 30, 0};
  const cv::Mat mask = box_mask(config, {100, 50});
  cv::Mat wanted(50, 100, CV_32FC1, cv::Scalar(0));
  wanted(cv::Rect(cv::Point(1, 5), cv::Point(80, 35))).setTo(1);  // without blur one pixel at least
  EXPECT_EQ(cv::norm(mask, wanted, cv::NORM_INF), 0);
  config.padding = {60, 0, 60, 0};
  EXPECT_EQ(cv::countNonZero(box_mask(config, {100, 50})), 0);
  config.padding = {1, 2, 3};
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("box.padding"));
  config.padding = {1, 2, 3, 101};
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("101"));
}

TEST(Hardened, ByHand) {
  HardenConfig config;
  cv::Mat flat(60, 60, CV_32FC1, cv::Scalar(0.8));
  EXPECT_EQ(hardened(flat, config).data, flat.data);  // off
  config.sigma = 5;
  EXPECT_NEAR(hardened(flat, config).at<float>(30, 30), 0.6, 1e-5);
  flat.setTo(0.45);
  EXPECT_EQ(hardened(flat, config).at<float>(30, 30), 0);
  cv::Mat step(60, 120, CV_32FC1, cv::Scalar(0));
  step.colRange(60, 120).setTo(1);
  const cv::Mat edge = hardened(step, config);
  for (int x = 40; x < 80; ++x) {
    const double inwards = x + 0.5 - 60;
    EXPECT_NEAR(edge.at<float>(30, x), inwards < 0 ? 0 : 2 * gaussian_below(inwards / 5) - 1, 0.01) << x;
  }
}

// --- regions

TEST(FaceRegionShapes, ABoxIsABox) {
  FaceRegion region;
  region.shape = "box", region.centre_x = 0.5, region.centre_y = 0.4, region.radius_x = 0.2, region.radius_y = 0.3;
  const cv::Mat mask = face_region(region, {100, 50});
  EXPECT_EQ(cv::countNonZero(mask), 40 * 30);
  EXPECT_EQ(cv::boundingRect(mask), cv::Rect(30, 5, 40, 30));
  region.shape = "detected";
  EXPECT_THAT(message_of([&] { face_region(region, {100, 50}); }), HasSubstr("needs the frame"));
}

TEST(AddEllipse, HasItsAreaPlaceAndTurn) {
  cv::Mat mask(200, 300, CV_8UC1, cv::Scalar(0));
  add_ellipse({150, 100}, {120, 60}, 0, mask);
  EXPECT_NEAR(cv::countNonZero(mask), 3.14159265 * 60 * 30, 60);
  EXPECT_EQ(cv::boundingRect(mask), cv::Rect(90, 70, 120, 60));
  cv::Mat turned(200, 300, CV_8UC1, cv::Scalar(0));
  add_ellipse({150, 100}, {60, 120}, 90, turned);
  EXPECT_LT(cv::countNonZero(turned != mask), 20);
  cv::Mat clockwise(200, 300, CV_8UC1, cv::Scalar(0));
  add_ellipse({150, 100}, {120, 20}, 30, clockwise);  // clockwise as seen: the right end goes down
  EXPECT_EQ(clockwise.at<uchar>(125, 193), 255);
  EXPECT_EQ(clockwise.at<uchar>(75, 193), 0);
  add_ellipse({-20, -20}, {100, 100}, 0, clockwise);  // partly outside
  EXPECT_EQ(clockwise.at<uchar>(0, 0), 255);
  add_ellipse({1000, 1000}, {100, 100}, 0, clockwise);
}

TEST(RegionFinder, FollowsTheFaceAndHoldsItWhileItIsCovered) {
  const std::string missing = message_of([] { find_cascade({}); });
  if (missing != "no error") GTEST_SKIP() << missing;
  const FaceView person = render_face(Rng(1), Rng(101), 256, 0);
  FaceRegion region;
  region.shape = "detected";
  RegionFinder finder(region, 1);
  cv::Mat frame, mask;
  for (int i = 0; i < 6; ++i) {
    frame = cv::Mat(300, 640, CV_8UC3, cv::Scalar::all(128));
    const cv::Rect place(40 + 20 * i, 20, 256, 256);
    person.image.copyTo(frame(place));
    mask = cv::Mat(300, 640, CV_32FC1, cv::Scalar(0));
    person.mask.copyTo(mask(place));
    const cv::Mat found = finder.find(frame), face = mask > 0.5;
    const double both = cv::countNonZero(found & face), either = cv::countNonZero(found | face);
    EXPECT_GT(both / either, 0.6) << i;
  }
  frame.setTo(cv::Scalar::all(60));
  EXPECT_GT(cv::countNonZero(finder.find(frame)), 1000);
  finder.reset();
  EXPECT_EQ(cv::countNonZero(finder.find(frame)), 0);
}

TEST(RegionFinder, OtherShapesNeedNoDetector) {
  FaceRegion region;
  region.shape = "ellipse", region.detector.kind = "yunet";  // whose file is not there
  const cv::Mat frame(40, 60, CV_8UC3, cv::Scalar::all(0));
  EXPECT_EQ(cv::norm(RegionFinder(region).find(frame), face_region(region, frame.size()), cv::NORM_INF), 0);
  region.shape = "detected";
  EXPECT_THAT(message_of([&] { RegionFinder finder(region); }), HasSubstr("detector.file"));
  region.detector.kind = "whole";
  EXPECT_EQ(cv::countNonZero(RegionFinder(region).find(frame)), 40 * 60);
}

}  // namespace
}  // namespace facemat
