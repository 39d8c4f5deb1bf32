#include "src/core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace facemat {
namespace {

using Block = std::array<uint32_t, 4>;

// Known answers of Random123 (Salmon et al.), philox4x32 with 10 rounds.
TEST(Random, MatchesThePublishedVectors) {
  constexpr uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, ForksDoNotDependOnWhatWasDrawn) {
  Rng fresh(7), used(7);
  for (int i = 0; i < 100; ++i) used.bits();
  EXPECT_EQ(fresh.fork("face", 3).bits(), used.fork("face", 3).bits());
}

TEST(Random, CopiesContinueWhereTheOriginalStands) {
  Rng a(7);
  a.bits();
  Rng b = a;
  for (int i = 0; i < 9; ++i) EXPECT_EQ(a.bits(), b.bits());
}

TEST(Random, SeedsPurposesAndIndicesNameDifferentStreams) {
  std::set<uint64_t> first;
  const auto add = [&](Rng rng) { first.insert(uint64_t{rng.bits()} << 32 | rng.bits()); };
  for (uint64_t seed = 0; seed < 20; ++seed) add(Rng(seed));
  for (uint64_t index = 0; index < 1000; ++index) add(Rng(1).fork("sample", index));
  for (const char* purpose : {"a", "b", "ab", "ba", ""}) add(Rng(1).fork(purpose));
  add(Rng(1).fork("a").fork("b")), add(Rng(1).fork("b").fork("a"));
  EXPECT_EQ(first.size(), 20u + 1000 + 5 + 2);
}

TEST(Random, UniformFillsItsRangeEvenly) {
  Rng rng(1);
  constexpr int kDraws = 100000;
  std::array<int, 10> bins{};
  double least = 1, most = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = rng.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    least = std::min(least, u), most = std::max(most, u);
    ++bins[static_cast<size_t>(u * 10)];
  }
  for (const int count : bins) EXPECT_NEAR(count, kDraws / 10, 5 * std::sqrt(kDraws * 0.09));  // five standard deviations
  EXPECT_LT(least, 1e-3);
  EXPECT_GT(most, 1 - 1e-3);
}

TEST(Random, NormalHasItsMoments) {
  Rng rng(2);
  constexpr int kDraws = 100000;
  double sum = 0, squares = 0;
  int beyond = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.normal(3, 2);
    ASSERT_TRUE(std::isfinite(x));
    sum += x, squares += (x - 3) * (x - 3);
    beyond += std::abs(x - 3) > 2 * 1.959964;
  }
  EXPECT_NEAR(sum / kDraws, 3, 5 * 2 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 4, 5 * 4 * std::sqrt(2.0 / kDraws));
  EXPECT_NEAR(beyond, 0.05 * kDraws, 5 * std::sqrt(kDraws * 0.0475));
}

TEST(Random, IntegersReachBothEnds) {
  Rng rng(3);
  std::set<int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(rng.integer(-2, 3));
  EXPECT_EQ(seen, (std::set<int64_t>{-2, -1, 0, 1, 2, 3}));
  EXPECT_EQ(rng.integer(5, 5), 5);
}

TEST(Random, ChanceKeepsItsPromiseAtTheEnds) {
  Rng rng(4);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(rng.chance(0));
    EXPECT_TRUE(rng.chance(1));
  }
}

}  // namespace
}  // namespace facemat
