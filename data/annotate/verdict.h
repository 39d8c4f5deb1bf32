#pragma once
// What is known of a labelled face, and whether it is kept.

#include <string>

#include "data/annotate/cleaning.h"

namespace facemat {

struct RejectConfig {
  double least_mask = 0.10, most_mask = 0.75;  // share of the crop
  double mirrored = 0.01;                      // most of the mask beyond the picture
  double oval_outside = 0.30,
         cut_outside = 0.10;  // most points of the oval beyond it; with chin, eyes, nose or mouth at its border
  double border = 0.01;       // in sides of the crop: at the border
  double agreement = 0.75, middle_agreement = 0.85, least_agreement = 0.65;  // of mask and oval (verdict.cpp)
  double background = 0.12;  // most of the oval times 0.94 that is called background
  double uneven = 0.35;      // most that one half of the oval is covered less than the other
  double natural = 0.03;     // share of that oval from which on a face counts as occluded
};
void fields(FieldVisitor& visit, RejectConfig& config);

// Shares of the crop where nothing else is said.
struct FaceFacts {
  double mask = 0;
  double occluded = 0;                                    // of the oval times 0.94: occluders outside the mask ...
  double hair = 0, body = 0, clothes = 0, accessory = 0;  // ... and which
  double background = 0;                                  // of that oval, outside the mask
  double untrusted = 0;
  double yaw = 0;  // FaceAxes::yaw
};
FaceFacts facts_of(const cv::Mat& mask, const cv::Mat& trust, const RoleMap& map, const FaceAxes& frame);

// Why the face is not kept, one line without a full stop; empty: it is. `picture`: the part of the crop that is no mirror image
// of its border.
std::string reject_reason(const cv::Mat& mask, const RoleMap& map, const FaceAxes& frame, const cv::Rect& picture,
                          const FaceFacts& facts, const RejectConfig& config);

// Intersection over union, 0..1; 1 for two empty masks.
double overlap_of(const cv::Mat& a, const cv::Mat& b);

}  // namespace facemat
