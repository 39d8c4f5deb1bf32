#include "src/model/networks/network.h"

#include <fmt/ranges.h>

#include "src/core/config.h"
#include "src/core/error.h"

namespace facemat {

void fields(FieldVisitor& visit, ModelConfig& c) {
  visit("network", c.network, "network, a name in the model table");
  visit("width", c.width, "multiplies every channel count; 1 is the published network", {0.1, 4});
  visit("foreground", c.foreground, "also predict the foreground colour");
  visit("uncertainty", c.uncertainty, "also predict the variance of alpha (the teacher needs it)");
  visit("detached_uncertainty", c.detached_uncertainty,
        "the head of the variance learns by itself: its gradient does not reach the rest of the network");
  visit("segmentation", c.segmentation, "add the segmentation head");
  visit("refiner", c.refiner, "add the deep guided filter for frames processed at reduced size");
  visit.group("patches", c.patches, "BackgroundMattingV2: at which size it works, and what it refines");
}

void check_frames(const torch::Tensor& frames) {
  const bool shaped = (frames.dim() == 4 || frames.dim() == 5) && frames.size(-3) == 3;
  require(shaped, "frames must be [B,T,3,H,W] or [B,3,H,W], got [{}]", fmt::join(frames.sizes(), ","));
  require(frames.size(-1) >= 1 && frames.size(-2) >= 1, "frames must be at least 1x1 pixels, got {}x{}", frames.size(-1),
          frames.size(-2));
}

}  // namespace facemat
