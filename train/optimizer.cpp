#include "train/optimizer.h"

#include <cmath>
#include <sstream>
#include <type_traits>

#include "src/core/error.h"

namespace facemat {
namespace {

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

std::string part_of(const std::string& parameter) {
  const std::string first = parameter.substr(0, parameter.find('.'));
  return first == "backbone" || first == "aspp" || first == "refiner" ? first : "decoder";
}

double rate_of(const LearningRates& rates, const std::string& part) {
  return part == "backbone" ? rates.backbone : part == "aspp" ? rates.aspp : part == "refiner" ? rates.refiner : rates.decoder;
}

}  // namespace

double schedule_factor(const LearningRates& rates, int64_t step, int64_t total) {
  if (step < rates.warmup) return static_cast<double>(step + 1) / rates.warmup;
  if (rates.schedule == "constant") return 1;
  const double progress =
      static_cast<double>(step - rates.warmup) / std::max<double>(1, static_cast<double>(total - rates.warmup));
  return 0.5 * (1 + std::cos(M_PI * std::min(progress, 1.0)));
}

PartOptimizer::PartOptimizer(torch::nn::Module& network, const LearningRates& rates, int64_t total_steps)
    : rates_(rates), total_steps_(total_steps) {
  std::map<std::string, std::vector<torch::Tensor>> grouped;
  for (const auto& item : network.named_parameters()) {
    parameters_[item.key()] = item.value();
    grouped[part_of(item.key())].push_back(item.value());
  }
  std::vector<torch::optim::OptimizerParamGroup> groups;
  for (const auto& [part, tensors] : grouped) {
    parts_.push_back({part, rate_of(rates, part)});
    groups.emplace_back(tensors, std::make_unique<torch::optim::AdamOptions>(parts_.back().rate));
  }
  adam_ = std::make_unique<torch::optim::Adam>(groups, torch::optim::AdamOptions(rates.decoder));
}

void PartOptimizer::zero_gradients() { adam_->zero_grad(); }

double PartOptimizer::step(int64_t step, double clip) {
  const double factor = schedule_factor(rates_, step, total_steps_);
  for (size_t i = 0; i < parts_.size(); ++i)
    static_cast<torch::optim::AdamOptions&>(adam_->param_groups()[i].options()).lr(parts_[i].rate * factor);
  std::vector<torch::Tensor> parameters;
  for (const auto& [name, parameter] : parameters_) parameters.push_back(parameter);
  const double limit = clip > 0 ? clip : std::numeric_limits<double>::infinity();
  const double norm = torch::nn::utils::clip_grad_norm_(parameters, limit);
  adam_->step();
  return norm;
}

std::map<std::string, torch::Tensor> PartOptimizer::state() const {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& [name, parameter] : parameters_) {
    const auto found = adam_->state().find(state_key(parameter, adam_->state()));
    if (found == adam_->state().end()) continue;  // no step taken yet, or a part without gradient
    const auto& adam = static_cast<const torch::optim::AdamParamState&>(*found->second);
    tensors[name + ".exp_avg"] = adam.exp_avg();
    tensors[name + ".exp_avg_sq"] = adam.exp_avg_sq();
    tensors[name + ".step"] = torch::tensor(adam.step(), torch::kInt64);
  }
  return tensors;
}

void PartOptimizer::restore(const std::map<std::string, torch::Tensor>& state, const std::string& where) {
  size_t used = 0;
  for (const auto& [name, parameter] : parameters_) {
    const auto mean = state.find(name + ".exp_avg"), square = state.find(name + ".exp_avg_sq"),
               step = state.find(name + ".step");
    if (mean == state.end() && square == state.end() && step == state.end()) continue;
    require(mean != state.end() && square != state.end() && step != state.end() && mean->second.sizes() == parameter.sizes() &&
                square->second.sizes() == parameter.sizes() && step->second.numel() == 1,
            "{}: the optimiser state of '{}' does not fit the network", where, name);
    auto adam = std::make_unique<torch::optim::AdamParamState>();
    adam->exp_avg(mean->second.clone());
    adam->exp_avg_sq(square->second.clone());
    adam->step(step->second.item<int64_t>());
    adam_->state()[state_key(parameter, adam_->state())] = std::move(adam);
    used += 3;
  }
  require(used == state.size(), "{}: the optimiser state holds names this network has not", where);
}

}  // namespace facemat
