#pragma once
// MobileNetV2 (Sandler et al., CVPR 2018) as an encoder. No size is read in C++, so that a traced graph stays valid for any
// size.

#include <torch/torch.h>

#include <vector>

namespace facemat {

// How the layers of one network are called in two families of files.
enum class MobileNetV2Names {
  kTorchvision,  // a convolution, its norm and its activation are one layer: features.2.conv.0.0, features.2.conv.0.1,
                 // features.2.conv.1.0, ...
  kFlat          // they are three, as in MODNet: features.2.conv.0, features.2.conv.1, features.2.conv.3, ...
};

struct MobileNetV2Options {
  int64_t inputs = 3;  // channels of the frames and of what comes with them
  double width = 1;    // multiplies every channel count (scaled_channels), the last one's too
  // 32 or 16: the size of the last maps is the frame's divided by that. With 16 the last stage that halves trades its stride
  // for dilation 2, all but its first block, which keeps the dilation of those before.
  int64_t output_stride = 32;
  bool last = true;  // with the 1x1 convolution to 1280 channels at the end
  MobileNetV2Names names = MobileNetV2Names::kTorchvision;
};

class MobileNetV2EncoderImpl : public torch::nn::Module {
 public:
  // Throws Error for another output stride than those.
  explicit MobileNetV2EncoderImpl(const MobileNetV2Options& options = {});

  // x [N,inputs,H,W] -> five maps: H/2, H/4, H/8, H/16 and H/output_stride, each the last of its size before the next stride
  // (features.1, .3, .6, .13) and what comes last; sides are rounded up at each halving. The input is taken as it is: networks
  // normalise. recompute: compute the maps inside the layers again for the backward pass (recompute.h).
  std::vector<torch::Tensor> forward(const torch::Tensor& x, bool recompute = false);

  // Channels of these five maps: 16, 24, 32, 96 and 1280 (320 without the last convolution) at width 1.
  const std::vector<int64_t>& channels() const { return channels_; }

 private:
  torch::nn::Sequential features_;
  std::vector<int64_t> channels_;
};
TORCH_MODULE(MobileNetV2Encoder);

}  // namespace facemat
