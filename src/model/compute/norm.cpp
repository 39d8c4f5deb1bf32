#include "src/model/compute/norm.h"

#include "src/model/compute/layout.h"

namespace facemat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

thread_local bool keep_running_statistics = false;

torch::Tensor per_channel(const torch::Tensor& x) { return x.view({1, -1, 1, 1}); }

// LibTorch 1.13 has no gradient of it for short types on the CPU.
torch::Tensor clipped_at_six(const torch::Tensor& x) {
  const auto wide = widened(x), y = torch::hardtanh(wide, 0, 6);
  return wide.scalar_type() == x.scalar_type() ? y : y.to(x.scalar_type());
}

// The gradient of what went into the activation at z.
torch::Tensor activation_gradient(const torch::Tensor& dy, const torch::Tensor& z, Activation activation) {
  return activation == Activation::kRelu        ? dy * (z > 0)
         : activation == Activation::kRelu6     ? dy * (z > 0).logical_and(z < 6)
         : activation == Activation::kHardSwish ? at::hardswish_backward(dy, z)
                                                : dy;
}

// The four loops over maps, each as a kernel where one fits and as operators elsewhere. Vectors over channels are double.
torch::Tensor moment_sums(const torch::Tensor& x) {
  if (!has_channels_last_rows(x)) {
    const auto wide = x.to(torch::kFloat64);
    return torch::cat({wide.sum({0, 2, 3}), (wide * wide).sum({0, 2, 3})});
  }
  const auto sums = torch::empty({2 * x.size(1)}, torch::kFloat64);
  with_type(x, [&](auto zero) { channel_sums(read<decltype(zero)>(x), row_count(x), x.size(1), write<double>(sums)); });
  return sums;
}

torch::Tensor scaled(const torch::Tensor& x, const torch::Tensor& scale, const torch::Tensor& shift, Activation activation) {
  const auto s = scale.to(computed_in(x.scalar_type())), b = shift.to(computed_in(x.scalar_type()));
  if (!has_channels_last_rows(x)) return activate(x * per_channel(s) + per_channel(b), activation);
  const auto y = torch::empty_like(x);
  with_type(x, [&](auto zero) {
    using T = decltype(zero);
    using C = Computed<T>;
    scale_shift(read<T>(x), read<C>(s), read<C>(b), activation, row_count(x), x.size(1), write<T>(y));
  });
  return y;
}

struct Affine {
  torch::Tensor scale, shift;  // of the type that the map is computed in
  Activation activation;
};

// Sums of dz and of dz (x - mean).
torch::Tensor gradient_sums(const torch::Tensor& dy, const torch::Tensor& x, const Affine& affine, const torch::Tensor& mean) {
  const auto centre = mean.to(computed_in(x.scalar_type()));
  if (!has_channels_last_rows(x)) {
    const auto z = x * per_channel(affine.scale) + per_channel(affine.shift);
    const auto dz = activation_gradient(dy, z, affine.activation).to(torch::kFloat64);
    return torch::cat({dz.sum({0, 2, 3}), (dz * (x - per_channel(centre))).sum({0, 2, 3})});
  }
  const auto sums = torch::empty({2 * x.size(1)}, torch::kFloat64);
  with_type(x, [&](auto zero) {
    using T = decltype(zero);
    using C = Computed<T>;
    scale_shift_sums(read<T>(dy), read<T>(x), read<C>(affine.scale), read<C>(affine.shift), read<C>(centre), affine.activation,
                     row_count(x), x.size(1), write<double>(sums));
  });
  return sums;
}

