#pragma once
// Depth maps and class maps to mattes without training: the formulas of the occlusion techniques text this project starts from,
// each as published and mended.
//
// All functions here return the OCCLUDER's alpha (1 = the target's pixel is kept), the text's convention; visible_face() turns
// it into the project's. Maps are CV_32FC1; a `region` is CV_8UC1, 255 inside the face (face_region.h). Published forms know no
// region and are kept with their traps:
// - depth: min-max over the frame, 0 taken for near although MiDaS and most others answer with larger = nearer;
// - classes 1, 2, 3 (hybrid: 2, 3), which in the usual orders of face parsing are skin and eyebrows, or skin, nose and glasses;
// - bilateral filter with a sigma of 75 grey levels on values 0..1, which only blurs.
// Mended forms mark occluders inside the region only.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/config.h"

namespace facemat {

enum class Form { kPublished, kMended };

struct DepthConfig {
  std::string rule = "soft";     // hard | soft
  double threshold = 0.74;       // published: of normalised depth, below it is near
  double smoothness = 0.05;      // of the soft rule: width of its ramp, normalised depth
  bool depth_is_inverse = true;  // mended: larger is nearer
  // Mended: how much nearer than the face an occluder is, normalised depth. Our choice: of steps of 0.05 the smallest that
  // leaves bare faces alone, whose chins and noses stand out by about 0.15. Most of a hand laid on a face is missed.
  double margin = 0.2;
};
void fields(FieldVisitor& visit, DepthConfig& config);

// Published, d = (D - min) / (max - min): hard 1 where d < threshold, else 0; soft 1 - clamp((d - threshold + s/2) / s, 0, 1).
// A constant map is 0/0: the text's hard rule then gives 0 (a comparison with NaN), its soft rule NaN. Both give 0 here.
//
// Mended: d from percentiles 2 and 98, clamped to 0..1, turned so that 0 is near. The face's own depth is the median of d
// inside `region`; the same two rules with face - margin as the threshold. A constant map, or an empty region, holds no
// occluder.
cv::Mat occluder_of_depth(const cv::Mat& depth, const cv::Mat& region, const DepthConfig& config, Form form);

struct SegmentationConfig {
  std::string map = "classes";     // classes | binary (a mask)
  std::string marks = "occluder";  // what the mask or the listed classes are: occluder | face (the visible face; mended only)
  // The classes that count. Empty: published 1, 2, 3; mended, in the class order of the public BiSeNet face parsing weights, of
  // occluders glasses 6, earring 9, hair 17 and hat 18, of the face skin 1, brows 2 and 3, eyes 4 and 5, nose 10, mouth and
  // lips 11 to 13. The CelebAMask-HQ order has those occluders at 3, 15, 13 and 14.
  std::vector<double> classes;
};
void fields(FieldVisitor& visit, SegmentationConfig& config);

// Throws Error for classes that are not whole numbers.
void check(const SegmentationConfig& config);

// binary: the mask (divided by 255 if it exceeds 1), classes: 1 where the class is listed, else 0; then a Gaussian 5x5 of sigma
// 0, OpenCV's [1 4 6 4 1] / 16. Mended: the same, turned if it marks the face, cut to `region`.
cv::Mat occluder_of_segmentation(const cv::Mat& map, const cv::Mat& region, const SegmentationConfig& config, Form form);

// The larger of depth (the text: by its soft rule) and segmentation (published: classes 2 and 3), then a bilateral filter, d 9,
// sigma in colour 75 (mended: 75 / 255, its meaning for values 0..1), sigma in space 75. Mended: cut to `region`. Throws Error
// if the sizes differ.
cv::Mat occluder_of_both(const cv::Mat& depth, const cv::Mat& classes, const cv::Mat& region, const DepthConfig& by_depth,
                         const SegmentationConfig& by_class, Form form);

// `alpha` where `region` is set, 0 outside.
cv::Mat inside(const cv::Mat& alpha, const cv::Mat& region);

// The project's alpha: 1 - occluder inside `region`, 0 outside.
cv::Mat visible_face(const cv::Mat& occluder, const cv::Mat& region);

}  // namespace facemat
