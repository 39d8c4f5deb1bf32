#include "src/model/networks/trimaps.h"

#include <vector>

#include "src/model/operators/distances.h"

namespace facemat {

torch::Tensor known_classes(const torch::Tensor& trimap) {
  const auto twice = trimap * 2;
  return torch::cat({1 - twice, twice - 1}, 1).clamp(0, 1);
}

torch::Tensor distance_channels(const torch::Tensor& known) {
  constexpr double kLength = 320;
  std::vector<double> factors;
  for (int c = 0; c < 2; ++c)
    for (const double share : {0.02, 0.08, 0.16}) factors.push_back(-1 / (2 * share * kLength * share * kLength));
  const auto factor = torch::tensor(factors, known.options().requires_grad(false)).view({1, -1, 1, 1});
  const auto squared = squared_distances(known);
  const auto background = squared.narrow(1, 0, 1), face = squared.narrow(1, 1, 1);
  return (torch::cat({background, background, background, face, face, face}, 1) * factor).exp();
}

}  // namespace facemat
