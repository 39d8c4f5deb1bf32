#pragma once
// Predictors around predictors: test-time augmentation, and a working size. Guides go through whatever the frame goes through.

#include <functional>
#include <memory>
#include <vector>

#include "src/core/config.h"
#include "src/image/predictor.h"

namespace facemat {

using MakePredictor = std::function<std::unique_ptr<Predictor>()>;

struct AugmentConfig {
  bool flip = false;                 // each scale also mirrored
  std::vector<double> scales = {1};  // of the frame the predictor sees
};
void fields(FieldVisitor& visit, AugmentConfig& config);

// The mean of the alphas over every scale, with `flip` each also mirrored and mirrored back. Each variant has a predictor of
// its own, made by `make`, for its own recurrent state. Uncertainty is the root of the mean of the variances if all give one,
// else empty. No frame is shrunk below 16 pixels a side. Throws Error for no scale or one outside 0.1 to 4.
std::unique_ptr<Predictor> augmented(const MakePredictor& make, const AugmentConfig& config);

struct WorkingSize {
  int width = 0, height = 0;  // pixels the predictor sees, whatever the shape of the frame; 0: as max_side says
  int max_side = 0;           // longest side, larger frames are shrunk; 0: no limit
};
void fields(FieldVisitor& visit, WorkingSize& size);

// `inner` shown frames of the working size; alpha and uncertainty are resized back. Throws Error for sides below 16, for a
// width without height, and for both ways at once.
std::unique_ptr<Predictor> at_working_size(std::unique_ptr<Predictor> inner, const WorkingSize& size);

}  // namespace facemat
