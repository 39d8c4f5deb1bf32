#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/program.h"
#include "src/model/models.h"
#include "src/model/norm.h"
#include "src/model/weights.h"
#include "train/batch.h"
#include "train/checkpoint.h"
#include "train/loader.h"
#include "train/optimizer.h"
#include "train/validation.h"

namespace facemat {
namespace {

// The lines of RUN/log.jsonl. A resumed run first drops the lines after its checkpoint, so that the log is that of one run.
class RunLog {
 public:
  RunLog(const fs::path& file, int64_t from_step) : file_(file) {
    if (!fs::exists(file_)) return;
    std::string kept, line;
    for (const char c : read_file(file_)) {
      line += c;
      if (c != '\n') continue;
      const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (json.is_object() && json.value("step", int64_t{0}) <= from_step) kept += line;
      line.clear();
    }
    text_ = kept;
  }
  void add(const nlohmann::json& line) { text_ += line.dump() + "\n"; }
  void save() const { write_file(file_, text_); }

 private:
  fs::path file_;
  std::string text_;
};

// Means of the loss and its terms since the last line of the log.
class LossMeter {
 public:
  void add(double total, const std::map<std::string, double>& terms) {
    ++count_;
    total_ += total;
    for (const auto& [name, value] : terms) terms_[name].add(value);
  }
  double total() const { return count_ ? total_ / count_ : 0; }
  nlohmann::json terms() const {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& [name, mean] : terms_) json[name] = mean.sum / mean.count;
    return json;
  }

