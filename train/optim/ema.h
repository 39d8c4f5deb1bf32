#pragma once
// The exponential moving average of a network's weights over training: often a better model than the last weights.

#include <torch/torch.h>

#include <memory>

#include "src/model/networks/network.h"

namespace facemat {

class MovingAverage {
 public:
  // `average`: a network of the same kind, whose weights become those of `network`.
  MovingAverage(std::shared_ptr<MattingNetwork> average, const MattingNetwork& network, double decay);

  // average <- d average + (1 - d) network for parameters, a copy for buffers (batch norm's statistics are averages already).
  // d = min(decay, (1 + n) / (10 + n)) after n steps, so that the random start is soon forgotten.
  void update(const MattingNetwork& network, int64_t step);

  MattingNetwork& network() { return *average_; }
  const MattingNetwork& network() const { return *average_; }

 private:
  std::shared_ptr<MattingNetwork> average_;
  double decay_;
};

}  // namespace facemat
