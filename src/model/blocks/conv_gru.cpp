#include "src/model/blocks/conv_gru.h"

#include "src/model/compute/gru_loops.h"
#include "src/model/compute/join_loops.h"
#include "src/model/compute/layout.h"
#include "src/model/operators/traced_ops.h"

namespace facemat {
namespace nn = torch::nn;
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

nn::Conv2d conv3x3(int64_t in, int64_t out) { return nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1)); }

torch::Tensor convolved(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias = {}) {
  return channels_last(torch::conv2d(x, weight, bias, /*stride=*/1, /*padding=*/1));
}

std::tuple<torch::Tensor, torch::Tensor, torch::Tensor> convolution_gradients(const torch::Tensor& dy, const torch::Tensor& x,
                                                                              const torch::Tensor& weight,
                                                                              std::array<bool, 3> wanted) {
  const int64_t channels = weight.size(0);
  return at::convolution_backward(dy, x, weight, at::IntArrayRef(channels), {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1, wanted);
}
torch::Tensor input_gradient(const torch::Tensor& dy, const torch::Tensor& x, const torch::Tensor& weight) {
  return channels_last(std::get<0>(convolution_gradients(dy, x, weight, {true, false, false})));
}

// The convolution weights' halves: what meets x, and what meets h or r h.
struct Halves {
  torch::Tensor input, recurrent;
  Halves(const torch::Tensor& weight, int64_t channels)
      : input(weight.narrow(1, 0, channels).contiguous()), recurrent(weight.narrow(1, channels, channels).contiguous()) {}
};

// The gradient of a weight, half by half, and of its bias, from that of the convolutions' sum over all frames.
std::pair<torch::Tensor, torch::Tensor> weight_gradients(const torch::Tensor& d_sum, const torch::Tensor& x,
                                                         const torch::Tensor& recurrent, const Halves& weight) {
  const auto from_x = convolution_gradients(d_sum, x, weight.input, {false, true, true});
  const auto from_h = convolution_gradients(d_sum, recurrent, weight.recurrent, {false, true, false});
  return {torch::cat({std::get<1>(from_x), std::get<1>(from_h)}, 1), std::get<2>(from_x)};
}

struct ConvGruFunction : torch::autograd::Function<ConvGruFunction> {
  static torch::Tensor forward(AutogradContext* ctx, const torch::Tensor& both, const torch::Tensor& state,
                               const torch::Tensor& gate_weight, const torch::Tensor& gate_bias,
                               const torch::Tensor& candidate_weight, const torch::Tensor& candidate_bias, int64_t frames) {
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    const int64_t channels = both.size(1) / 2, batch = both.size(0) / frames, rows = row_count(both);
    const auto type = both.scalar_type();
    const Halves gate(gate_weight.to(type), channels), candidate(candidate_weight.to(type), channels);
    const auto x = empty_map(both, both.size(0), channels, both.size(2), both.size(3));
    const auto h = empty_map(both, both.size(0) + batch, channels, both.size(2), both.size(3));  // before and after each frame
    const auto reset = torch::empty_like(x), out = torch::empty_like(both);
    h.narrow(0, 0, batch).copy_(state);
    torch::Tensor gates, candidates;
    with_type(both, [&](auto zero) {
      using T = decltype(zero);
      copy_channels(read_channels<T>(both, channels), write_channels<T>(x, 0), rows, channels);
      gates = convolved(x, gate.input, gate_bias.to(type));
      candidates = convolved(x, candidate.input, candidate_bias.to(type));
      const int64_t step_rows = rows / frames;
      for (int64_t t = 0; t < frames; ++t) {
        const auto at = [&](const torch::Tensor& map) { return map.narrow(0, t * batch, batch); };
        const auto before = at(h), gates_t = at(gates), candidates_t = at(candidates), reset_t = at(reset);
        const auto from_h = convolved(before, gate.recurrent);
        gru_gates(read<T>(from_h), read<T>(before), step_rows, channels, write<T>(gates_t), write<T>(reset_t));
        const auto from_reset = convolved(reset_t, candidate.recurrent);
        gru_update(read<T>(from_reset), read<T>(gates_t), read<T>(before), step_rows, channels, write<T>(candidates_t),
                   write<T>(h.narrow(0, (t + 1) * batch, batch)));
      }
      copy_channels(read_channels<T>(both, 0), write_channels<T>(out, 0), rows, channels);
      copy_channels(read_channels<T>(h.narrow(0, batch, both.size(0)), 0), write_channels<T>(out, channels), rows, channels);
    });
    ctx->save_for_backward({x, h, gates, candidates, reset, gate_weight, candidate_weight});
    ctx->saved_data["frames"] = frames;
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &h = saved[1], &gates = saved[2], &candidates = saved[3], &reset = saved[4];
    const int64_t frames = ctx->saved_data["frames"].toInt();
    const int64_t channels = x.size(1), batch = x.size(0) / frames, rows = row_count(x), step_rows = rows / frames;
    const Halves gate(saved[5].to(x.scalar_type()), channels), candidate(saved[6].to(x.scalar_type()), channels);
    const auto g = channels_last(gradients[0]);
    const auto d_both = torch::empty_like(g), d_h = torch::empty_like(x);
    const auto d_gates = torch::empty_like(gates), d_candidates = torch::empty_like(candidates);
    torch::Tensor carried;  // the gradient of h from the frames after t
    with_type(x, [&](auto zero) {
      using T = decltype(zero);
      copy_channels(read_channels<T>(g, channels), write_channels<T>(d_h, 0), rows, channels);
      for (int64_t t = frames - 1; t >= 0; --t) {
        const auto at = [&](const torch::Tensor& map) { return map.narrow(0, t * batch, batch); };
        const auto before = at(h), gates_t = at(gates), candidates_t = at(candidates);
        const auto d_next = at(d_h), d_gates_t = at(d_gates), d_candidates_t = at(d_candidates);
        if (carried.defined()) d_next.add_(carried);
        gru_candidate_gradient(read<T>(d_next), read<T>(gates_t), read<T>(candidates_t), step_rows, channels,
                               write<T>(d_candidates_t));
        const auto d_reset = input_gradient(d_candidates_t, before, candidate.recurrent);
        carried = torch::empty_like(before);
        gru_gates_gradient(read<T>(d_next), read<T>(d_reset), read<T>(gates_t), read<T>(candidates_t), read<T>(before),
                           step_rows, channels, write<T>(d_gates_t), write<T>(carried));
        carried.add_(input_gradient(d_gates_t, before, gate.recurrent));
      }
      const auto d_x = input_gradient(d_gates, x, gate.input).add_(input_gradient(d_candidates, x, candidate.input));
      copy_channels(read_channels<T>(g, 0), write_channels<T>(d_both, 0), rows, channels);
      copy_channels(read_channels<T>(d_x, 0), write_channels<T>(d_both, channels), rows, channels);
    });
    const auto [d_gate_weight, d_gate_bias] = weight_gradients(d_gates, x, h.narrow(0, 0, x.size(0)), gate);
    const auto [d_candidate_weight, d_candidate_bias] = weight_gradients(d_candidates, x, reset, candidate);
    const auto as_weight = [&](const torch::Tensor& gradient) { return gradient.to(saved[5].scalar_type()); };
    return {d_both,
            carried,
            as_weight(d_gate_weight),
            as_weight(d_gate_bias),
            as_weight(d_candidate_weight),
            as_weight(d_candidate_bias),
            {}};
  }
};

}  // namespace

