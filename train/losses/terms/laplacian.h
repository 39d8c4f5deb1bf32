#pragma once
// Laplacian pyramid loss in RVM's form, and its weighted forms.
//
// A level is lap(x) = x - up(down(x)) of an image with even sides (an odd last row or column is cut off first). With the kernel
// K = outer(k, k), k = [1 4 6 4 1] / 16, and reflected borders: down keeps every second pixel of K * x; up spreads the pixels
// of its image over every second place of a grid of zeros twice as large and gives 4 K * that. Level k is lap of the k times
// downed image; the low-pass rest is not used. `levels` is lowered while a level would be under 4 pixels; less than 4x4 pixels
// throw Error. Levels are linear in the image, so one pyramid, that of the difference, is all a loss needs.
//
// What is compared is trust (alpha - target), and levels are divided by the mean trust (average.h); the normalised form has
// w_0 = trust weight.
//
// alpha, target: [B,T,1,H,W]. Results are scalars.

#include <torch/torch.h>

#include <vector>

#include "train/losses/terms/average.h"

namespace facemat {

// (1/L) sum_k 2^k mean|lap_k(alpha) - lap_k(target)|, k = 0..L-1.
torch::Tensor laplacian_loss(const torch::Tensor& alpha, const torch::Tensor& target, int levels, const Average& average = {});

// The same with each level's difference multiplied by a weight: `weight` [B,T,1,H,W] at the first level, downed for each next
// one (the first author's public code for video, 2023). Means are over all pixels.
torch::Tensor laplacian_weighted_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                                      int levels, const Average& average = {});

// sum_k 2^k sum(w_k |lap_k(alpha) - lap_k(target)|) / (sum(w_k) + 1e-8): w_0 = weight, and each next one every second pixel of
// the one before (the first author's public code for images, 2023). Each level counts by what lies in the weighted region,
// however small it is, and the sum over levels is no mean.
torch::Tensor laplacian_normalised_loss(const torch::Tensor& alpha, const torch::Tensor& target, const torch::Tensor& weight,
                                        int levels, const Average& average = {});

// The level images lap_0.. of x [N,1,H,W], finest first.
std::vector<torch::Tensor> laplacian_pyramid(const torch::Tensor& x, int levels);

}  // namespace facemat
