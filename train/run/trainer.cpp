#include "train/run/trainer.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <system_error>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/lock.h"
#include "src/core/measure.h"
#include "src/core/program.h"
#include "src/model/weights/weights.h"
#include "train/feed/feed.h"
#include "train/run/checkpoint.h"
#include "train/run/events.h"
#include "train/run/learner.h"
#include "train/run/pictures.h"
#include "train/run/run_data.h"
#include "train/run/run_log.h"
#include "train/run/validation.h"

namespace facemat {
namespace {

// The first line in which two texts differ, without its comment, as "'batch: 4' there, 'batch: 2' now".
std::string first_difference(const std::string& there, const std::string& now) {
  std::istringstream a(there), b(now);
  std::string line_a, line_b;
  while (std::getline(a, line_a) && std::getline(b, line_b) && line_a == line_b) continue;
  const auto shown = [](const std::string& line) {
    const std::string text = line.substr(0, line.find("  #"));
    return text.substr(std::min(text.find_first_not_of(' '), text.size()));
  };
  return fmt::format("'{}' there, '{}' now", shown(line_a), shown(line_b));
}

// Only how long and how often may differ between a run and its continuation.
void require_same_config(const TrainConfig& config, const fs::path& file) {
  auto stored = load_config<TrainConfig>(file);
  stored.steps = config.steps;
  stored.log_every = config.log_every;
  stored.validate_every = config.validate_every;
  stored.checkpoint_every = config.checkpoint_every;
  stored.keep_checkpoints = config.keep_checkpoints;
  stored.patience = config.patience;
  const std::string there = config_to_yaml(stored), now = config_to_yaml(config);
  require(there == now, "{}: the run was started with other settings ({}); resume with the same ones or choose another --out",
          file.string(), first_difference(there, now));
}

void require_free_or_resumed(const TrainConfig& config, const TrainRequest& request) {
  const fs::path file = request.run / "config.yaml";
  if (!fs::exists(file)) return;
  require(request.resume, "{}: a run is there already (continue it with --resume, or choose another --out)",
          request.run.string());
  require_same_config(config, file);
}

class Trainer {
 public:
  Trainer(const TrainConfig& config, const TrainRequest& request, Progress& progress, Processes& processes)
      : request_(request),
        progress_(progress),
        processes_(processes),
        lower_is_better_(lower_is_better(config, config.best_by)),
        device_(choose_device(config.device, request.device_index)),
        feed_(config, request.data, processes.rank(), processes.size()),
        config_(feed_.with_steps(config)),
        held_out_(config_, request.data),
        learner_(config_, device_, processes) {}

  TrainOutcome run() {
    open_run();
    const int64_t first = state_.step;
    const int64_t last =
        request_.stop_after > 0 ? std::min<int64_t>(config_.steps, first + request_.stop_after) : config_.steps;
    loader_.emplace(feed_, first, last, request_.loader_threads, device_.is_cuda());
    watch_ = {};
    progress_.update(first, config_.steps);
    bool over = false;
    while (state_.step < last && !outcome_.early && !over) {
      take_step(loader_->next());
      over = asked_to_stop() || state_.step == last;
      report(over);
    }
    outcome_.seconds = watch_.seconds();
    outcome_.waiting = outcome_.seconds > 0 ? loader_->waited() / outcome_.seconds : 0;
    return outcome();
  }

 private:
  void open_run() {
    if (processes_.first()) prepare_folder();
    processes_.barrier();
    if (const auto checkpoint = newest_checkpoint(request_.run)) {
      learner_.restore(*checkpoint);
      state_ = checkpoint->state;
      meter_.restore(state_.meter, (checkpoint->folder / "state.json").string());
      outcome_.early = has_stayed_behind();
      if (processes_.first()) settle_checkpoints(request_.run, state_, config_.keep_checkpoints);
      if (state_.processes != processes_.size() && processes_.first())
        progress_.warning(fmt::format("the run had {} processes and has {} now: a step's batch is of another size",
                                      state_.processes, processes_.size()));
    } else {
      state_.step = config_.first_step;
      if (processes_.first())
        for (const std::string& line : learner_.start_report()) progress_.message(line);
    }
    if (!processes_.first()) return;
    log_.emplace(log_file(), state_.step);
    events_.emplace(request_.run, state_.step + 1);
  }

