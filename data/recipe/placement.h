#pragma once
// Where cut-outs lie: the rules of CelebAMat's relatives (data/README.md), as pure functions.

#include <opencv2/core.hpp>
#include <optional>

#include "data/recipe/config.h"
#include "data/scene/scene.h"

namespace facemat {

// A cut-out on the canvas: where its middle lies, as a share of the canvas' side, its size, and its turn.
struct CutoutPose {
  double x = 0.5, y = 0.5;
  double scale = 1;    // canvas pixels per pixel of the cut-out, for a canvas as wide as the one it was drawn for
  double degrees = 0;  // counter-clockwise
};

enum class Rule { kFree, kTowardFace, kFitFace };

// A limb's picture ends where it was cut: two corners of that end in pixels, and the limb's axis, in degrees counter-clockwise
// from upright. The axis is that of the alpha's second moments, the end the one further down.
struct Limb {
  cv::Point2d left, right;
  double tilt = 0;
};
Limb limb_of(const cv::Mat& alpha);
Limb mirrored(const Limb& limb, int width);  // of the picture flipped left to right

// Draws a pose for a cut-out of `cutout` pixels, changed by `placed`, over a face in a square canvas of `side` pixels.
// - kFree: area U(least, most) of the face's box, middle uniform in that box, turned by up to +-turn (reference, 2.3 step 10).
// - kTowardFace: the same, and turned so that the top, or the limb's axis, points to the face's centre. A limb's end is moved
//   outward until it lies beyond the frame, so that no arm ends in mid-air (our choice), by `margin` pixels more.
// - kFitFace: over nose, mouth and chin, as wide as the face.
struct PoseRequest {
  Rule rule = Rule::kFree;
  std::optional<Limb> limb;
  cv::Size cutout;  // pixels
  Affine placed;    // about the cut-out's middle; shifts are shares of its longer side
  FaceLayout layout;
  int side = 512;
  double margin = 0;
};
CutoutPose draw_pose(Rng rng, const PlacementConfig& rules, const PoseRequest& request);

// Cut-out pixels -> canvas pixels: first `placed`, then the pose.
cv::Matx23d pose_matrix(const CutoutPose& pose, const Affine& placed, cv::Size cutout, int side);

// What carries something that is worn from the face's layout `from` to `to`: the similarity that keeps the face's outline.
cv::Matx23d follow(const FaceLayout& from, const FaceLayout& to);

// The box of the face: as wide as its outline, from chin to hair line.
cv::Rect2d face_box(const FaceLayout& layout);

}  // namespace facemat
