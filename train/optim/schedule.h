#pragma once
// How learning rates change over a run: a pure function of the step.

#include <cstdint>
#include <string>
#include <vector>

namespace facemat {

class FieldVisitor;

struct Schedule {
  std::string name = "cosine";  // in schedule_table()
  double warmup = 0.03;         // steps over which the rates rise in a straight line from zero; below 1: share of all steps
  int every = 10000;            // step: steps between two falls
  double factor = 0.1;          // step: what a fall multiplies by
  double power = 0.9;           // polynomial: the exponent
  double floor = 0;             // cosine, polynomial: factor reached at the last step
};
void fields(FieldVisitor& visit, Schedule& schedule);

struct ScheduleEntry {
  const char* name;
  const char* about;
  // Factor on the rates `done` steps after the warm-up, of `total`.
  double (*factor)(const Schedule& schedule, int64_t done, int64_t total);
};
const std::vector<ScheduleEntry>& schedule_table();

// Factor on the learning rates at `step` (0-based) of `total`: the warm-up's, then the schedule's.
double schedule_factor(const Schedule& schedule, int64_t step, int64_t total);

}  // namespace facemat
