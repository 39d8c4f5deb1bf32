#pragma once
// The second stage of BackgroundMattingV2 (Lin et al., CVPR 2021): a coarse matte is made anew at full size where the coarse
// network expects to be wrong, in patches of 4x4 pixels.

#include <torch/torch.h>

#include <string>

#include "src/model/compute/norm.h"

namespace facemat {

class FieldVisitor;

struct PatchSettings {
  // The coarse network works at this share of the frame's size: 1/4 for HD, 1/8 for 4K (the authors'), 1/2 for faces of
  // 512x512; 1 where it learns by itself.
  double scale = 0.25;
  // What is refined: nothing (the coarse matte is enlarged); of each frame the patches with the largest expected errors, always
  // as many ("sampling"); those with an expected error above a threshold, and the one with the largest ("thresholding"); all.
  std::string refine = "sampling";
  double share = 0.0386;   // sampling: share of the patches; 80,000 pixels of HD
  double threshold = 0.1;  // thresholding: expected absolute error of alpha
};
void fields(FieldVisitor& visit, PatchSettings& settings);

class PatchRefinerImpl : public torch::nn::Module {
 public:
  // `hidden`: channels that the coarse network gives for it; 32 in the published one, whose 15,444 parameters and names this
  // has.
  explicit PatchRefinerImpl(int64_t hidden);

  // fine [N,6,H,W]: frame and background, H and W multiples of 4. coarse [N,hidden + 4,h,w]: hidden map, alpha 0..1, foreground
  // residual. enlarged [N,4,H,W]: alpha and residual where nothing is refined. error [N,1,H/4,W/4]: the expected error of each
  // patch. -> alpha and residual [N,4,H,W].
  torch::Tensor forward(const torch::Tensor& fine, const torch::Tensor& coarse, const torch::Tensor& enlarged,
                        const torch::Tensor& error, const PatchSettings& settings);

 private:
  // Two convolutions each, without padding: they take two pixels from every side.
  torch::Tensor at_half(const torch::Tensor& x);
  torch::Tensor at_full(const torch::Tensor& x, const torch::Tensor& fine);

  torch::nn::Conv2d conv1_, conv2_, conv3_, conv4_;
  Norm bn1_, bn2_, bn3_;
};
TORCH_MODULE(PatchRefiner);

}  // namespace facemat
