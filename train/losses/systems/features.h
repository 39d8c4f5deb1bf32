#pragma once
// How alike two pictures look to a classifier: squared differences of the maps of VGG16's conv1_2, conv2_2, conv3_3 and conv4_3
// (after their ReLU) over what was cut out, as the feature losses of CAM (Hou & Liu, "Context-aware image matting for
// simultaneous foreground and alpha estimation", ICCV 2019). Frozen weights of ImageNet are read from a file
// (LossOptions::feature_weights); none comes with this project.

#include <torch/torch.h>

#include <filesystem>

#include "src/model/blocks/vgg.h"
#include "train/losses/terms/average.h"

namespace facemat {

// torchvision's VGG16 without its classifier, frozen: a state dict (vgg16-397923af.pth), or safetensors of the same names.
// Throws Error naming the file if it is no such file.
Vgg16 load_feature_network(const std::filesystem::path& file);

// sum over the four maps of mean (phi(a) - phi(b))^2. a, b: [B,T,3,H,W] RGB, cut out by an alpha: 0 where nothing is; at least
// 8x8 pixels. They are normalised as ImageNet's pictures after that. What is compared is trust a and trust b, and means are
// divided by the mean trust (average.h). CAM states neither mean nor weights: the mean is our choice, so that the loss does not
// depend on the size. -> scalar
torch::Tensor feature_loss(Vgg16 network, const torch::Tensor& a, const torch::Tensor& b, const Average& average = {});

}  // namespace facemat
