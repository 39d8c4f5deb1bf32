#include "eval/commands/metric_bench.h"

#include <gtest/gtest.h>

#include "eval/metrics/metrics.h"
#include "tests/eval/example.h"

namespace facemat {
namespace {

TEST(BenchMetrics, TimesEveryMetricOfTheTable) {
  const auto times = bench_metrics(80, 60, 3);
  ASSERT_EQ(times.size(), metric_table().size() + 1);
  for (size_t i = 0; i < metric_table().size(); ++i) EXPECT_EQ(times[i].metric, metric_table()[i].title);
  for (const MetricTime& time : times) EXPECT_GT(time.milliseconds, 0);
}

TEST(BenchPairs, JudgesThemAllAndLeavesNothing) {
  const auto folders = [] {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(fs::temp_directory_path()))
      count += entry.path().filename().string().rfind("facemat-bench-", 0) == 0;
    return count;
  };
  const int before = folders();
  Silence progress;
  const PairsTime time = bench_pairs(20, 32, 2, progress);
  EXPECT_GT(time.seconds, 0);
  EXPECT_GE(time.memory_most, time.memory_early);
  EXPECT_EQ(folders(), before);
}

}  // namespace
}  // namespace facemat
