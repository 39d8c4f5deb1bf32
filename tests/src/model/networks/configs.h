#pragma once
// Networks that many tests take.

#include "src/model/networks/models.h"

namespace facemat {

// Quick to run.
inline ModelConfig quarter() {
  ModelConfig config;
  config.width = 0.25;
  return config;
}

// With all that RVM's published networks have.
inline ModelConfig published(double width = 1) {
  ModelConfig config;
  config.width = width;
  config.foreground = config.segmentation = config.refiner = true;
  return config;
}

}  // namespace facemat