  void prepare_folder() {
    make_folder(output_place(request_.run));  // where a link leads that leads nowhere yet
    lock_.emplace(request_.run / ".lock", "is training this run");
    const fs::path settings = request_.run / "config.yaml", learned_from = request_.run / "data.yaml";
    const std::vector<fs::path> left = half_written_files(request_.run);
    const RunData data = run_data(feed_, held_out_);
    require_free_or_resumed(config_, request_);
    if (fs::exists(settings)) {
      require_same_data(learned_from, data);
      compare_lengths(load_config<TrainConfig>(settings).steps);
    }
    remove_unfinished(request_.run);
    for (const fs::path& file : {settings, learned_from, log_file()}) remove_half_written(left, file);
    write_file(settings, config_to_yaml(config_));
    write_file(learned_from, config_to_yaml(data));
  }

  fs::path log_file() const { return request_.run / "log.jsonl"; }

  // A run may go on for another number of steps than it was started with, but schedules are drawn over all of them.
  void compare_lengths(int before) {
    const auto checkpoint = newest_checkpoint(request_.run);
    const int64_t step = checkpoint ? checkpoint->state.step : config_.first_step;
    require(step <= config_.steps, "{}: the run has taken {} steps, steps is {} (allowed: as many or more)",
            request_.run.string(), step, config_.steps);
    if (before == config_.steps) return;
    const auto factor = [&](int steps) { return schedule_factor(config_.learning_rate.schedule, step, steps); };
    progress_.warning(
        fmt::format("the run was to take {} steps and takes {} now: its learning rates change from {:.3g} to {:.3g} "
                    "of their full value at step {}",
                    before, config_.steps, factor(before), factor(config_.steps), step));
  }

  void take_step(const std::vector<Batch>& batches) {
    const TrainPass& pass = feed_.pass_of(state_.step);
    const StepResult result = learner_.step(pass, batches, state_.step);
    gradient_norm_ = result.gradient_norm;
    ++state_.step;
    for (const Batch& batch : batches) outcome_.frames += batch.frames.size(0) * batch.frames.size(1) * processes_.size();
    if (result.updated) return meter_.add(result.loss, result.terms, result.weights);
    progress_.message(fmt::format("step {}: skipped, the gradient is not finite", state_.step));
  }

  // By the user or the clock. Any process may be asked; then all stop.
  bool asked_to_stop() {
    const bool by_user = request_.stop != nullptr && *request_.stop;
    const bool by_clock = request_.stop_after_minutes > 0 && watch_.seconds() >= 60 * request_.stop_after_minutes;
    const auto asked = torch::tensor({by_user ? 1.0F : 0.0F, by_clock ? 1.0F : 0.0F}).to(device_);
    processes_.sum({asked});
    outcome_.stopped = asked[0].item<float>() > 0;
    return asked.sum().item<float>() > 0;
  }

  // `last`: of this call. The log and the validations are those of an uninterrupted run.
  void report(bool last) {
    const auto due = [&](int64_t every) { return state_.step % every == 0 || state_.step == config_.steps; };
    if (due(config_.log_every)) write_losses();
    const bool better = due(config_.validate_every) && validate_now();
    if (better || last || outcome_.early || due(config_.checkpoint_every)) write_checkpoint_now();
    progress_.update(state_.step, config_.steps,
                     fmt::format("loss {:.4f}", meter_.count() ? meter_.total() : outcome_.last_loss));
  }

  void write_losses() {
    if (meter_.count() == 0) {  // every step since was skipped: no loss, and not one of 0
      outcome_.last_loss = NAN;
      return;
    }
    outcome_.last_loss = meter_.total();
    if (log_) {
      nlohmann::json line = {{"step", state_.step}, {"loss", meter_.total()}, {"terms", meter_.terms()}};
      if (!meter_.weights().empty()) line["weights"] = meter_.weights();
      log_->add(line);
      show_losses();
    }
    meter_.clear();
  }

  // What TensorBoard shows besides: values of the last step, and speeds, which differ between equal runs.
  void show_losses() {
    std::map<std::string, double> values = {
        {"loss/total", meter_.total()},
        {"train/gradient norm", gradient_norm_},
        {"train/rate factor", schedule_factor(config_.learning_rate.schedule, state_.step - 1, config_.steps)},
        {"speed/frames per second", static_cast<double>(outcome_.frames) / watch_.seconds()},
        {"speed/waiting for batches", loader_->waited() / watch_.seconds()}};
    for (const auto& [name, value] : meter_.terms()) values["loss/" + name] = value;
    for (const auto& [name, value] : meter_.weights()) values["weights/" + name] = value;
    events_->scalars(state_.step, values);
  }

