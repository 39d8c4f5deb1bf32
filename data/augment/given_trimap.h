#pragma once
// The trimap that a network is given while it learns: from the true alpha with kernels that are drawn, and wrong as trimaps
// made by hand or by a network are. (src/image/trimap.h makes one with given kernels.)

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/random.h"

namespace facemat {

class FieldVisitor;

// Lengths are pixels of a picture of 512 on its shorter side. Published kernels (1 to 29 pixels for GCA, dilations of 3 to 25
// for FBA) are for objects of 1000 to 2000 pixels; 1 to 15 is what they come to for faces of 512.
struct TrimapGuideConfig {
  // What it is made from: "alpha", the truth; "segmentation", a rough mask of it (GuideConfig::segmentation in
  // data/store/clip_guides.h) made binary, as from another network; "face", none of it: the convex hull of the face is unknown;
  // "dataset", the one that the data has.
  std::string from = "alpha";
  int least = 1, most = 15;  // sides of the elliptical kernels, one drawn for each of foreground and background
  int fixed = 8;             // of both, for samples that judge
  double degraded = 0;       // probability that it is degraded besides:
  double shift = 4;          // moved by at most so much along each axis
  int blots = 3;             // at most so many discs are made unknown
  double blot = 30;          // their largest radius
  double coarse = 0.5;       // probability that it is drawn at a lower resolution
  int most_coarse = 8;       // by a whole factor from 2 to this
};
void fields(FieldVisitor& visit, TrimapGuideConfig& config);

struct TrimapKernels {
  int foreground = 1, background = 1;  // sides, pixels
};
// For pictures of `side` on their shorter side. `judging`: the fixed ones.
TrimapKernels draw_trimap_kernels(Rng rng, const TrimapGuideConfig& config, int side, bool judging);

// Unknown in the convex hull of what is above 0 in `alpha` (CV_32FC1), grown by `margin` pixels, background elsewhere: nobody
// knows what is face. CV_8UC1; all background if there is nothing.
cv::Mat whole_face_trimap(const cv::Mat& alpha, int margin);

// What is wrong with a trimap; the same for all frames of a clip. The middle of blots in shares of width and height, lengths in
// shares of the shorter side.
struct TrimapFaults {
  struct Blot {
    double x = 0, y = 0, radius = 0;
  };
  double x = 0, y = 0;  // how far it is moved; right and down
  std::vector<Blot> blots;
  int coarse = 1;  // drawn at 1/coarse of the size
};
// None of them unless the settings' probability `degraded` says so.
TrimapFaults draw_trimap_faults(Rng rng, const TrimapGuideConfig& config);

// A trimap (CV_8UC1, 0 / 128 / 255) with faults: reduced and brought back by the nearest pixel, moved with its border repeated,
// blots unknown. What it calls known may then be wrong, as with users.
cv::Mat degraded_trimap(const cv::Mat& trimap, const TrimapFaults& faults);

}  // namespace facemat
