#include "src/runtime/effects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/error.h"

namespace facemat {
namespace {

// A face-coloured gradient with a dark bar: something for every effect to change.
cv::Mat scene(cv::Size size) {
  cv::Mat image(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      image.at<cv::Vec3b>(y, x) =
          x > size.width / 3 && x < size.width / 2 ? cv::Vec3b(20, 20, 30) : cv::Vec3b(90 + y % 100, 120 + x % 80, 200);
  return image;
}

TEST(Effects, EachChangesTheFrameKeepsItsShapeAndLeavesTheInputAlone) {
  ASSERT_FALSE(effects().empty());
  for (const Effect& effect : effects()) {
    for (const cv::Size size : {cv::Size(64, 48), cv::Size(17, 16)}) {
      const cv::Mat image = scene(size), before = image.clone();
      const cv::Mat out = effect.apply(image), again = effect.apply(image);
      EXPECT_EQ(out.size(), size) << effect.name;
      EXPECT_EQ(out.type(), CV_8UC3) << effect.name;
      EXPECT_GT(cv::norm(out, image, cv::NORM_L1) / out.total(), 3) << effect.name << " is not to be seen";
      EXPECT_EQ(cv::norm(out, again, cv::NORM_INF), 0) << effect.name;
      EXPECT_EQ(cv::norm(image, before, cv::NORM_INF), 0) << effect.name;
    }
  }
}

TEST(Effects, UnknownNameListsTheKnown) {
  try {
    find_effect("sparkle");
    FAIL() << "found";
  } catch (const Error& error) {
    for (const Effect& effect : effects()) EXPECT_THAT(error.what(), ::testing::HasSubstr(effect.name));
  }
}

}  // namespace
}  // namespace facemat
