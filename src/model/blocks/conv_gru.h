#pragma once
// The recurrent half of RVM's decoder blocks (Lin et al., WACV 2022, section 3). Maps of a clip are [T*B,C,H,W], time first:
// frame t of all clips is maps t*B .. t*B + B - 1.

#include <torch/torch.h>

namespace facemat {

// A clip's maps and the recurrent state after its last frame.
struct Recurrent {
  torch::Tensor maps;   // [T*B,C,H,W]
  torch::Tensor state;  // [B,C,H,W]
};

// h' = (1 - z) h + z c with [r, z] = sigmoid(conv([x, h])), c = tanh(conv([x, r h])), 3x3 convolutions with bias.
//
// A convolution of joined maps is the sum of the convolutions of each. So on channels-last maps the inputs' part is computed
// for all frames at once, the backward pass is written out, and it computes the weights' gradients once for all frames. Other
// maps go through the equations as they stand, frame by frame.
class ConvGruImpl : public torch::nn::Module {
 public:
  explicit ConvGruImpl(int64_t channels);
  // x [T*B,2C,H,W]: the first C channels pass, the second C go through the GRU. state: [B,C,H,W], or [1,1,1,1] zeros at the
  // start of a clip. -> maps [T*B,2C,H,W], state [B,C,H,W].
  Recurrent forward(const torch::Tensor& x, const torch::Tensor& state, int64_t frames);

 private:
  torch::Tensor step(const torch::Tensor& x, const torch::Tensor& h);

  int64_t channels_;
  torch::nn::Sequential ih_, hh_;
};
TORCH_MODULE(ConvGru);

}  // namespace facemat