 private:
  struct Mean {
    double sum = 0;
    int count = 0;
    void add(double value) { sum += value, ++count; }
  };
  double total_ = 0;
  int count_ = 0;
  std::map<std::string, Mean> terms_;
};

Batch load_batch(const DatasetSplit& split, const std::vector<int64_t>& clips, int64_t epoch, double flip, const Rng& rng) {
  std::vector<Clip> loaded;
  for (size_t i = 0; i < clips.size(); ++i) {
    Clip clip = split.clip(clips[i], epoch);
    loaded.push_back(rng.fork("flip", i).chance(flip) ? mirrored(std::move(clip)) : std::move(clip));
  }
  return collate(loaded);
}

// What the frozen teacher says of the frames: its alpha, and the standard deviation of it, both 0..1.
void ask_teacher(MattingNetwork& teacher, const torch::Tensor& frames, LossInputs& inputs) {
  const torch::NoGradGuard no_grad;
  const Prediction prediction = teacher.forward(frames);
  inputs.uncertainty = prediction.variance.sqrt().clamp(0, 1);
  inputs.teacher = prediction.alpha;
}

std::shared_ptr<MattingNetwork> load_teacher(const std::string& path) {
  if (path.empty()) return nullptr;
  const TrainedModel teacher = load_model(path);
  require(teacher.config.uncertainty, "{}: this model has no uncertainty head, so it cannot be a teacher",
          teacher.file.string());
  return teacher.network;
}

std::shared_ptr<MattingNetwork> start_network(const TrainConfig& config) {
  auto network = make_model(config.model, Rng(config.seed));
  if (!config.init.empty()) load_matching_weights(*network, named_weights(*load_model(config.init).network));
  return network;
}

void set_norm_momentum(torch::nn::Module& network, double momentum) {
  for (const auto& module : network.modules(false))
    if (auto* norm = module->as<Norm>()) norm->set_momentum(momentum);
}

// Only how long and how often may differ between a run and its continuation.
void require_same_config(const TrainConfig& config, const fs::path& file) {
  auto stored = load_config<TrainConfig>(file);
  stored.steps = config.steps;
  stored.log_every = config.log_every;
  stored.validate_every = config.validate_every;
  stored.checkpoint_every = config.checkpoint_every;
  stored.keep_checkpoints = config.keep_checkpoints;
  require(config_to_yaml(stored) == config_to_yaml(config),
          "{}: the run was started with other settings; resume with the same ones or choose another --out", file.string());
}

// Trimaps are read only for the losses of the unknown region: a dataset without them trains with all others.
Layers layers_of(const TrainConfig& config) {
  Layers layers;
  layers.trimap = std::any_of(config.losses.begin(), config.losses.end(),
                              [](const LossTerm& term) { return term.name.find("_unknown") != std::string::npos; });
  return layers;
}

void open_run(const TrainConfig& config, const TrainRequest& request) {
  const fs::path file = request.run / "config.yaml";
  if (fs::exists(file)) {
    require(request.resume, "{}: a run is there already (continue it with --resume, or choose another --out)",
            request.run.string());
    require_same_config(config, file);
  }
  write_file(file, config_to_yaml(config));
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

class Trainer {
 public:
  Trainer(const TrainConfig& config, const TrainRequest& request, Progress& progress)
      : config_(config),
        request_(request),
        progress_(progress),
        rng_(Rng(config.seed).fork("train")),
        dataset_(Dataset::open(request.data, layers_of(config))),
        split_(dataset_.split(config.split)),
        valid_(dataset_.split(config.valid_split)),
        plan_(split_.lengths(), config.batch, rng_),
        teacher_(load_teacher(config.teacher)),
        network_(start_network(config)),
        optimizer_(*network_, config.learning_rate, config.steps) {}

  TrainOutcome run() {
    open_run(config_, request_);
    if (const auto state = read_checkpoint(request_.run, *network_, optimizer_)) state_ = *state;
    log_.emplace(request_.run / "log.jsonl", state_.step);
    const int64_t first = state_.step;
    const int64_t last =
        request_.stop_after > 0 ? std::min<int64_t>(config_.steps, first + request_.stop_after) : config_.steps;
    network_->train();
    if (config_.norm_momentum > 0) set_norm_momentum(*network_, config_.norm_momentum);
    progress_.update(first, config_.steps);
    BatchLoader loader([this](int64_t step) { return batch_of(step); }, first, std::max(first, last), {});
    while (state_.step < last) {
      take_step(loader.next());
      report(last);
    }
    const fs::path best = request_.run / "checkpoints" / "best";
    return {state_.step, last_loss_, state_.best_sad, fs::exists(best) ? find_model_file(request_.run) : fs::path()};
  }

 private:
  Batch batch_of(int64_t step) const {
    return load_batch(split_, plan_.clips_of(step), step / plan_.batches_per_epoch(), config_.flip, rng_.fork("augment", step));
  }

  void take_step(const Batch& batch) {
    const Prediction prediction = network_->forward(batch.frames);
    LossInputs inputs{prediction.alpha, prediction.variance, batch.alpha, batch.unknown, {}, {}};
    if (teacher_) ask_teacher(*teacher_, batch.frames, inputs);
    const LossValue loss = total_loss(config_.losses, inputs, config_.loss_options);
    const double total = loss.total.item<double>();
    require(std::isfinite(total), "the loss is not finite at step {} (samples {})", state_.step + 1, joined(batch.names));
    optimizer_.zero_gradients();
    loss.total.backward();
    optimizer_.step(state_.step, config_.clip_gradient);
    meter_.add(total, loss.terms);
    ++state_.step;
  }

  bool due(int64_t every, int64_t last) const { return state_.step % every == 0 || state_.step == last; }

  void report(int64_t last) {
    if (due(config_.log_every, last)) {
      last_loss_ = meter_.total();
      log_->add({{"step", state_.step}, {"loss", last_loss_}, {"terms", meter_.terms()}});
      meter_ = {};
    }
    const bool improved = due(config_.validate_every, config_.steps) && validate_now();
    if (improved || due(config_.checkpoint_every, last)) {
      write_checkpoint(request_.run, state_, *network_, config_.model, optimizer_, metadata(), config_.keep_checkpoints);
      log_->save();
    }
    progress_.update(state_.step, config_.steps, fmt::format("loss {:.4f}", last_loss_));
  }

  // Returns whether the validation SAD is the lowest so far.
  bool validate_now() {
    const auto metrics = validate(*network_, valid_);
    log_->add({{"step", state_.step}, {"valid", metrics}});
    const double sad = metrics.at("sad");
    const bool improved = !state_.best_sad || sad < *state_.best_sad;
    if (improved) state_.best_sad = sad, state_.best_step = state_.step;
    progress_.message(fmt::format("step {}: validation SAD {:.4f}{}", state_.step, sad, improved ? " (best so far)" : ""));
    return improved;
  }

  std::map<std::string, std::string> metadata() const {
    return {{"polarity", "visible_face"},
            {"step", std::to_string(state_.step)},
            {"train_size", std::to_string(dataset_.size())},
            {"data_licence", dataset_.licence()},
            {"version", kVersion}};
  }

  const TrainConfig& config_;
  const TrainRequest& request_;
  Progress& progress_;
  Rng rng_;
  Dataset dataset_;
  DatasetSplit split_, valid_;
  BatchPlan plan_;
  std::shared_ptr<MattingNetwork> teacher_, network_;
  PartOptimizer optimizer_;
  RunState state_;
  std::optional<RunLog> log_;
  LossMeter meter_;
  double last_loss_ = 0;
};

}  // namespace

TrainOutcome train(const TrainConfig& config, const TrainRequest& request, Progress& progress) {
  check(config);
  return Trainer(config, request, progress).run();
}

}  // namespace facemat
