#include "train/optim/ema.h"

#include <algorithm>

#include "src/model/weights/weights.h"

namespace facemat {

MovingAverage::MovingAverage(std::shared_ptr<MattingNetwork> average, const MattingNetwork& network, double decay)
    : average_(std::move(average)), decay_(decay) {
  load_weights(*average_, named_weights(network), "moving average");
  average_->eval();
}

void MovingAverage::update(const MattingNetwork& network, int64_t step) {
  const torch::NoGradGuard no_grad;
  const double n = static_cast<double>(step), decay = std::min(decay_, (1 + n) / (10 + n));
  auto average = average_->named_parameters();
  for (const auto& parameter : network.named_parameters()) average[parameter.key()].lerp_(parameter.value(), 1 - decay);
  auto buffers = average_->named_buffers();
  for (const auto& buffer : network.named_buffers()) buffers[buffer.key()].copy_(buffer.value());
}

}  // namespace facemat