// scale dz + slope x + offset.
torch::Tensor input_gradient(const torch::Tensor& dy, const torch::Tensor& x, const Affine& affine, const torch::Tensor& slope,
                             const torch::Tensor& offset) {
  const auto k = slope.to(computed_in(x.scalar_type())), b = offset.to(computed_in(x.scalar_type()));
  if (!has_channels_last_rows(x)) {
    const auto z = x * per_channel(affine.scale) + per_channel(affine.shift);
    return activation_gradient(dy, z, affine.activation) * per_channel(affine.scale) + x * per_channel(k) + per_channel(b);
  }
  const auto dx = torch::empty_like(x);
  with_type(x, [&](auto zero) {
    using T = decltype(zero);
    using C = Computed<T>;
    scale_shift_gradient(read<T>(dy), read<T>(x), read<C>(affine.scale), read<C>(affine.shift), read<C>(k), read<C>(b),
                         affine.activation, row_count(x), x.size(1), write<T>(dx));
  });
  return dx;
}

// Of each channel of a batch.
struct Moments {
  double count;                  // of values, over all processes if there is a reducer
  torch::Tensor mean, variance;  // [C] double; the variance is the biased one
};

Moments moments_of(const torch::Tensor& x, NormReducer* reducer) {
  const torch::NoGradGuard no_grad;
  const int64_t channels = x.size(1);
  const auto count = torch::full({1}, static_cast<double>(row_count(x)), x.options().dtype(torch::kFloat64));
  auto sums = torch::cat({count, moment_sums(x)});
  if (reducer) reducer->sum(sums);
  const double values = sums[0].item<double>();
  const auto mean = sums.narrow(0, 1, channels) / values;
  return {values, mean, (sums.narrow(0, 1 + channels, channels) / values - mean * mean).clamp_min(0)};
}

// What a forward pass needs besides the tensors that have gradients.
struct NormCall {
  torch::Tensor mean, deviation;  // [C] double: of the batch, or the running ones; deviation = sqrt(var + eps)
  double count;                   // samples a channel's mean was taken over; 0: the statistics are constants
  Activation activation;
  std::shared_ptr<NormReducer> reducer;
};

// The call's parts that LibTorch's saved variables have no room for, kept as one saved value.
struct SavedCall : torch::CustomClassHolder {
  explicit SavedCall(NormCall given) : call(std::move(given)) {}
  NormCall call;
};

struct NormFunction : torch::autograd::Function<NormFunction> {
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& x, const torch::Tensor& weight,
                               const torch::Tensor& bias, const c10::intrusive_ptr<SavedCall>& saved) {
    const NormCall& call = saved->call;
    const auto scale = weight.to(torch::kFloat64) / call.deviation;
    const auto shift = bias.to(torch::kFloat64) - call.mean * scale;
    const auto type = computed_in(x.scalar_type());
    ctx->save_for_backward({x, weight, scale.to(type), shift.to(type)});
    ctx->saved_data["call"] = c10::IValue::make_capsule(saved);
    return scaled(x, scale, shift, call.activation);
  }

  // With xhat = (x - mean) / deviation and dz the gradient before the activation: d bias = sum dz, d weight = sum dz xhat,
  // dx = scale (dz - (sum dz + xhat sum dz xhat) / count), sums over all processes in the last.
  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto& x = saved[0];
    const NormCall& call = static_cast<SavedCall&>(*ctx->saved_data["call"].toCapsule()).call;
    const auto dy = has_channels_last_rows(x) ? channels_last(gradients[0]) : gradients[0];
    const Affine affine{saved[2], saved[3], call.activation};
    auto sums = gradient_sums(dy, x, affine, call.mean);
    const int64_t channels = x.size(1);
    const auto d_bias = sums.narrow(0, 0, channels).to(saved[1].scalar_type(), false, /*copy=*/true);
    const auto d_weight = (sums.narrow(0, channels, channels) / call.deviation).to(saved[1].scalar_type());
    auto slope = torch::zeros_like(call.mean), offset = slope;
    if (call.count > 0) {
      if (call.reducer) call.reducer->sum(sums);
      const auto scale = affine.scale.to(torch::kFloat64) / call.count;
      slope = -scale * sums.narrow(0, channels, channels) / (call.deviation * call.deviation);
      offset = -scale * sums.narrow(0, 0, channels) - slope * call.mean;
    }
    return {input_gradient(dy, x, affine, slope, offset), d_weight, d_bias, {}};
  }
};

}  // namespace

