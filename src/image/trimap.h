#pragma once
// Trimaps: 0 known background, 128 unknown, 255 known foreground.

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace facemat {

inline constexpr int kUnknown = 128;

// Foreground (alpha >= 1 - 1e-5) and background (alpha <= 1e-5) are each eroded by an elliptical kernel of the given side in
// pixels; what is left between is unknown. The picture's border is no edge: pixels beyond it count as inside. alpha: CV_32FC1;
// sides >= 1; returns CV_8UC1, equal to cv::erode with cv::getStructuringElement(MORPH_ELLIPSE), in time that grows with the
// side and not with its square. Rule of the CelebAMat relatives (reference: independent kernels of 1..29 pixels at 640x640;
// evaluation uses one fixed side).
cv::Mat make_trimap(const cv::Mat& alpha, int foreground_side, int background_side);

// How many pixels a trimap knows, and as what. Throws Error unless it is CV_8UC1 and holds 0, 128 and 255 alone.
struct TrimapCounts {
  int64_t background = 0, unknown = 0, face = 0;
};
TrimapCounts count_trimap(const cv::Mat& trimap);

// What the values of a trimap that somebody made mean.
struct TrimapValues {
  int background = 0, unknown = 128, face = 255;
  bool stated = false;      // by a person: in a lossy picture values near one of them count as it
  std::string advice = {};  // added to the message where a trimap holds others than the usual ones: how they can be stated
};

// Those that the programs' option --trimap-values states, BACKGROUND,UNKNOWN,FACE; empty: the usual ones, with the advice to
// state them. Throws Error unless they are three that differ.
TrimapValues stated_trimap_values(const std::vector<int>& option);

// THE RULE by which a picture is a trimap, whoever read it: `levels` (CV_8UC1) are the three values, else it is none; nothing
// is guessed, since what lies between may be an alpha. In a picture that is `lossy` (JPEG, lossy WebP, films) and of stated
// values those within 24 of one of them count as it, fewer where the three lie closer than that allows. Returns 0, 128, 255;
// throws Error, prefixed by `where`, that says what the picture holds.
cv::Mat trimap_of_levels(const cv::Mat& levels, const TrimapValues& values, bool lossy, const std::string& where);

// What interpolation made of a trimap (CV_8UC1) as a trimap again: 0 and 255 stay known, all else is unknown.
cv::Mat settled_trimap(const cv::Mat& interpolated);

// `trimap` at `size`: a pixel is known where all that it is made of is known alike.
cv::Mat resize_trimap(const cv::Mat& trimap, cv::Size size);

}  // namespace facemat
