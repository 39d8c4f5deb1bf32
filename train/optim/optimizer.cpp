#include "train/optim/optimizer.h"

#include <sstream>
#include <type_traits>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

namespace optim = torch::optim;

// The key of a parameter in the optimiser's state: its address, as text in old versions of LibTorch and as a pointer in new
// ones.
template <typename State>
typename State::key_type state_key(const torch::Tensor& parameter, const State&) {
  if constexpr (std::is_same_v<typename State::key_type, std::string>) {
    std::ostringstream text;
    text << parameter.unsafeGetTensorImpl();
    return text.str();
  } else {
    return parameter.unsafeGetTensorImpl();
  }
}

// Adam and AdamW remember the same three things in two types.
template <typename State>
NamedTensors adam_moments(const optim::OptimizerParamState& state) {
  const auto& adam = static_cast<const State&>(state);
  return {{"exp_avg", adam.exp_avg()}, {"exp_avg_sq", adam.exp_avg_sq()}, {"step", torch::tensor(adam.step(), torch::kInt64)}};
}

// `stored` in the type, device and memory layout of the parameter.
torch::Tensor like_parameter(const torch::Tensor& stored, const torch::Tensor& parameter) {
  return torch::empty_like(parameter.detach()).copy_(stored);
}

template <typename State>
std::unique_ptr<optim::OptimizerParamState> adam_restored(const NamedTensors& moments, const torch::Tensor& parameter) {
  auto adam = std::make_unique<State>();
  adam->exp_avg(like_parameter(moments.at("exp_avg"), parameter));
  adam->exp_avg_sq(like_parameter(moments.at("exp_avg_sq"), parameter));
  adam->step(moments.at("step").template item<int64_t>());
  return adam;
}

NamedTensors sgd_moments(const optim::OptimizerParamState& state) {
  const auto& momentum = static_cast<const optim::SGDParamState&>(state).momentum_buffer();
  return momentum.defined() ? NamedTensors{{"momentum_buffer", momentum}} : NamedTensors{};
}

std::unique_ptr<optim::OptimizerParamState> sgd_restored(const NamedTensors& moments, const torch::Tensor& parameter) {
  auto sgd = std::make_unique<optim::SGDParamState>();
  sgd->momentum_buffer(like_parameter(moments.at("momentum_buffer"), parameter));
  return sgd;
}

template <typename Options>
std::unique_ptr<optim::OptimizerOptions> adam_options(const OptimizerConfig& c, double rate, double decay) {
  auto options = std::make_unique<Options>(rate);
  options->betas({c.beta1, c.beta2}).eps(c.epsilon).weight_decay(decay);
  return options;
}

std::unique_ptr<optim::OptimizerOptions> sgd_options(const OptimizerConfig& c, double rate, double decay) {
  auto options = std::make_unique<optim::SGDOptions>(rate);
  options->momentum(c.momentum).weight_decay(decay);
  return options;
}

template <typename Optimizer, typename Options>
std::unique_ptr<optim::Optimizer> make(const std::vector<optim::OptimizerParamGroup>& groups) {
  return std::make_unique<Optimizer>(groups, Options(0.0));
}

struct Kind {
  const char* name;
  std::vector<std::string> remembers;  // names of a parameter's tensors in the state
  std::unique_ptr<optim::OptimizerOptions> (*options)(const OptimizerConfig&, double rate, double decay);
  std::unique_ptr<optim::Optimizer> (*make)(const std::vector<optim::OptimizerParamGroup>&);
  NamedTensors (*moments)(const optim::OptimizerParamState&);
  std::unique_ptr<optim::OptimizerParamState> (*restored)(const NamedTensors&, const torch::Tensor& parameter);
};

const std::vector<Kind>& kinds() {
  static const std::vector<std::string> adam = {"exp_avg", "exp_avg_sq", "step"};
  static const std::vector<Kind> table = {
      {"adam", adam, adam_options<optim::AdamOptions>, make<optim::Adam, optim::AdamOptions>,
       adam_moments<optim::AdamParamState>, adam_restored<optim::AdamParamState>},
      {"adamw", adam, adam_options<optim::AdamWOptions>, make<optim::AdamW, optim::AdamWOptions>,
       adam_moments<optim::AdamWParamState>, adam_restored<optim::AdamWParamState>},
      {"sgd", {"momentum_buffer"}, sgd_options, make<optim::SGD, optim::SGDOptions>, sgd_moments, sgd_restored},
  };
  return table;
}

const Kind& find_kind(const std::string& name) { return find_entry(kinds(), name, "optimizer"); }

double rate_of(const LearningRates& rates, const std::string& part) {
  if (part == "backbone") return rates.backbone;
  if (part == "aspp") return rates.aspp;
  if (part == "refiner") return rates.refiner;
  if (part == "losses") return rates.losses;
  return rates.decoder;
}

// Weights of convolutions have four dimensions; biases and the two vectors of a batch norm have one.
bool decays(const torch::Tensor& parameter) { return parameter.dim() > 1; }

}  // namespace

