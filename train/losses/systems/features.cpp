#include "train/losses/systems/features.h"

#include <map>
#include <string>
#include <vector>

#include "src/core/error.h"
#include "src/model/blocks/mobilenet.h"
#include "src/model/weights/starting_point.h"
#include "src/model/weights/weights.h"

namespace facemat {
namespace {

constexpr size_t kStages = 4;  // conv1_2 to conv4_3

}  // namespace

Vgg16 load_feature_network(const std::filesystem::path& file) {
  const WeightsFile weights = read_weights(file);
  Vgg16 network;
  std::map<std::string, torch::Tensor> own;  // the file has the classifier's as well
  for (const auto& [name, tensor] : named_weights(*network))
    if (const auto found = weights.tensors.find(name); found != weights.tensors.end()) own.insert(*found);
  require(!own.empty(),
          "{}: these are no weights of VGG16 (expected features.0.weight, features.0.bias, features.2.weight, ...)",
          file.string());
  load_weights(*network, own, file.string());
  for (torch::Tensor& parameter : network->parameters()) parameter.requires_grad_(false);
  network->eval();
  return network;
}

torch::Tensor feature_loss(Vgg16 network, const torch::Tensor& a, const torch::Tensor& b, const Average& average) {
  const auto maps_of = [&](const torch::Tensor& picture) {
    return network->forward(imagenet_normalised(average.believed(picture).flatten(0, 1)), kStages);
  };
  const std::vector<torch::Tensor> maps_a = maps_of(a), maps_b = maps_of(b);
  auto sum = torch::zeros({}, a.options());
  for (size_t i = 0; i < kStages; ++i) sum = sum + average.of_filtered((maps_a[i] - maps_b[i]).square());
  return sum;
}

}  // namespace facemat
