#include "train/run/learner.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/model/compute/norm.h"
#include "src/model/networks/models.h"
#include "src/model/weights/starting_point.h"
#include "src/model/weights/weights.h"
#include "train/losses/systems/features.h"
#include "train/losses/terms/composition.h"

namespace facemat {
namespace {

constexpr uint64_t kMostBytes = uint64_t{4} << 30;
constexpr int kMostSkippedInRow = 20;

// What is given beside frames is drawn from what is true of them; of those that nobody has labelled, that is the background.
void check_guides(const TrainedModel& teacher, const TrainPass& pass) {
  for (const std::string& guide : find_model(teacher.config.network).guides)
    require(pass.labels == "dataset" || guide == "background",
            "{}: this model ({}) needs a {}, which is made from the labels of a dataset (pass '{}', labels: {})",
            teacher.file.string(), teacher.config.network, guide, pass.name, pass.labels);
}

// `doubting`: it is asked for its uncertainty.
TrainedModel load_teacher(const std::string& path, bool doubting) {
  TrainedModel teacher = load_model(path);
  require(!doubting || teacher.config.uncertainty, "{}: this model has no uncertainty head, so it cannot be a teacher",
          teacher.file.string());
  for (torch::Tensor& parameter : teacher.network->parameters()) parameter.requires_grad_(false);
  return teacher;
}

// Those of the run and of its passes, each once.
std::map<std::string, TrainedModel> load_teachers(const TrainConfig& config, const torch::Device& device) {
  const std::vector<TrainPass> passes = passes_of(config);
  std::map<std::string, bool> doubting = {{config.teacher, false}};  // by path
  for (const TrainPass& pass : passes) doubting[pass.teacher] |= (needs_of(pass.losses) & kNeedsUncertainty) != 0;
  doubting.erase("");
  std::map<std::string, TrainedModel> teachers;
  for (const auto& [path, doubts] : doubting) {
    teachers[path] = load_teacher(path, doubts);
    teachers[path].network->to(device);
  }
  for (const TrainPass& pass : passes)
    if (asks_teacher(pass)) check_guides(teachers.at(pass.teacher), pass);
  return teachers;
}

// For losses of features, if a pass has any.
Vgg16 load_features(const TrainConfig& config, const torch::Device& device) {
  if (!(needs_of(all_losses(config)) & kNeedsFeatures)) return nullptr;
  Vgg16 network = load_feature_network(config.loss_options.feature_weights);
  network->to(device);
  return network;
}

// What lies behind the foreground, [B,T,4,H,W]; undefined if the data does not say.
torch::Tensor true_background_of(const Batch& batch) {
  if (batch.background.defined()) {
    const torch::Tensor plain = torch::cat({batch.background, torch::ones_like(batch.alpha)}, 2);
    return batch.occluder.defined() ? covered_background(batch.alpha, batch.background, batch.occluder) : plain;
  }
  if (!batch.clean.defined() || !batch.occluder.defined()) return {};
  return background_behind(batch.alpha, batch.clean, batch.occluder);
}

// Where the trimap is unknown: that which the network is `given`, or the dataset's; undefined without one.
torch::Tensor unknown_of(const Batch& batch, bool given) {
  if (!given) return batch.unknown;
  const torch::Tensor& trimap = batch.guides.trimap;
  return ((trimap > 0.25) & (trimap < 0.75)).to(trimap.scalar_type());
}

void set_norm_momentum(torch::nn::Module& network, double momentum) {
  for (const auto& module : network.modules(false))
    if (auto* norm = module->as<Norm>()) norm->set_momentum(momentum);
}

// Batch norms see the clips of all processes.
class NormSums : public NormReducer {
 public:
  explicit NormSums(Processes& processes) : processes_(processes) {}
  void sum(torch::Tensor& values) override { processes_.sum({values}); }

