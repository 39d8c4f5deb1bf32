#pragma once
// A face in a frame, and the square crop a matting network sees of it.
//
// Places are in pixels of the frame from its upper left corner: the first pixel reaches from 0 to 1 and its centre is 0.5.
// Angles are degrees clockwise as seen.

#include <array>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/config.h"

namespace facemat {

inline constexpr size_t kFacePoints = 5;

// Width and height of the mask of a face (skin, brows, eyes, nose, mouth, from the hair line to the chin) are `size`, along the
// face's own axes.
struct Face {
  cv::Point2d centre;
  cv::Size2d size;
  double degrees = 0;               // how far the head leans
  double score = 1;                 // 0..1, as the detector means it
  std::vector<cv::Point2d> points;  // none, or eyes, nose and corners of the mouth, the picture's left before its right
};

// The upright rectangle around the face.
cv::Rect2d box_of(const Face& face);

// The rectangle of face.size round its centre as if the head did not lean: what a detector of upright boxes saw.
cv::Rect2d unturned_box(const Face& face);

// A square in the frame, turned by `degrees`.
struct FacePose {
  cv::Point2d centre;
  double side = 0;
  double degrees = 0;
};

// THE CROP RULE, one for training and product: `facemat data label` cuts its pictures by it, FaceMatter the crops of a film. A
// network is shown faces as it learned them if both are given the same settings.
struct CropConfig {
  int side = 0;  // pixels of the crop the network sees; 0: what its contract states (the caller fills it in), else 512
  // points: the five points on face_template(), the box where a face has none | box: by its box, turned with the head |
  // upright: by its box, never turned
  std::string align = "points";
  double face_share = 0.65;  // by its box: height of the face in sides of the crop ...
  double face_at = 0.5;      // ... and where the box's centre lies, in sides from the top of the crop
  // A crop of which this share or more lies outside the frame is tightened round the face, until the face is `tightest` sides
  // high; 1: crops are never tightened.
  double outside = 1, tightest = 0.8;
  std::string border = "replicate";  // what is seen beyond the frame: replicate | mirror (without the border itself) | black
  double slack = 0.04;               // the crop rests while the face stays within this share of the side and of the size ...
  double slack_degrees = 4;          // ... and within this angle
  double fade = 0.06;                // a matte that is cut by the crop's border fades over this share of the side
};
void fields(FieldVisitor& visit, CropConfig& config);

// Where the five points lie in a crop as CelebA-HQ and FFHQ were aligned, in sides of the crop: the template "ffhq_512" of
// public face tools, which is the framing CelebAMask-HQ has.
const std::array<cv::Point2d, kFacePoints>& face_template();

// The crop for `face`, wherever the frame ends. With points, and if these are to count, the similarity (least squares) that
// lays them on face_template(); without, or if they coincide, by the box: face.size.height / config.face_share wide, the centre
// of the face in its middle and config.face_at of the side below its top, turned with the face unless `upright`.
FacePose pose_of(const Face& face, const CropConfig& config);

// The crop for `face` in a frame of that size.
struct Framing {
  FacePose pose;
  bool moved = false;  // pushed into the frame: the face is no longer where it usually is in a crop
  bool fits = true;    // false: more of the crop than config.outside lies outside the frame, whatever was tried
};
// pose_of(); then, as long as the share config.outside of it or more lies outside the frame, 2 % tighter round the face, but no
// tighter than config.tightest; where that does not do and 88 % of the face's box are in the frame, the crop of pose_of(), no
// wider than the frame, moved into it. (A turned crop is taken as if it were not turned.)
Framing framed(const Face& face, const CropConfig& config, cv::Size frame);

// What the crop does when the face has moved from `crop` to `face`: only as much of the move as exceeds the slack, so that
// noise in the boxes leaves it at rest and motion carries it along without jumps. It lags behind by the slack at most.
FacePose followed(const FacePose& crop, const FacePose& face, const CropConfig& config);

// Frame to crop and back, both in pixel indices (the centre of the first pixel is 0), for a crop of `side` pixels.
cv::Matx23d frame_to_crop(const FacePose& pose, int side);

}  // namespace facemat
