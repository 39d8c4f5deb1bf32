#pragma once
// What networks that look at one frame alone have in common: clips are taken frame by frame, nothing is carried on, and sizes
// that the network cannot take are padded and cropped.

#include <torch/torch.h>

#include <string>
#include <vector>

#include "src/model/networks/network.h"

namespace facemat {

class StillNetwork : public MattingNetwork {
 public:
  using MattingNetwork::forward;
  // Throws Error for states, a ratio other than 1, a guide that is missing (guides.h), and frames of a wrong shape.
  Prediction forward(const torch::Tensor& frames, const Guides& guides, const States& states, double ratio) final;
  Prediction forward_scaled(const torch::Tensor& frames, const Guides& guides, const States& states,
                            const torch::Tensor& ratio) final;

 protected:
  // `guides`: names of what it needs. `multiple`: its frames' sides are multiples of that; others are padded at the right and
  // at the bottom by repeating the last column and row (pad_to_multiple), and the results are cut again.
  StillNetwork(std::vector<std::string> guides, int64_t multiple);

  // frames: [N,3,H,W] RGB 0..1, H and W multiples of `multiple`; guides of the same N; both laid out as the execution says
  // (layout.h). All of the prediction is [N,..]; its parts may have other sizes.
  virtual Prediction predict(const torch::Tensor& frames, const Guides& guides) = 0;

 private:
  std::vector<std::string> needed_;
  int64_t multiple_;
};

}  // namespace facemat