ConvGruImpl::ConvGruImpl(int64_t channels)
    : channels_(channels),
      ih_(register_module("ih", nn::Sequential(conv3x3(2 * channels, 2 * channels), nn::Sigmoid()))),
      hh_(register_module("hh", nn::Sequential(conv3x3(2 * channels, channels), nn::Tanh()))) {}

torch::Tensor ConvGruImpl::step(const torch::Tensor& x, const torch::Tensor& h) {
  const auto gates = ih_->forward(torch::cat({x, h}, 1));
  const auto r = gates.narrow(1, 0, channels_), z = gates.narrow(1, channels_, channels_);
  const auto c = hh_->forward(torch::cat({x, r * h}, 1));
  return (1 - z) * h + z * c;
}

Recurrent ConvGruImpl::forward(const torch::Tensor& x, const torch::Tensor& state, int64_t frames) {
  const auto pass = x.narrow(1, 0, channels_), through = x.narrow(1, channels_, channels_);
  if (frames == 1 && !has_channels_last_rows(x)) {
    const auto h = step(through, state_like(state, through));
    return {torch::cat({pass, h}, 1), h};
  }
  const int64_t batch = x.size(0) / frames;
  auto h = state_like(state, through.narrow(0, 0, batch));
  if (has_channels_last_rows(x)) {
    const auto *gate = ih_->ptr<nn::Conv2dImpl>(0).get(), *candidate = hh_->ptr<nn::Conv2dImpl>(0).get();
    const auto maps = ConvGruFunction::apply(x, h, gate->weight, gate->bias, candidate->weight, candidate->bias, frames);
    return {maps, maps.narrow(0, x.size(0) - batch, batch).narrow(1, channels_, channels_).contiguous()};
  }
  std::vector<torch::Tensor> steps;
  for (const auto& frame : through.split(batch)) steps.push_back(h = step(frame, h));
  return {torch::cat({pass, torch::cat(steps)}, 1), h};
}

}  // namespace facemat