 private:
  Processes& processes_;
};

// The part of the network called `name`, not to be trained: no gradients, and its batch norms keep their statistics.
void freeze_part(torch::nn::Module& network, const std::string& name) {
  const auto parts = network.named_children();
  const auto* part = parts.find(name);
  require(part != nullptr, "freeze: the network has no part '{}' (known: {})", name, fmt::join(parts.keys(), ", "));
  for (torch::Tensor& parameter : (*part)->parameters()) parameter.requires_grad_(false);
  (*part)->eval();
}

NamedTensors learning_parameters(const torch::nn::Module& network) {
  NamedTensors parameters;
  for (const auto& item : network.named_parameters())
    if (item.value().requires_grad()) parameters[item.key()] = item.value();
  require(!parameters.empty(), "freeze leaves nothing that could learn");
  return parameters;
}

NamedTensors copies_of_buffers(const torch::nn::Module& network) {
  NamedTensors copies;
  for (const auto& item : network.named_buffers()) copies[item.key()] = item.value().clone();
  return copies;
}

void restore_buffers(torch::nn::Module& network, const NamedTensors& copies) {
  for (auto& item : network.named_buffers()) item.value().copy_(copies.at(item.key()));
}

TensorFile read_tensors(const fs::path& file) { return decode_safetensors(read_file(file, kMostBytes), file.string()); }

// Adds up what the batches of a step lose: the total, the terms by name, and the weights.
class LossSums {
 public:
  void add(const LossValue& loss) {
    put(total_, "", loss.total.detach());
    for (const auto& [name, value] : loss.terms) put(terms_, name, value);
    for (const auto& [name, value] : loss.weights) put(weights_, name, value);
  }
  std::vector<torch::Tensor> tensors() const {
    std::vector<torch::Tensor> all;
    for (const NamedTensors* sums : {&total_, &terms_, &weights_})
      for (const auto& [name, sum] : *sums) all.push_back(sum);
    return all;
  }
  double total(double share) const { return total_.at("").item<double>() * share; }
  std::map<std::string, double> terms(double share) const { return means(terms_, share); }
  std::map<std::string, double> weights(double share) const { return means(weights_, share); }

 private:
  static void put(NamedTensors& sums, const std::string& name, const torch::Tensor& value) {
    const auto [sum, fresh] = sums.emplace(name, value.clone());
    if (!fresh) sum->second += value;
  }
  static std::map<std::string, double> means(const NamedTensors& sums, double share) {
    std::map<std::string, double> means;
    for (const auto& [name, sum] : sums) means[name] = sum.item<double>() * share;
    return means;
  }
  NamedTensors total_, terms_, weights_;
};

std::vector<std::string> names_of(const std::vector<Batch>& batches) {
  std::vector<std::string> names;
  for (const Batch& batch : batches) names.insert(names.end(), batch.names.begin(), batch.names.end());
  return names;
}

}  // namespace

void put_predicted(const Prediction& prediction, LossInputs& inputs) {
  inputs.alpha = as_float(prediction.alpha);
  inputs.variance = as_float(prediction.variance);
  inputs.logits = as_float(prediction.logits);
  inputs.foreground = as_float(prediction.foreground);
  inputs.background = as_float(prediction.background);
  for (const auto& [name, part] : prediction.parts) inputs.parts[name] = as_float(part);
  inputs.multiple = prediction.multiple;
}

torch::Device choose_device(const std::string& name, int index) {
  const bool there = torch::cuda::is_available();
  require(name != "cuda" || there, "device: cuda, but LibTorch finds no CUDA device here");
  return name == "cpu" || !there ? torch::Device(torch::kCPU)
                                 : torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index));
}

Learner::Learner(const TrainConfig& config, const torch::Device& device, Processes& processes)
    : config_(config),
      device_(device),
      precision_(resolved_precision(config.precision, device)),
      processes_(processes),
      network_(make_model(config.model, Rng(config.seed))),
      teachers_(load_teachers(config, device)),
      features_(load_features(config, device)),
      scale_(precision_) {
  require(precision_ != "fp16" || device_.is_cuda(), "precision: fp16 is for CUDA (use bf16 or fp32 on the CPU)");
  if (!config.init.empty()) start_report_ = report_lines(start_from(*network_, read_weights(config.init)));
  network_->to(device_);
  start_training();
}

