#include "export/commands/runtime_bench.h"

#include <gtest/gtest.h>

#include "src/model/networks/models.h"

namespace facemat {
namespace {

// Figures differ from machine to machine; that each graph runs, in turns, and is counted is what can be told.
TEST(RuntimeBench, MeasuresEachGraphAgainstThePlainOne) {
  TrainedModel model;
  model.config.width = 0.25;
  model.network = make_model(model.config, Rng(1));
  model.network->eval();
  model.file = "test";
  RuntimeBenchOptions options;
  options.rounds = 3;
  options.threads = {1};
  const auto progress = make_progress("measuring", "frame", /*quiet=*/true);
  const auto benches = bench_runtime(model, options, *progress);
  ASSERT_EQ(benches.size(), 1u);  // without a refiner there is no reduced size
  EXPECT_EQ(benches[0].work, "512x512");
  ASSERT_EQ(benches[0].times.size(), 5u);
  EXPECT_EQ(benches[0].times[0].graph, "plain export");
  EXPECT_EQ(benches[0].times[0].of_plain, 1);
  for (const RuntimeTime& time : benches[0].times) {
    EXPECT_GT(time.p50, 0) << time.graph;
    EXPECT_GE(time.p99, time.p50) << time.graph;
    EXPECT_GT(time.of_plain, 0) << time.graph;
  }
}

}  // namespace
}  // namespace facemat
