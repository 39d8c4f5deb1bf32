#pragma once
// How the teacher's uncertainty weights the student's errors.

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// w1 + w2 U of each pixel, U the teacher's uncertainty in 0..1 (FaceMat, student); the shape is U's. The weights lie in w1 to
// w1 + w2, so they also scale the loss against the other terms, the more the less sure the teacher is of the batch. With
// `mean_one` they are divided by their mean over the batch's trusted pixels (+ 1e-8): then they only move weight from pixel to
// pixel.
torch::Tensor uncertainty_weight(const torch::Tensor& uncertainty, double certain_weight, double uncertain_weight,
                                 bool mean_one, const Average& average = {});

}  // namespace facemat
