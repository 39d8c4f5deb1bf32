#include "eval/bench.h"

#include <gtest/gtest.h>

#include "eval/metrics/metrics.h"

namespace facemat {
namespace {

TEST(BenchMetrics, TimesEveryMetricOfTheTable) {
  const auto times = bench_metrics(80, 60, 3);
  ASSERT_EQ(times.size(), metric_table().size());
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(times[i].metric, metric_table()[i].title);
    EXPECT_GT(times[i].milliseconds, 0);
  }
}

}  // namespace
}  // namespace facemat
