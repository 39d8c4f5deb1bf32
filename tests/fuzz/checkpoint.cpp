// state.json of a checkpoint, and the sums of losses within it.

#include "train/run/checkpoint.h"

#include "src/core/error.h"
#include "src/core/file.h"
#include "tests/fuzz/json_tricks.h"
#include "tests/fuzz/targets.h"
#include "train/run/run_log.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  RunState state;
  state.step = 100, state.best = 0.25, state.best_step = 50;
  LossMeter meter;
  meter.add(0.5, {{"l1", 0.25}}, {{"l1", 1}});
  state.meter = meter.state();
  const fs::path run = as_file("run", "").parent_path() / "written";
  write_checkpoint(run, state, {}, 1);
  std::vector<FuzzSeed> out = {{"whole", read_file(run / "checkpoints/step-00000100/state.json")}};
  add_json_tricks(out, "step");
  out.push_back({"deep_meter", with_number(out.front().bytes, "meter", std::string(100'000, '[')), true});
  out.push_back({"another_step", with_number(out.front().bytes, "step", "200"), true});
  return out;
}

void read(const std::string& bytes) {
  const fs::path run = as_file("run", "").parent_path() / "read", checkpoint = run / "checkpoints/step-00000100";
  write_plain(checkpoint / "state.json", bytes), write_plain(checkpoint / "DONE", "");
  LossMeter meter;
  meter.restore(newest_checkpoint(run)->state.meter, "state.json");
}

}  // namespace

FuzzTarget checkpoint_target() { return {"checkpoint", "train/run/checkpoint.h", 2048, seeds, read}; }

}  // namespace facemat
