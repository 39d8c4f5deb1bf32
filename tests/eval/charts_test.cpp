#include "eval/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Ticks, AreRoundAndCoverTheRange) {
  EXPECT_THAT(nice_ticks(0, 1, 5), testing::ElementsAre(testing::DoubleEq(0), testing::DoubleNear(0.2, 1e-12),
                                                        testing::DoubleNear(0.4, 1e-12), testing::DoubleNear(0.6, 1e-12),
                                                        testing::DoubleNear(0.8, 1e-12), testing::DoubleNear(1, 1e-12)));
  const auto ticks = nice_ticks(0, 47.3, 5);
  EXPECT_LE(ticks.front(), 0);
  EXPECT_GE(ticks.back(), 47.3);
  EXPECT_EQ(nice_ticks(3, 3, 5).size(), 1u);
}

TEST(LineChart, LeavesOutWhatIsNotFinite) {
  const std::string svg = line_chart({"t", "x", "y"}, {{"a", {{0, 1}, {1, NAN}, {2, INFINITY}, {3, 2}}}}, true);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(svg, HasSubstr("<circle"));
}

TEST(LineChart, SaysWhenThereIsNothing) {
  EXPECT_THAT(line_chart({"loss", "x", "y"}, {{"a", {}}}), HasSubstr("nothing to draw"));
}

TEST(BarChart, NamesAreText) { EXPECT_THAT(bar_chart({"t", "", ""}, {{"<b>", 1, false}}), HasSubstr("&lt;b&gt;")); }

}  // namespace
}  // namespace facemat
