#pragma once
// A face in a frame, and the square crop a matting network sees of it.
//
// Places are in pixels of the frame from its upper left corner: the first pixel reaches from 0 to 1 and its centre is 0.5.
// Angles are degrees clockwise as seen.

#include <array>
#include <opencv2/core.hpp>
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

// A square in the frame, turned by `degrees`.
struct FacePose {
  cv::Point2d centre;
  double side = 0;
  double degrees = 0;
};

struct CropConfig {
  int side = 0;  // pixels of the crop the network sees; 0: what its contract states (the caller fills it in), else 512
  double face_share = 0.65;  // height of the face in sides of the crop; only for faces without points
  double slack = 0.04;       // the crop rests while the face stays within this share of the side and of the size ...
  double slack_degrees = 4;  // ... and within this angle
  double fade = 0.06;        // a matte that is cut by the crop's border fades over this share of the side
};
void fields(FieldVisitor& visit, CropConfig& config);

// Where the five points lie in a crop as CelebA-HQ and FFHQ were aligned, in sides of the crop: the template "ffhq_512" of
// public face tools, which is the framing CelebAMask-HQ has.
const std::array<cv::Point2d, kFacePoints>& face_template();

// The crop for `face`: with points the similarity (least squares) that lays them on face_template(); without, or
// if they coincide, centred on the face, turned with it, and face.size.height / config.face_share wide.
FacePose pose_of(const Face& face, const CropConfig& config);

// What the crop does when the face has moved from `crop` to `face`: only as much of the move as exceeds the slack, so that
// noise in the boxes leaves it at rest and motion carries it along without jumps. It lags behind by the slack at most.
FacePose followed(const FacePose& crop, const FacePose& face, const CropConfig& config);

// Frame to crop and back, both in pixel indices (the centre of the first pixel is 0), for a crop of `side` pixels.
cv::Matx23d frame_to_crop(const FacePose& pose, int side);

}  // namespace facemat
