#include "src/core/measure.h"

#include <gtest/gtest.h>

#include <string>

namespace facemat {
namespace {

TEST(Stopwatch, LapsAddUpToTheWhole) {
  const Stopwatch whole;
  Stopwatch laps;
  double sum = 0;
  for (int i = 0; i < 100; ++i) {
    const double lap = laps.lap();
    EXPECT_GE(lap, 0);
    sum += lap;
  }
  EXPECT_LE(sum, whole.seconds());
}

TEST(Measure, ProcessorTimeGrowsWithWork) {
  const double before = processor_seconds();
  while (processor_seconds() - before < 0.01) continue;
  EXPECT_GT(processor_seconds(), before);
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
  EXPECT_GE(peak_memory(), resident_memory());
}

}  // namespace
}  // namespace facemat