void Learner::start_training() {
  network_->train();
  network_->set_execution({config_.channels_last, config_.recompute});
  if (config_.norm_momentum > 0) set_norm_momentum(*network_, config_.norm_momentum);
  if (processes_.size() > 1) set_norm_reducer(*network_, std::make_shared<NormSums>(processes_));
  for (const std::string& part : config_.freeze) freeze_part(*network_, part);
  NamedTensors parameters = learning_parameters(*network_);
  if (config_.loss_balance == "learned") {
    balance_ = std::make_unique<TaskWeights>(all_losses(config_), config_.loss_options.balance_start);
    balance_->to(device_);
    for (const auto& item : balance_->named_parameters()) parameters["losses." + item.key()] = item.value();
  }
  optimizer_.emplace(std::move(parameters), config_.optimizer, config_.learning_rate, config_.steps);
  if (config_.ema > 0) {
    auto average = make_model(config_.model, Rng(config_.seed));
    average->to(device_);
    average_.emplace(average, *network_, config_.ema);
    if (processes_.size() > 1) set_norm_reducer(*average, std::make_shared<NormSums>(processes_));
  }
}

void Learner::estimate_norms(const std::vector<Batch>& batches) {
  if (!average_ || batches.empty()) return;
  const torch::NoGradGuard no_grad;
  MattingNetwork& average = average_->network();
  average.train();
  for (const std::string& part : config_.freeze) (*average.named_children().find(part))->eval();
  for (size_t i = 0; i < batches.size(); ++i) {
    set_norm_momentum(average, 1.0 / static_cast<double>(i + 1));
    const Batch batch = batches[i].to(device_);
    average.forward(batch.frames, batch.guides, {}, /*ratio=*/1);
  }
  average.eval();
}

int64_t Learner::parameter_count() const {
  int64_t count = 0;
  for (const torch::Tensor& parameter : network_->parameters()) count += parameter.numel();
  return count;
}

MattingNetwork* Learner::teacher() {
  const std::vector<std::string> given = guides_of(config_);
  const auto is_given = [&](const std::string& guide) { return std::count(given.begin(), given.end(), guide) > 0; };
  for (const auto& [path, teacher] : teachers_) {
    const std::vector<std::string>& needed = find_model(teacher.config.network).guides;
    if (std::all_of(needed.begin(), needed.end(), is_given)) return teacher.network.get();
  }
  return nullptr;
}

// What the frozen teacher of a pass says of the frames: its alpha, and the standard deviation of it, both 0..1.
void Learner::ask_teacher(const TrainPass& pass, const Batch& batch, LossInputs& inputs) {
  const torch::NoGradGuard no_grad;
  const Prediction prediction = teachers_.at(pass.teacher).network->forward(batch.frames, batch.guides, {}, /*ratio=*/1);
  if (prediction.variance.defined()) inputs.uncertainty = as_float(prediction.variance).sqrt().clamp(0, 1);
  inputs.teacher = as_float(prediction.alpha);
}

// The label of a composite over a face that nobody has labelled. The network sees the face without what was laid over it, and
// as it was before a camera's faults; what it says of it is believed by how sure it is, and behind an occluder of alpha O
// nothing of the face is left, for certain:
//   target = alpha (1 - O)        trust = O + (1 - O) exp(-(sigma / doubt)^2)
// (the ways of UDA, arXiv 1904.12848, and of mean teachers, arXiv 1703.01780, with the teacher's own doubt for confidence).
void Learner::label(const TrainPass& pass, const Batch& batch, LossInputs& inputs) {
  const torch::NoGradGuard no_grad;
  const Autocast autocast(device_, precision_);
  MattingNetwork& network = pass.labels == "teacher" ? *teachers_.at(pass.teacher).network : average_->network();
  const Prediction said = network.forward(batch.clean, batch.guides, {}, pass.ratio);
  const auto covered = batch.occluder.narrow(2, 3, 1);
  auto believed = torch::ones_like(covered);
  if (pass.doubt > 0 && said.variance.defined()) believed = (as_float(said.variance) / (-pass.doubt * pass.doubt)).exp();
  inputs.target = as_float(said.alpha) * (1 - covered);
  inputs.trust = covered + (1 - covered) * believed;
}

torch::Tensor Learner::mean_over_processes(const torch::Tensor& number) {
  const torch::Tensor sum = number.detach().clone();
  processes_.sum({sum});
  return sum / processes_.size();
}

