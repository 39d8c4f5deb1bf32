#include "eval/page/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace facemat {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Ticks, AreRoundAndCoverTheRange) {
  EXPECT_THAT(nice_ticks(0, 1, 5), ElementsAre(DoubleNear(0, 1e-12), DoubleNear(0.2, 1e-12), DoubleNear(0.4, 1e-12),
                                               DoubleNear(0.6, 1e-12), DoubleNear(0.8, 1e-12), DoubleNear(1, 1e-12)));
  const auto ticks = nice_ticks(0, 47.3, 5);
  EXPECT_LE(ticks.front(), 0);
  EXPECT_GE(ticks.back(), 47.3);
  EXPECT_EQ(nice_ticks(3, 3, 5).size(), 1u);
  EXPECT_THAT(nice_ticks(-1e308, 1e308, 5), ElementsAre(-1e308, 1e308));
  EXPECT_THAT(nice_ticks(0, 5e-324, 5), ElementsAre(0, 5e-324));
}

TEST(ShortNumber, FourDigits) {
  EXPECT_EQ(short_number(0.123456), "0.1235");
  EXPECT_EQ(short_number(12000), "12000");
  EXPECT_EQ(short_number(1e-15), "0");
}

TEST(LineChart, LeavesOutWhatIsNotFinite) {
  const std::string svg = line_chart({"t", "x", "y"}, {{"a", {{0, 1}, {1, NAN}, {2, INFINITY}, {3, 2}}}});
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(svg, HasSubstr("<circle"));
}

TEST(LineChart, SaysWhenThereIsNothing) {
  EXPECT_THAT(line_chart({"loss", "x", "y"}, {{"a", {}}}), HasSubstr("nothing to draw"));
}

TEST(LineChart, PointsLieWhereTheyBelong) {
  // The drawing area is 54..378 by 208..32; the axis of y ends at the round value 10.
  const std::string svg = line_chart({"t", "x", "y"}, {{"a", {{0, 0}, {4, 10}}}});
  EXPECT_THAT(svg, HasSubstr("points='54.0,208.0 378.0,32.0 '"));
}

TEST(LineChart, ReferencesHaveNoMarkers) {
  const std::string svg = line_chart({"t", "x", "y"}, {{"ideal", {{0, 0}, {1, 1}}, 0, true}});
  EXPECT_THAT(svg, HasSubstr("line reference"));
  EXPECT_THAT(svg, Not(HasSubstr("class='mark")));
}

TEST(LineChart, ShadesBetweenTheFirstTwo) {
  LineOptions options;
  options.shade = true;
  EXPECT_THAT(line_chart({"t", "x", "y"}, {{"a", {{0, 1}, {1, 1}}}, {"b", {{0, 0}, {1, 0}}, 1}}, options),
              HasSubstr("<polygon class='shade s0' points='54.0,32.0 378.0,32.0 378.0,208.0 54.0,208.0 '/>"));
}

TEST(MarkerKey, EveryColourHasItsShape) {
  std::set<std::string> shapes;
  for (int style = 0; style < kSeriesColours; ++style) {
    std::string shape = marker_key(style);
    const size_t name = shape.find(" s" + std::to_string(style));
    ASSERT_NE(name, std::string::npos);
    shapes.insert(shape.erase(name, 3));
  }
  EXPECT_EQ(shapes.size(), static_cast<size_t>(kSeriesColours));
}

TEST(MarkerKey, ManyModelsAreToldApart) {
  std::set<std::string> keys;
  for (int style = 0; style < kSeriesStyles; ++style) keys.insert(marker_key(style));
  EXPECT_EQ(keys.size(), static_cast<size_t>(kSeriesStyles));
  EXPECT_EQ(marker_key(kSeriesStyles), marker_key(0));
}

TEST(ColumnChart, ColumnsAreAsHighAsTheirValues) {
  const std::string svg = column_chart({"t", "x", "y"}, {"1", "2"}, {{"a", {10, 5}, 0}, {"b", {-1, NAN}, 1}});
  EXPECT_THAT(svg, HasSubstr("height='176.0'"));  // 10 of 10
  EXPECT_THAT(svg, HasSubstr("height='88.0'"));
  EXPECT_THAT(svg, HasSubstr("height='0.0'"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(BarChart, LengthsAreSharesOfTheLongest) {
  const std::string html = bar_chart({"t", "", ""}, {{"a", 2, false, 0, Bounds{1, 4}}, {"b", 1, true, 1, {}}});
  EXPECT_THAT(html, HasSubstr("<i class='bar s0' style='width:50.00%'></i>"));
  EXPECT_THAT(html, HasSubstr("<i class='whisker s0' style='left:25.00%;width:75.00%'></i>"));
  EXPECT_THAT(html, HasSubstr("<i class='bar reference s1' style='width:25.00%'></i>"));
}

TEST(BarChart, NamesAreText) { EXPECT_THAT(bar_chart({"t", "", ""}, {{"<b>", 1, false, 0, {}}}), HasSubstr("&lt;b&gt;")); }

TEST(DotChart, AxisFollowsValuesNotWideRanges) {
  const std::string html = dot_chart({"t", "", ""}, {"c"}, {{"m", {Dot{10, Bounds{-50, 100}}}, 2}});
  EXPECT_THAT(html, HasSubstr("left:62.50%"));  // 10 of 16
  EXPECT_THAT(html, HasSubstr("<i class='whisker s2 open-low open-high' style='left:0.00%;width:100.00%'></i>"));
}

TEST(DotChart, MissingDotsLeaveTheirLine) {
  const std::string html = dot_chart({"t", "", ""}, {"one", "two"}, {{"m", {std::nullopt, Dot{1, {}}}, 0}});
  EXPECT_THAT(html, HasSubstr("<span class='row-name'>one</span><span class='track'></span>"));
}

}  // namespace
}  // namespace facemat