void fields(FieldVisitor& visit, OptimizerConfig& c) {
  visit("name", c.name, "adam, adamw or sgd", {"adam", "adamw", "sgd"});
  visit("beta1", c.beta1, "Adam: decay of the mean gradient", {0, 0.9999});
  visit("beta2", c.beta2, "Adam: decay of the mean squared gradient", {0, 0.999999});
  visit("epsilon", c.epsilon, "Adam: added to the root of the mean squared gradient", {1e-16, 1});
  visit("momentum", c.momentum, "SGD: momentum", {0, 0.9999});
  visit("weight_decay", c.weight_decay, "of convolution weights; biases and batch norms never decay", {0, 1});
}

void fields(FieldVisitor& visit, LearningRates& r) {
  visit("backbone", r.backbone, "learning rate of the encoder", {0, 10});
  visit("aspp", r.aspp, "... of the LR-ASPP", {0, 10});
  visit("decoder", r.decoder, "... of the decoder and the heads", {0, 10});
  visit("refiner", r.refiner, "... of the deep guided filter", {0, 10});
  visit("losses", r.losses, "... of the learned weights of the losses", {0, 10});
  fields(visit, r.schedule);
}

std::string part_of(const std::string& parameter) {
  const std::string first = parameter.substr(0, parameter.find('.'));
  for (const char* part : {"backbone", "aspp", "refiner", "losses"})
    if (first == part) return first;
  return "decoder";
}

PartOptimizer::PartOptimizer(NamedTensors parameters, const OptimizerConfig& config, const LearningRates& rates,
                             int64_t total_steps)
    : parameters_(std::move(parameters)), kind_(config.name), schedule_(rates.schedule), total_steps_(total_steps) {
  const Kind& kind = find_kind(kind_);
  std::map<std::pair<std::string, bool>, std::vector<torch::Tensor>> grouped;
  for (const auto& [name, parameter] : parameters_) grouped[{part_of(name), decays(parameter)}].push_back(parameter);
  std::vector<optim::OptimizerParamGroup> groups;
  for (const auto& [group, tensors] : grouped) {
    rates_.push_back(rate_of(rates, group.first));
    groups.emplace_back(tensors, kind.options(config, rates_.back(), group.second ? config.weight_decay : 0));
  }
  optimizer_ = kind.make(groups);
}

PartOptimizer::~PartOptimizer() = default;

void PartOptimizer::zero_gradients() {
  for (auto& [name, parameter] : parameters_) parameter.mutable_grad() = torch::Tensor();
}

std::vector<torch::Tensor> PartOptimizer::gradients() const {
  std::vector<torch::Tensor> gradients;
  for (const auto& [name, parameter] : parameters_)
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  return gradients;
}

void PartOptimizer::scale_gradients(double factor) {
  if (factor == 1) return;
  for (torch::Tensor& gradient : gradients()) gradient.mul_(factor);
}

double PartOptimizer::clip_gradients(double limit) {
  std::vector<torch::Tensor> parameters;
  for (const auto& [name, parameter] : parameters_) parameters.push_back(parameter);
  return torch::nn::utils::clip_grad_norm_(parameters, limit > 0 ? limit : std::numeric_limits<double>::infinity());
}

void PartOptimizer::step(int64_t step) {
  const double factor = schedule_factor(schedule_, step, total_steps_);
  for (size_t i = 0; i < rates_.size(); ++i) optimizer_->param_groups()[i].options().set_lr(rates_[i] * factor);
  optimizer_->step();
}

NamedTensors PartOptimizer::state() const {
  const Kind& kind = find_kind(kind_);
  NamedTensors tensors;
  for (const auto& [name, parameter] : parameters_) {
    const auto found = optimizer_->state().find(state_key(parameter, optimizer_->state()));
    if (found == optimizer_->state().end()) continue;  // no step taken yet, or a part without gradient
    for (const auto& [moment, tensor] : kind.moments(*found->second)) tensors[name + "." + moment] = tensor;
  }
  return tensors;
}

void PartOptimizer::restore(const NamedTensors& state, const std::string& where) {
  const Kind& kind = find_kind(kind_);
  size_t used = 0;
  for (const auto& [name, parameter] : parameters_) {
    NamedTensors moments;
    for (const std::string& moment : kind.remembers) {
      const auto found = state.find(name + "." + moment);
      if (found == state.end()) continue;
      const bool fits = moment == "step" ? found->second.numel() == 1 : found->second.sizes() == parameter.sizes();
      require(fits, "{}: '{}.{}' does not fit the network", where, name, moment);
      moments[moment] = found->second;
    }
    if (moments.empty()) continue;  // a parameter that had no gradient yet
    require(moments.size() == kind.remembers.size(), "{}: the state of '{}' is not complete", where, name);
    optimizer_->state()[state_key(parameter, optimizer_->state())] = kind.restored(moments, parameter);
    used += moments.size();
  }
  require(used == state.size(), "{}: the optimiser state holds names that nothing learns by", where);
}

}  // namespace facemat
