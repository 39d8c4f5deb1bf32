#include "data/sources/pictures/masks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/image/codec.h"
#include "tests/support/mask_blocks.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

TEST(Masks, LabelsAreReadWhenTheyAreCalledSo) {
  const Scratch scratch;
  write_image(scratch / "labels.png", blocks({0, 1, 0}));
  write_image(scratch / "mask.png", blocks({0, 255, 30}));
  write_image(scratch / "black.png", blocks({0, 0, 0}));
  EXPECT_EQ(values_of(read_matte(scratch / "labels.png", true)), (std::vector<int>{0, 255, 0}));
  EXPECT_EQ(values_of(read_matte(scratch / "mask.png", true)), (std::vector<int>{0, 255, 0}));
  EXPECT_EQ(values_of(read_matte(scratch / "mask.png", false)), (std::vector<int>{0, 255, 30}));
  for (const bool binary : {false, true})
    EXPECT_EQ(values_of(read_matte(scratch / "black.png", binary)), (std::vector<int>{0, 0, 0}));
  EXPECT_THAT(message_of([&] { read_matte(scratch / "labels.png", false); }),
              HasSubstr("labels.png: holds only the values 0 and 1 of 255 and looks black (set binary: true for this source)"));
}

TEST(Masks, ShrinkingErodesThenSoftensByOnePixel) {
  cv::Mat alpha(20, 20, CV_32FC1, cv::Scalar(0));
  alpha(cv::Rect(4, 0, 12, 20)).setTo(1);  // cut by the picture above and below
  EXPECT_EQ(cv::norm(shrunk(alpha, 0), alpha, cv::NORM_INF), 0);
  const cv::Mat out = shrunk(alpha, 2);
  const std::vector<float> row = {0, 0, 0, 0, 0, 0.25f, 0.75f, 1, 1, 1, 1, 1, 1, 0.75f, 0.25f, 0, 0, 0, 0, 0};
  for (const int y : {0, 10, 19})
    for (int x = 0; x < 20; ++x) EXPECT_FLOAT_EQ(out.at<float>(y, x), row[x]) << x << ", " << y;
}

TEST(Masks, ShrinkingNeverAddsAlpha) {
  cv::Mat alpha(40, 40, CV_32FC1);
  cv::RNG noise(1);
  noise.fill(alpha, cv::RNG::UNIFORM, 0, 1);
  EXPECT_EQ(cv::countNonZero(shrunk(alpha, 1) > alpha), 0);
}

}  // namespace
}  // namespace facemat
