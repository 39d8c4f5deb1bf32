#pragma once
// From a parser's classes to the mask of the visible face: one pure function a rule. Lengths are shares of the crop's side S or
// of the face's height H (face_axes.h); masks are CV_8UC1, 0 or 255; S is the masks' side.

#include "data/annotate/face_axes.h"
#include "data/annotate/roles.h"
#include "src/core/config.h"

namespace facemat {

// The defaults were found for MediaPipe's selfie multiclass network.
struct CleaningConfig {
  // Parts of the face: the one with most of its pixels in the oval times oval, and others of at least share of it of which more
  // than inside lies in that oval.
  double part_oval = 1.12, part_share = 0.1, part_inside = 0.3;
  // Holes are filled below this share of the face: where most of them is background; where most of them is an occluder.
  double background_hole = 0.01, occluder_hole = 0.002;
  bool ears = true;   // the parser calls ears face: they are cut along the jaw
  bool scalp = true;  // the parser calls bald scalps face: cut above the forehead
  // Threads and specks: opened by open (S); parts of at least part_share of the largest of which more than last_inside lies in
  // the oval times last_oval, and the largest, stay.
  double open = 0.010, last_oval = 1.05, last_inside = 0.6;
  double smooth = 0.0035, least_hole = 0.0006;  // Gaussian (S) before the edge is drawn again; smaller holes (S^2) are filled
};
void fields(FieldVisitor& visit, CleaningConfig& config);

// Rule 1: the parts of `face` that belong to this face.
cv::Mat face_parts(const cv::Mat& face, const FaceAxes& frame, const CleaningConfig& config);

// Rule 2: `face` with its small holes filled; bigger ones are occluders.
cv::Mat holes_filled(const cv::Mat& face, const RoleMap& map, const CleaningConfig& config);

// Rule 3: what of `face` is ear. Outside the jaw line and level with an ear (or, where the head is tilted back, below it), on
// a side where an ear can show, nearer to an ear than to nose and mouth, and large enough.
cv::Mat ears_of(const cv::Mat& face, const FaceAxes& frame, const FrameMaps& maps);

// The polygon inside which no ear is: the jaw times 1.03 about the frame's centre, closed by its ends moved 0.9 H up and
// 0.08 H outward.
std::vector<cv::Point2d> jaw_polygon(const FaceAxes& frame);

// Rule 4: what of `face` is a bald scalp: if it reaches above 1.25 H in the middle, all above an arch over the forehead.
cv::Mat scalp_of(const cv::Mat& face, const FaceAxes& frame, const FrameMaps& maps);

// Rule 5: `face` opened, without small parts that lie outside the oval.
cv::Mat opened_parts(const cv::Mat& face, const FaceAxes& frame, const CleaningConfig& config);

// Rule 6: the edge smoothed, specks filled.
cv::Mat smoothed_edge(const cv::Mat& face, const CleaningConfig& config);

// All rules in their order.
struct Cleaned {
  cv::Mat mask;
  cv::Mat ruled;  // what rules 3 and 4 took away
};
Cleaned cleaned(const RoleMap& map, const FaceAxes& frame, const CleaningConfig& config);

}  // namespace facemat