  void show_validation(const std::map<std::string, double>& metrics) {
    std::map<std::string, double> values;
    for (const auto& [name, value] : metrics) values["valid/" + name] = value;
    events_->scalars(state_.step, values);
    for (const auto& [name, picture] : sample_pictures(learner_.model(), learner_.teacher(), *held_out_.sets()[0].split,
                                                       config_.pictures, device_, judging_guide_plan(config_)))
      events_->image(state_.step, "sample/" + name, picture);
  }

  bool has_stayed_behind() const { return config_.patience > 0 && state_.stale >= config_.patience; }

  // The batches just learnt from.
  std::vector<Batch> last_batches(int64_t count) const {
    const int64_t end = state_.step * feed_.batches_per_step();
    std::vector<Batch> batches;
    for (int64_t number = std::max<int64_t>(0, end - count); number < end; ++number) batches.push_back(feed_.batch(number));
    return batches;
  }

  // Every figure of every set.
  std::map<std::string, double> figures_now() {
    if (config_.norm_batches > 0) learner_.estimate_norms(last_batches(config_.norm_batches));
    std::map<std::string, double> figures;
    for (const HeldOut::Set& set : held_out_.sets())
      figures.merge(validate(learner_.model(), set, set.clips, device_, processes_, judging_guide_plan(config_)));
    return figures;
  }

  // Returns whether the model is the best so far.
  bool validate_now() {
    const auto metrics = outcome_.figures = figures_now();
    if (log_) {
      log_->add({{"step", state_.step}, {"valid", metrics}});
      show_validation(metrics);
    }
    const double value = metrics.at(config_.best_by);
    require(std::isfinite(value), "validation: {} has no value (no frame has a pixel in that region)", config_.best_by);
    const bool better = !state_.best || (lower_is_better_ ? value < *state_.best : value > *state_.best);
    state_.stale = better ? 0 : state_.stale + 1;
    if (better) state_.best = value, state_.best_step = state_.step;
    outcome_.early = has_stayed_behind();
    progress_.message(
        fmt::format("step {}: validation {} {:.4f}{}", state_.step, config_.best_by, value, better ? " (best so far)" : ""));
    return better;
  }

  void write_checkpoint_now() {
    if (!processes_.first()) return;
    learner_.save(state_);
    state_.meter = meter_.state();
    state_.processes = processes_.size();
    log_->sync();
    try {
      write_checkpoint(request_.run, state_, learner_.files(metadata()), config_.keep_checkpoints);
    } catch (const Error& error) {
      const auto newest = newest_checkpoint(request_.run);
      fail("{} ({}; continue with --resume)", error.what(),
           newest ? fmt::format("the checkpoint of step {} is complete", newest->state.step) : "there is no checkpoint yet");
    }
  }

  std::map<std::string, std::string> metadata() const {
    return {{"polarity", "visible_face"},
            {"step", std::to_string(state_.step)},
            {"train_size", std::to_string(train_size())},
            {"data_licence", feed_.licence()},
            {"version", kVersion}};
  }

  int train_size() const { return feed_.passes()[0].size > 0 ? feed_.passes()[0].size : feed_.dataset().size(); }

  TrainOutcome outcome() {
    learner_.save(state_);
    outcome_.steps = state_.step;
    outcome_.best = state_.best;
    outcome_.best_step = state_.best_step;
    outcome_.skipped = state_.skipped;
    if (fs::exists(request_.run / "checkpoints" / "best")) outcome_.model = find_model_file(request_.run);
    return outcome_;
  }

  const TrainRequest& request_;
  Progress& progress_;
  Processes& processes_;
  const bool lower_is_better_;
  torch::Device device_;
  Feed feed_;
  const TrainConfig config_;
  const HeldOut held_out_;
  Learner learner_;
  RunState state_;
  std::optional<Lock> lock_;           // of rank 0
  std::optional<RunLog> log_;          // likewise
  std::optional<EventWriter> events_;  // likewise
  std::optional<StepLoader> loader_;
  Stopwatch watch_;  // of this call
  double gradient_norm_ = 0;
  LossMeter meter_;
  TrainOutcome outcome_;
};

}  // namespace

TrainOutcome train(const TrainConfig& config, const TrainRequest& request, Progress& progress, Processes& processes) {
  check(config);
  return Trainer(config, request, progress, processes).run();
}

TrainOutcome train(const TrainConfig& config, const TrainRequest& request, Progress& progress) {
  const auto alone = single_process();
  return train(config, request, progress, *alone);
}

}  // namespace facemat
