#include "src/model/networks/trimaps.h"

#include <vector>

#include "src/model/operators/distances.h"

namespace facemat {

torch::Tensor known_classes(const torch::Tensor& trimap) {
  const auto twice = trimap * 2;
  return torch::cat({1 - twice, twice - 1}, 1).clamp(0, 1);
}

torch::Tensor three_classes(const torch::Tensor& trimap) {
  const auto known = known_classes(trimap);
  const auto background = known.narrow(1, 0, 1), face = known.narrow(1, 1, 1);
  return torch::cat({background, 1 - background - face, face}, 1);
}

torch::Tensor known_kept(const torch::Tensor& alpha, const torch::Tensor& classes) {
  return alpha * classes.narrow(1, 1, 1) + classes.narrow(1, 2, 1);
}

torch::Tensor distance_channels(const torch::Tensor& known) {
  constexpr double kLength = 320;
  const auto squared = squared_distances(known);
  std::vector<torch::Tensor> channels;
  for (int c = 0; c < 2; ++c)
    for (const double share : {0.02, 0.08, 0.16})
      channels.push_back(squared.narrow(1, c, 1) * (-1 / (2 * share * kLength * share * kLength)));
  return torch::cat(channels, 1).exp();
}

}  // namespace facemat
