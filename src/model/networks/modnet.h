#pragma once
// MODNet (Ke et al., AAAI 2022): matting from the frame alone, by three branches on MobileNetV2. The low one finds out what is
// foreground at 1/32 to 1/8, the high one what its border looks like at 1/4 to 1/1, and the third fuses them. 6,487,075
// parameters at width 1, under the names of the published state dict (which lists the encoder once more, as
// "lr_branch.backbone."; starting_point.h tells such copies from names that are left over).
//
// Parts for losses: "semantic" [N,1,h/16,w/16] and "detail" [N,1,h,w], both 0..1; h and w are the frames' sides padded to
// multiples of 32. The network takes no trimap: the losses that look at detail near the border make theirs of the true alpha.

#include <torch/torch.h>

#include <memory>

#include "src/model/blocks/mobilenet_v2.h"
#include "src/model/networks/still.h"

namespace facemat {

class ModnetLowImpl;
class ModnetHighImpl;
class ModnetFusionImpl;

class ModnetNetwork : public StillNetwork {
 public:
  explicit ModnetNetwork(const ModelConfig& config);

 protected:
  Prediction predict(const torch::Tensor& frames, const Guides& guides) override;

 private:
  MobileNetV2Encoder encoder_{nullptr};
  std::shared_ptr<ModnetLowImpl> low_;
  std::shared_ptr<ModnetHighImpl> high_;
  std::shared_ptr<ModnetFusionImpl> fusion_;
};

}  // namespace facemat
