#pragma once
// How the teacher's uncertainty weights the student's errors.

#include <torch/torch.h>

#include <string>
#include <vector>

#include "train/losses/terms/average.h"

namespace facemat {

struct UncertaintyWeight {
  std::string form = "deviation";  // of uncertainty_forms()
  double power = 1;                // of what the form is made of
  double certain = 2;              // w1
  double uncertain = 2;            // w2
  bool mean_one = false;           // divide by the mean over the batch's trusted pixels
  std::string place = "own";       // where the weights fall, in uncertainty_places()
  double grown = 1;                // 0..1: by how much they have grown from an even weight (see below)
};

// What U is of sigma, the teacher's standard deviation of alpha in 0..1:
//   deviation  sigma^power
//   variance   sigma^(2 power)
//   relative   sigma^power / its mean over the batch's trusted pixels: the contrast does not depend on how sure the teacher is
//   rank       q^power, q the share of the batch's other pixels that are surer (ties count half): the least sure has 1
struct UncertaintyForm {
  const char* name;
  torch::Tensor (*of)(const torch::Tensor& sigma, double power, const Average& average);
};
const std::vector<UncertaintyForm>& uncertainty_forms();

// Where the weights of a batch fall; the second and the third are controls, which tell what the student owes to *where* the
// teacher doubts from what it owes to heavier or more uneven weights:
//   own     where the teacher doubts
//   even    each pixel has the mean of all (over the batch's trusted pixels)
//   moved   those of a pixel half a frame further down and right, wrapped around: the same weights at wrong places
const std::vector<std::string>& uncertainty_places();

// w1 + w2 U of each pixel (FaceMat, student: deviation, power 1); the shape is that of `sigma`. For the forms deviation,
// variance and rank the weights lie in w1 to w1 + w2, so they also scale the loss against the other terms, the more the less
// sure the teacher is of the batch. With `mean_one` they are divided by their mean (+ 1e-8): then they only move weight from
// pixel to pixel. While they grow they are w1 + grown w2 U, and with `mean_one` 1 + grown (weight - 1), of mean 1 as well.
// Throws Error for an unknown form or place.
torch::Tensor uncertainty_weight(const torch::Tensor& sigma, const UncertaintyWeight& settings, const Average& average = {});

}  // namespace facemat
