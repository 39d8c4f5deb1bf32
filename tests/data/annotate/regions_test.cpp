#include "data/annotate/regions.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/data/annotate/faces.h"

namespace facemat {
namespace {

TEST(Regions, AreDilatedAndErodedByDisks) {
  cv::Mat dot = nothing();
  dot.at<uint8_t>(100, 100) = 255;
  EXPECT_EQ(count(dilated(dot, 1)), 5);
  EXPECT_EQ(count(dilated(dot, 1.5)), 9);
  EXPECT_EQ(count(dilated(dot, 2)), 13);
  EXPECT_EQ(count(dilated(nothing(), 5)), 0);
  const cv::Mat square = box(50, 50, 21, 21);
  EXPECT_EQ(count(eroded(square, 3)), 15 * 15);  // a pixel at distance 3 from one that is not set is gone
  EXPECT_EQ(count(eroded(~nothing(), 3)), kSide * kSide);
  // What touches the border is not eroded from there.
  EXPECT_EQ(count(eroded(box(0, 0, 20, kSide), 3)), 17 * kSide);
}

TEST(Regions, OpeningCutsThreadsAndKeepsTheRest) {
  const cv::Mat both = box(40, 40, 60, 60) | box(100, 60, 60, 4);
  const cv::Mat out = opened(both, 3);
  EXPECT_EQ(count(out & box(110, 0, 90, 200)), 0);
  EXPECT_GT(count(out), 60 * 60 - 40);  // rounded at its corners
  EXPECT_EQ(count(out & ~both), 0);
}

TEST(Regions, TheBandLiesOnBothSidesOfTheEdge) {
  const cv::Mat band = band_around_edge(box(0, 0, 100, kSide), 2);
  EXPECT_EQ(count(band), 4 * kSide);
  EXPECT_EQ(count(band(cv::Rect(98, 0, 4, kSide))), 4 * kSide);
  EXPECT_EQ(count(band_around_edge(nothing(), 5)), 0);
  EXPECT_EQ(count(band_around_edge(~nothing(), 5)), 0);
}

TEST(Regions, PartsAreTakenApartCountedAndChosen) {
  const cv::Mat mask = box(0, 0, 10, 10) | box(50, 50, 20, 20) | box(70, 70, 5, 5);  // the last two meet at a corner
  const Components eight = components_of(mask), four = components_of(mask, 4);
  ASSERT_EQ(eight.list.size(), 2u);
  ASSERT_EQ(four.list.size(), 3u);
  EXPECT_TRUE(eight.list[0].at_border);
  EXPECT_FALSE(eight.list[1].at_border);
  EXPECT_EQ(eight.list[0].area, 100);
  EXPECT_EQ(eight.list[1].area, 425);
  EXPECT_EQ(overlaps(eight, box(5, 0, 60, 60)), (std::vector<int>{50, 150}));
  EXPECT_EQ(count(kept(four, [&](size_t i) { return four.list[i].area == 25; })), 25);
}

}  // namespace
}  // namespace facemat