LossValue Learner::losses_of(const TrainPass& pass, const Batch& batch, int64_t step) {
  LossInputs inputs;
  inputs.progress = static_cast<double>(step) / config_.steps;
  {
    const Autocast autocast(device_, precision_);
    put_predicted(network_->forward(batch.frames, batch.guides, {}, pass.ratio), inputs);
    if (needs_of(pass.losses) & (kNeedsUncertainty | kNeedsTeacher)) ask_teacher(pass, batch, inputs);
  }
  inputs.frames = batch.frames;
  inputs.guides = batch.guides;
  inputs.target = batch.alpha;
  inputs.trust = batch.trust;
  inputs.unknown = unknown_of(batch, is_given_trimap(config_));
  inputs.true_foreground = batch.clean;
  inputs.true_background = true_background_of(batch);
  inputs.occluder = batch.occluder;
  inputs.features = features_;
  if (pass.labels != "dataset") label(pass, batch, inputs);
  if (processes_.size() > 1)
    inputs.over_processes = [this](const torch::Tensor& number) { return mean_over_processes(number); };
  return total_loss(pass.losses, inputs, config_.loss_options, balance_.get());
}

void Learner::skip_step(const std::vector<Batch>& batches, int64_t step, const NamedTensors& buffers) {
  const bool overflow = scale_.update(false);
  ++skipped_;
  ++skipped_in_row_;
  require(overflow || config_.non_finite == "skip",
          "the gradient is not finite at step {} (samples {}); lower the learning rate, or set non_finite: skip", step + 1,
          fmt::join(names_of(batches), ", "));
  require(skipped_in_row_ <= kMostSkippedInRow,
          "the gradient was not finite in {} steps in a row, the last of them {} (samples {})", skipped_in_row_, step + 1,
          fmt::join(names_of(batches), ", "));
  const torch::NoGradGuard no_grad;
  restore_buffers(*network_, buffers);
}

StepResult Learner::step(const TrainPass& pass, const std::vector<Batch>& batches, int64_t step) {
  const bool may_skip = config_.non_finite == "skip" || precision_ == "fp16";
  const NamedTensors buffers = may_skip ? copies_of_buffers(*network_) : NamedTensors();
  const auto parts = static_cast<double>(batches.size() * processes_.size());
  LossSums sums;
  optimizer_->zero_gradients();
  for (const Batch& batch : batches) {
    const LossValue loss = losses_of(pass, batch.to(device_), step);
    (loss.total * (scale_.value() / parts)).backward();
    sums.add(loss);
  }
  processes_.sum(optimizer_->gradients());
  processes_.sum(sums.tensors());
  optimizer_->scale_gradients(1 / scale_.value());
  StepResult result{true, sums.total(1 / parts), sums.terms(1 / parts), sums.weights(1 / parts),
                    optimizer_->clip_gradients(config_.clip_gradient)};
  result.updated = std::isfinite(result.gradient_norm) && std::isfinite(result.loss);
  if (!result.updated) {
    skip_step(batches, step, buffers);
    return result;
  }
  scale_.update(true);
  skipped_in_row_ = 0;
  optimizer_->step(step);
  if (average_) average_->update(*network_, step);
  return result;
}

CheckpointFiles Learner::files(const std::map<std::string, std::string>& metadata) const {
  CheckpointFiles files;
  const MattingNetwork& model = average_ ? average_->network() : *network_;
  files["model.safetensors"] = encode_model(model, config_.model, metadata);
  if (average_) files["training.safetensors"] = encode_safetensors({named_weights(*network_), {}});
  if (balance_) files["losses.safetensors"] = encode_safetensors({named_weights(*balance_), {}});
  files["optimizer.safetensors"] = encode_safetensors({optimizer_->state(), {}});
  return files;
}

void Learner::save(RunState& state) const {
  state.skipped = skipped_;
  state.skipped_in_row = skipped_in_row_;
  state.loss_scale = scale_.value();
  state.scaled_steps = scale_.good_steps();
}

void Learner::restore(const StoredCheckpoint& checkpoint) {
  const auto load = [&](torch::nn::Module& module, const char* name) {
    const fs::path file = checkpoint.folder / name;
    load_weights(module, read_tensors(file).tensors, file.string());
  };
  if (average_) load(average_->network(), "model.safetensors");
  load(*network_, average_ ? "training.safetensors" : "model.safetensors");
  if (balance_) load(*balance_, "losses.safetensors");
  const fs::path file = checkpoint.folder / "optimizer.safetensors";
  optimizer_->restore(read_tensors(file).tensors, file.string());
  skipped_ = checkpoint.state.skipped;
  skipped_in_row_ = checkpoint.state.skipped_in_row;
  scale_.restore(checkpoint.state.loss_scale, checkpoint.state.scaled_steps);
}

}  // namespace facemat
