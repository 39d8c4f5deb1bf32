#pragma once
// Photographs come without landmarks: what occluders need is estimated from picture and mask.

#include "data/scene/scene.h"

namespace facemat {

// From the mask's moments and outline, with the proportions of an average face (eyes at 42 %, nose tip at 62 %, mouth at 78 %
// of the way from the mask's top to the chin). mask: CV_32FC1, not empty. Frontal: yaw and pitch are 0, roll is the tilt of the
// long axis.
FaceLayout layout_from_mask(const cv::Mat& mask);

// Direction and strength of one light that explains the brightness gradient over the face (Lambert on an egg-shaped head).
Light light_from_face(const cv::Mat& image, const cv::Mat& mask, const FaceLayout& layout);

// `layout` seen through a 2x3 matrix (source to output).
FaceLayout transformed(const FaceLayout& layout, const cv::Matx23d& matrix);

}  // namespace facemat
