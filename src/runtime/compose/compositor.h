#pragma once
// Puts a filter or a swapped face under what covers the face.

#include <opencv2/core.hpp>
#include <string>

#include "src/core/config.h"
#include "src/image/predictor.h"

namespace facemat {

struct CompositeOptions {
  // standard:    out = w swap + (1 - w) target, the matting equation.
  // uncertainty: the same after the model's uncertainty u has moved alpha.
  // recompose:   out = w swap + (1 - w) occluder: what covers the face without the share of the old face that the target shows
  //              through it, as estimated by `layers`.
  std::string mode = "standard";
  // Of recompose and decontaminate: faces (layers.h), or multilevel, the estimate as published (multilevel.h).
  std::string layers = "faces";
  double opacity = 1;  // of the swap, 0..1: multiplies alpha

  // The published weighting damps the matte of the occluder, O' = O (1 - strength u), so uncertain pixels go towards the swap:
  // in our alpha = 1 - O that is alpha' = alpha + strength u (1 - alpha). The safe one damps alpha itself,
  // alpha' = alpha (1 - strength u): uncertain pixels go towards the target, which is never wrong by more than an unchanged
  // face. u is the standard deviation of alpha, clamped to 0..1.
  std::string uncertain_toward = "target";  // or "swap": as published
  double uncertainty_strength = 0.5;        // as published

  bool linear_light = false;   // blend amounts of light instead of encoded values, as glass and smoke do
  bool decontaminate = false;  // the swap was made of the target, occluder and all: take only its face

  double threshold = 0;  // alpha at or above becomes 1, below 0; 0: off
  int erode = 0;         // pixels taken from the border of the face (a disc's radius); negative: added
  double feather = 0;    // sigma in pixels of a Gaussian over alpha; 0: off
};
void fields(FieldVisitor& visit, CompositeOptions& options);

// The swap's weight w for every pixel, CV_32FC1 0..1: alpha, then threshold, erode, feather, uncertainty (in that mode),
// opacity, and region (CV_32FC1 0..1 or empty: everywhere), which multiplies as a local opacity.
cv::Mat swap_weights(const Matte& matte, const CompositeOptions& options, const cv::Mat& region = {});

// target, swap: BGR of one size and depth, CV_8UC3, CV_16UC3 or CV_32FC3 (0..1); so is the result. matte: alpha CV_32FC1, 0..1,
// 1 = visible face, and its uncertainty or none; region: see above. Alpha is soft to the end and only the sum is rounded, half
// up. Where w is 0 or where w and alpha are 1 the result has the bytes of target or swap, in every mode. 8-bit standard blends
// are done in integers; how exact they are stands in blend_rows.h.
//
// In recompose the occluder is estimated from the matte as given; a weight that differs from alpha takes both layers away
// together (opacity 0 is the target again) or, above alpha, uncovers more of the swap.
//
// Throws Error, with both sizes, when they differ: a swap is made for its target, and scaling it here would hide a mistake.
// Likewise for unlike depths, settings out of range, and mode "uncertainty" with a matte that has none.
cv::Mat composite(const cv::Mat& target, const cv::Mat& swap, const Matte& matte, const CompositeOptions& options = {},
                  const cv::Mat& region = {});
cv::Mat composite(const cv::Mat& target, const cv::Mat& swap, const cv::Mat& alpha, const CompositeOptions& options = {},
                  const cv::Mat& region = {});

}  // namespace facemat
