#include "train/run/run_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

TEST(RunLog, WritesALineAtOnce) {
  const Scratch scratch;
  RunLog log(scratch / "log.jsonl", 0);
  log.add({{"step", 1}, {"loss", 0.5}});
  EXPECT_EQ(read_file(scratch / "log.jsonl"), "{\"loss\":0.5,\"step\":1}\n");
}

TEST(RunLog, DropsWhatCameAfterTheCheckpointAndACutLine) {
  const Scratch scratch;
  write_file(scratch / "log.jsonl", "{\"step\":10}\n{\"step\":20}\n{\"step\":20,\"valid\":{}}\n{\"step\":30}\n{\"ste");
  RunLog log(scratch / "log.jsonl", 20);
  log.add({{"step", 30}, {"loss", 1}});
  log.sync();
  EXPECT_EQ(read_file(scratch / "log.jsonl"),
            "{\"step\":10}\n{\"step\":20}\n{\"step\":20,\"valid\":{}}\n{\"loss\":1,\"step\":30}\n");
}

TEST(LossMeter, AveragesEachTermOverItsOwnCount) {
  LossMeter meter;
  EXPECT_EQ(meter.count(), 0);
  meter.add(1, {{"l1", 0.5}});
  meter.add(3, {{"l1", 1.5}, {"coherence", 4}});
  EXPECT_DOUBLE_EQ(meter.total(), 2);
  EXPECT_DOUBLE_EQ(meter.terms().at("l1"), 1);
  EXPECT_DOUBLE_EQ(meter.terms().at("coherence"), 4);
}

TEST(LossMeter, GoesOnFromItsStateBitForBit) {
  LossMeter whole, part, rest;
  const double values[] = {0.1, 1.0 / 3, 2.0 / 7, 1e-17};
  for (const double value : values) whole.add(value, {{"l1", value / 3}});
  for (int i = 0; i < 2; ++i) part.add(values[i], {{"l1", values[i] / 3}});
  rest.restore(nlohmann::json::parse(part.state().dump()), "state.json");  // through text, as a checkpoint keeps it
  for (int i = 2; i < 4; ++i) rest.add(values[i], {{"l1", values[i] / 3}});
  EXPECT_EQ(rest.total(), whole.total());
  EXPECT_EQ(rest.terms(), whole.terms());
}

TEST(LossMeter, OtherStatesAreRefused) {
  LossMeter meter;
  for (const char* state : {"null", "7", "{}", R"({"total":7,"terms":{}})", R"({"total":[1,-1],"terms":{}})",
                            R"({"total":[1,1],"terms":{"l1":[1,1e300]}})"})
    EXPECT_THAT(message_of([&] { meter.restore(nlohmann::json::parse(state), "state.json"); }),
                testing::HasSubstr("state.json: damaged: "))
        << state;
}

}  // namespace
}  // namespace facemat
