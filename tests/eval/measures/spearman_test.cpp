#include "eval/measures/spearman.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

TEST(Ranks, TiesShareTheirMean) {
  EXPECT_THAT(average_ranks({10, 30, 20, 20}), testing::ElementsAre(1, 4, 2.5, 2.5));
  EXPECT_THAT(average_ranks({5, 5, 5}), testing::ElementsAre(2, 2, 2));
}

TEST(Spearman, SeesOnlyTheOrder) {
  EXPECT_DOUBLE_EQ(spearman({1, 2, 3, 4}, {1, 8, 27, 640}), 1);
  EXPECT_DOUBLE_EQ(spearman({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
}

// Ranks 1 2 3 4 5 and 2 1 4 3 5: 1 - 6 * 4 / (5 * 24).
TEST(Spearman, ByHandWithoutTies) { EXPECT_NEAR(spearman({1, 2, 3, 4, 5}, {20, 10, 40, 30, 50}), 0.8, 1e-12); }

// Ranks 1 2.5 2.5 4 and 1 2 3 4: centred products 2.25 + 0 + 0 + 2.25, squares 4.5 and 5.
TEST(Spearman, ByHandWithTies) { EXPECT_NEAR(spearman({1, 2, 2, 3}, {1, 2, 3, 4}), 4.5 / std::sqrt(4.5 * 5), 1e-12); }

TEST(Spearman, IsZeroWhereThereIsNothingToRank) {
  EXPECT_EQ(spearman({1, 1, 1}, {1, 2, 3}), 0);
  EXPECT_EQ(spearman({}, {}), 0);
  EXPECT_EQ(spearman({1}, {2}), 0);
}

TEST(Spearman, RefusesDifferentLengths) { EXPECT_THROW(spearman({1}, {1, 2}), Error); }

}  // namespace
}  // namespace facemat