NormImpl::NormImpl(int64_t channels, Activation activation, double eps, double momentum)
    : activation_(activation),
      eps_(eps),
      momentum_(momentum),
      weight_(register_parameter("weight", torch::ones(channels))),
      bias_(register_parameter("bias", torch::zeros(channels))),
      running_mean_(register_buffer("running_mean", torch::zeros(channels))),
      running_var_(register_buffer("running_var", torch::ones(channels))),
      batches_(register_buffer("num_batches_tracked", torch::tensor(0, torch::kLong))) {}

torch::Tensor NormImpl::forward(const torch::Tensor& x) {
  const bool counts = is_training() && !keep_running_statistics;
  if (counts) batches_ += 1;
  if (!has_channels_last_rows(x) && !(reducer_ && is_training())) {
    const bool keeps = is_training() && !(counts && row_count(x) > 1);
    const auto mean = keeps ? torch::Tensor() : running_mean_, var = keeps ? torch::Tensor() : running_var_;
    const auto y = torch::batch_norm(x, weight_, bias_, mean, var, is_training(), momentum_, eps_, /*cudnn_enabled=*/true);
    return activate(y, activation_);
  }
  NormCall call{running_mean_.to(torch::kFloat64), (running_var_.to(torch::kFloat64) + eps_).sqrt(), 0, activation_, reducer_};
  if (is_training()) {
    const Moments moments = moments_of(x, reducer_.get());
    call.count = moments.count;
    call.mean = moments.mean;
    call.deviation = (moments.variance + eps_).sqrt();
    if (counts && call.count > 1) {
      const torch::NoGradGuard no_grad;
      const auto unbiased = moments.variance * (call.count / (call.count - 1));
      running_mean_.lerp_(call.mean.to(running_mean_.scalar_type()), momentum_);
      running_var_.lerp_(unbiased.to(running_var_.scalar_type()), momentum_);
    }
  }
  return NormFunction::apply(x, weight_, bias_, c10::make_intrusive<SavedCall>(std::move(call)));
}

torch::Tensor instance_norm(const torch::Tensor& x, Activation activation, double eps) {
  if (!has_channels_last_rows(x))
    return activate(torch::instance_norm(x, {}, {}, {}, {}, /*use_input_stats=*/true, /*momentum=*/0, eps,
                                         /*cudnn_enabled=*/true),
                    activation);
  const auto weight = torch::ones({x.size(1)}, x.options().dtype(computed_in(x.scalar_type()))),
             bias = torch::zeros_like(weight);
  std::vector<torch::Tensor> maps;
  for (const torch::Tensor& map : x.split(1)) {
    const Moments moments = moments_of(map, nullptr);
    NormCall call{moments.mean, (moments.variance + eps).sqrt(), moments.count, activation, nullptr};
    maps.push_back(NormFunction::apply(map, weight, bias, c10::make_intrusive<SavedCall>(std::move(call))));
  }
  return torch::cat(maps);
}

torch::Tensor activate(const torch::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return torch::relu(x);
    case Activation::kRelu6:
      return clipped_at_six(x);
    case Activation::kHardSwish:
      return torch::hardswish(x);
  }
  return x;
}

void set_norm_reducer(torch::nn::Module& module, const std::shared_ptr<NormReducer>& reducer) {
  module.apply([&](torch::nn::Module& part) {
    if (auto* norm = part.as<Norm>()) norm->set_reducer(reducer);
  });
}

RunningStatisticsGuard::RunningStatisticsGuard() : before_(keep_running_statistics) { keep_running_statistics = true; }
RunningStatisticsGuard::~RunningStatisticsGuard() { keep_running_statistics = before_; }

}  // namespace facemat
