#include "data/augment/resampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <set>

#include "src/image/transform.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

TEST(ResizeFilters, EveryListDrawsAllOfItsOwn) {
  for (const ResizeFilterList& list : resize_filter_lists()) {
    std::set<ResizeFilter> drawn;
    for (uint64_t i = 0; i < 200; ++i) drawn.insert(draw_resize_filter(Rng(3).fork("filter", i), list.name));
    EXPECT_EQ(drawn, std::set<ResizeFilter>(list.filters.begin(), list.filters.end())) << list.name;
  }
  EXPECT_THAT(message_of([] { draw_resize_filter(Rng(1), "sinc"); }),
              testing::HasSubstr("unknown list of resampling filters 'sinc' (known: plain, gca, cam)"));
}

TEST(ResizeBy, FiltersAreWhatTheyAreCalled) {
  const cv::Mat row = (cv::Mat_<float>(1, 4) << 0, 1, 0, 1);
  EXPECT_EQ(cv::norm(resize_by(row, {2, 1}, ResizeFilter::kArea), cv::Mat(1, 2, CV_32F, cv::Scalar(0.5)), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(resize_by(row, {2, 1}, ResizeFilter::kPlain), resize(row, {2, 1}), cv::NORM_INF), 0);
  const cv::Mat twice = (cv::Mat_<float>(1, 8) << 0, 0, 1, 1, 0, 0, 1, 1);
  EXPECT_EQ(cv::norm(resize_by(row, {8, 1}, ResizeFilter::kNearest), twice, cv::NORM_INF), 0);
  const cv::Mat linear = resize_by(row, {8, 1}, ResizeFilter::kLinear);
  EXPECT_FLOAT_EQ(linear.at<float>(1), 0.25f);
  EXPECT_FLOAT_EQ(linear.at<float>(2), 0.75f);
}

TEST(ResizeBy, AlphaStaysBetween0And1) {
  cv::Mat edge(8, 8, CV_32FC1, cv::Scalar(0));
  edge.colRange(4, 8).setTo(1);
  for (const ResizeFilter filter : {ResizeFilter::kCubic, ResizeFilter::kLanczos}) {
    cv::Mat raw;
    cv::resize(edge, raw, {29, 29}, 0, 0, filter == ResizeFilter::kCubic ? cv::INTER_CUBIC : cv::INTER_LANCZOS4);
    double low = 0, high = 0;
    cv::minMaxLoc(raw, &low, &high);
    EXPECT_LT(low, 0) << "the filter overshoots";
    cv::minMaxLoc(resize_by(edge, {29, 29}, filter), &low, &high);
    EXPECT_EQ(low, 0);
    EXPECT_EQ(high, 1);
  }
  EXPECT_EQ(cv::norm(resize_by(edge, edge.size(), ResizeFilter::kLanczos), edge, cv::NORM_INF), 0) << "nothing to do";
}

}  // namespace
}  // namespace facemat
