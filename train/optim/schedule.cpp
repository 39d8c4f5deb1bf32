#include "train/optim/schedule.h"

#include <algorithm>
#include <cmath>

#include "src/core/config.h"
#include "src/core/text.h"

namespace facemat {
namespace {

double share_done(int64_t done, int64_t total) {
  return std::min(1.0, static_cast<double>(done) / static_cast<double>(std::max<int64_t>(1, total)));
}

double constant(const Schedule&, int64_t, int64_t) { return 1; }

double falling_steps(const Schedule& s, int64_t done, int64_t) {
  return std::pow(s.factor, static_cast<double>(done / s.every));
}

double cosine(const Schedule& s, int64_t done, int64_t total) {
  return s.floor + (1 - s.floor) * 0.5 * (1 + std::cos(M_PI * share_done(done, total)));
}

double polynomial(const Schedule& s, int64_t done, int64_t total) {
  return s.floor + (1 - s.floor) * std::pow(1 - share_done(done, total), s.power);
}

}  // namespace

const std::vector<ScheduleEntry>& schedule_table() {
  static const std::vector<ScheduleEntry> table = {
      {"constant", "as they are", constant},
      {"step", "times `factor` every `every` steps", falling_steps},
      {"cosine", "half a cosine down to `floor` at the last step", cosine},
      {"polynomial", "(1 - share of the run) to the `power`, down to `floor`", polynomial},
  };
  return table;
}

void fields(FieldVisitor& visit, Schedule& s) {
  visit("schedule", s.name, "how the rates change: constant, step, cosine or polynomial", entry_names(schedule_table()));
  visit("warmup", s.warmup, "steps over which the rates rise from zero; below 1: share of all steps", {0, 1e9});
  visit("every", s.every, "step: steps between two falls", {1, 1e9});
  visit("factor", s.factor, "step: what a fall multiplies by", {0, 1});
  visit("power", s.power, "polynomial: the exponent", {0.01, 100});
  visit("floor", s.floor, "cosine, polynomial: factor reached at the last step", {0, 1});
}

double schedule_factor(const Schedule& schedule, int64_t step, int64_t total) {
  const double steps = schedule.warmup < 1 ? schedule.warmup * static_cast<double>(total) : schedule.warmup;
  const auto warmup = static_cast<int64_t>(std::lround(steps));
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup);
  const ScheduleEntry& entry = find_entry(schedule_table(), schedule.name, "schedule");
  return entry.factor(schedule, step - warmup, total - warmup);
}

}  // namespace facemat
