#include "src/core/measure.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

namespace facemat {
namespace {

void sleep() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

TEST(Stopwatch, LapsAreThePartsOfTheWhole) {
  const Stopwatch whole;
  Stopwatch laps;
  sleep();
  const double first = laps.lap();
  EXPECT_GE(first, 0.02);
  sleep();
  const double second = laps.lap();
  EXPECT_GE(second, 0.02);
  EXPECT_LE(first + second, whole.seconds());
  EXPECT_GE(whole.seconds(), 0.04);
}

TEST(Measure, ProcessorTimeCountsWorkAndNotSleep) {
  const double start = processor_seconds();
  sleep();
  const double slept = processor_seconds();
  EXPECT_LT(slept - start, 0.02);
  volatile int64_t counter = 0;
  while (counter < 3'000'000) counter = counter + 1;
  EXPECT_GT(processor_seconds() - slept, 1e-4);
}

TEST(Measure, MedianIsTheMiddleOne) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 3);
  EXPECT_EQ(median({7}), 7);
}

TEST(Measure, MemoryThatIsWrittenCounts) {
  constexpr size_t kBytes = 64 << 20;
  const uint64_t before = resident_memory();
  if (before == 0) GTEST_SKIP() << "/proc/self/status is not there";
  {
    const std::string written(kBytes, 'x');
    ASSERT_EQ(written.back(), 'x');
    EXPECT_GE(resident_memory(), before + kBytes / 2);
  }
  EXPECT_GE(peak_memory(), before + kBytes / 2);
  const uint64_t resident = resident_memory();  // first, since it grows
  EXPECT_GE(peak_memory(), resident);
}

// The first of three rounds takes far longer than the others; the median is one of theirs.
TEST(MedianMilliseconds, TimesEveryRound) {
  int rounds = 0;
  const double median = median_milliseconds(3, [&] { ::usleep(++rounds == 1 ? 300000 : 20000); });
  EXPECT_EQ(rounds, 3);
  EXPECT_GE(median, 20);
}

}  // namespace
}  // namespace facemat
