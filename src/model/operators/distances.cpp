#include "src/model/operators/distances.h"

#include <ATen/Parallel.h>
#include <torch/library.h>

#include <cmath>
#include <limits>
#include <vector>

namespace facemat {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// height + (x - at)^2, the lowest of all from `from` on.
struct Parabola {
  double at, height, from;
};

double crossing(const Parabola& a, const Parabola& b) {
  return ((b.height + b.at * b.at) - (a.height + a.at * a.at)) / (2 * (b.at - a.at));
}

// values[x] becomes the least of values[x'] + (x - x')^2 over all x'. `envelope`: room to work in.
void lower_envelope(float* values, int64_t count, std::vector<Parabola>& envelope) {
  envelope.clear();
  for (int64_t x = 0; x < count; ++x) {
    if (std::isinf(values[x])) continue;
    Parabola next{static_cast<double>(x), values[x], -kInfinity};
    while (!envelope.empty()) {
      next.from = crossing(envelope.back(), next);
      if (next.from > envelope.back().from) break;
      envelope.pop_back();  // nowhere the lowest
      next.from = -kInfinity;
    }
    envelope.push_back(next);
  }
  if (envelope.empty()) return;
  size_t lowest = 0;
  for (int64_t x = 0; x < count; ++x) {
    const auto here = static_cast<double>(x);
    while (lowest + 1 < envelope.size() && envelope[lowest + 1].from <= here) ++lowest;
    const double across = here - envelope[lowest].at;
    values[x] = static_cast<float>(envelope[lowest].height + across * across);
  }
}

// Every row of a contiguous float tensor [..,W], in place. Rows know nothing of each other.
void lower_rows(const torch::Tensor& x) {
  if (x.numel() == 0) return;
  float* const values = x.data_ptr<float>();
  const int64_t width = x.size(-1);
  constexpr int64_t kLeastRows = 16;  // of a thread
  at::parallel_for(0, x.numel() / width, kLeastRows, [&](int64_t first, int64_t last) {
    std::vector<Parabola> envelope;
    for (int64_t row = first; row < last; ++row) lower_envelope(values + row * width, width, envelope);
  });
}

torch::Tensor squared_distances_parts(const torch::Tensor& mask) {
  const torch::NoGradGuard no_grad;
  const auto unset = mask.detach().to(torch::kCPU) <= 0.5;
  auto squared = torch::zeros(mask.sizes(), torch::kFloat32).masked_fill(unset, kInfinity).contiguous();
  lower_rows(squared);
  auto turned = squared.transpose(-2, -1).contiguous();
  lower_rows(turned);
  return turned.transpose(-2, -1).contiguous().to(mask.device(), mask.scalar_type());
}

TORCH_LIBRARY_FRAGMENT(facemat, library) { library.def("squared_distances(Tensor mask) -> Tensor", squared_distances_parts); }

}  // namespace

torch::Tensor squared_distances(const torch::Tensor& mask) {
  using Unary = torch::Tensor(const torch::Tensor&);
  const c10::OperatorHandle schema = c10::Dispatcher::singleton().findSchemaOrThrow("facemat::squared_distances", "");
  return schema.typed<Unary>().call(mask);
}

}  // namespace facemat
