#include "train/optim/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace facemat {
namespace {

Schedule named(const char* name) {
  Schedule schedule;
  schedule.name = name, schedule.warmup = 0;
  return schedule;
}

TEST(Schedules, WarmUpRisesInAStraightLine) {
  for (const ScheduleEntry& entry : schedule_table()) {
    Schedule schedule = named(entry.name);
    schedule.warmup = 4;
    EXPECT_DOUBLE_EQ(schedule_factor(schedule, 0, 104), 0.25) << entry.name;
    EXPECT_DOUBLE_EQ(schedule_factor(schedule, 3, 104), 1) << entry.name;
    EXPECT_DOUBLE_EQ(schedule_factor(schedule, 4, 104), 1) << entry.name;
  }
}

TEST(Schedules, AWarmUpBelowOneIsAShareOfAllSteps) {
  Schedule schedule = named("constant");
  schedule.warmup = 0.1;
  EXPECT_DOUBLE_EQ(schedule_factor(schedule, 0, 200), 1.0 / 20);
  EXPECT_DOUBLE_EQ(schedule_factor(schedule, 18, 200), 19.0 / 20);
  EXPECT_DOUBLE_EQ(schedule_factor(schedule, 19, 200), 1);
}

TEST(Schedules, ConstantStays) { EXPECT_DOUBLE_EQ(schedule_factor(named("constant"), 90, 104), 1); }

TEST(Schedules, StepFallsEverySoOften) {
  Schedule schedule = named("step");
  schedule.every = 10, schedule.factor = 0.5, schedule.warmup = 5;
  EXPECT_DOUBLE_EQ(schedule_factor(schedule, 14, 100), 1);
  EXPECT_DOUBLE_EQ(schedule_factor(schedule, 15, 100), 0.5);
  EXPECT_DOUBLE_EQ(schedule_factor(schedule, 25, 100), 0.25);
}

TEST(Schedules, CosineFallsToItsFloor) {
  Schedule schedule = named("cosine");
  EXPECT_NEAR(schedule_factor(schedule, 50, 100), 0.5, 1e-12);
  EXPECT_NEAR(schedule_factor(schedule, 100, 100), 0, 1e-12);
  EXPECT_NEAR(schedule_factor(schedule, 200, 100), 0, 1e-12);  // a run that was made longer
  schedule.floor = 0.2;
  EXPECT_NEAR(schedule_factor(schedule, 25, 100), 0.2 + 0.8 * 0.5 * (1 + std::sqrt(0.5)), 1e-12);
}

TEST(Schedules, PolynomialFallsToItsFloor) {
  Schedule schedule = named("polynomial");
  schedule.power = 2, schedule.floor = 0.1;
  EXPECT_NEAR(schedule_factor(schedule, 50, 100), 0.1 + 0.9 * 0.25, 1e-12);
  EXPECT_NEAR(schedule_factor(schedule, 100, 100), 0.1, 1e-12);
}

TEST(Schedules, EveryOneNeverRisesAfterTheWarmUp) {
  for (const ScheduleEntry& entry : schedule_table())
    for (int64_t step = 1; step < 50; ++step)
      EXPECT_LE(schedule_factor(named(entry.name), step, 50), schedule_factor(named(entry.name), step - 1, 50)) << entry.name;
}

}  // namespace
}  // namespace facemat
