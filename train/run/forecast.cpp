#include "train/run/forecast.h"

#include <algorithm>
#include <cmath>

#include "src/core/measure.h"
#include "train/feed/feed.h"
#include "train/run/learner.h"
#include "train/run/validation.h"

namespace facemat {
namespace {

// Rounds of all passes before the clock starts (memory is allocated, kernels are chosen), and while it runs.
constexpr int64_t kWarmRounds = 1, kTimedRounds = 4;
constexpr int64_t kTimedClips = 4;  // of a validation

uint64_t total_size(const CheckpointFiles& files) {
  uint64_t bytes = 0;
  for (const auto& [name, content] : files) bytes += content.size();
  return bytes;
}

void time_steps(const Feed& feed, Learner& learner, int loader_threads, Progress& progress, Forecast& result) {
  const int64_t warm = kWarmRounds * feed.steps_per_round(), all = warm + kTimedRounds * feed.steps_per_round();
  StepLoader loader(feed, 0, all, loader_threads, false);
  Stopwatch watch;
  double waited = 0;
  for (int64_t step = 0; step < all; ++step) {
    if (step == warm) watch = {}, waited = loader.waited();
    learner.step(feed.pass_of(step), loader.next(), step);
    progress.update(step + 1, all);
  }
  const double seconds = watch.seconds();
  result.step_seconds = seconds / static_cast<double>(all - warm);
  result.waiting = (loader.waited() - waited) / seconds;
}

double time_validation(MattingNetwork& model, const HeldOut& held_out, const GuidePlan& guides, const torch::Device& device) {
  const auto alone = single_process();
  double seconds = 0;
  for (const HeldOut::Set& set : held_out.sets()) {
    const int64_t timed = std::min(set.clips, kTimedClips);
    const Stopwatch watch;
    validate(model, set, timed, device, *alone, guides);
    seconds += watch.seconds() * static_cast<double>(set.clips) / static_cast<double>(timed);
  }
  return seconds;
}

}  // namespace

Forecast forecast(const TrainConfig& given, const TrainRequest& request, Progress& progress) {
  check(given);
  const auto alone = single_process();
  const auto device = choose_device(given.device, 0);
  const Feed feed(given, request.data, 0, 1);
  const TrainConfig config = feed.with_steps(given);
  const HeldOut held_out(config, request.data);
  Learner learner(config, device, *alone);
  Forecast result;
  result.steps = config.steps;
  result.parameters = learner.parameter_count();
  result.clips = feed.clips(0);
  result.epochs = config.steps / feed.steps_per_epoch();
  time_steps(feed, learner, request.loader_threads, progress, result);
  result.validation_seconds = time_validation(learner.model(), held_out, judging_guide_plan(config), device);
  const double validations = std::ceil(static_cast<double>(config.steps) / config.validate_every);
  result.hours = (config.steps * result.step_seconds + validations * result.validation_seconds) / 3600;
  result.memory_bytes = peak_memory();
  result.disk_bytes = total_size(learner.files({})) * static_cast<uint64_t>(config.keep_checkpoints + 1);  // and the best
  return result;
}

}  // namespace facemat
