#pragma once
// Pictures as planes of floats. Nothing here starts threads: LibTorch's operators would, in each loader thread its own team.

#include <torch/torch.h>

#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace facemat {

using Frames = std::vector<cv::Mat>;  // of a clip, in order of time

// How a kind of pictures becomes planes.
struct PlaneKind {
  int type;                                         // of OpenCV, which pictures must have
  int channels;                                     // planes a picture
  void (*fill)(const cv::Mat& picture, float* to);  // all of them, one after another, row by row
};
PlaneKind colour_planes();  // CV_8UC3 BGR -> red, green, blue, 0..1
PlaneKind cutout_planes();  // CV_8UC4 BGRA -> red, green, blue, alpha, 0..1
PlaneKind value_plane();    // CV_32FC1 as it is
PlaneKind unknown_plane();  // a trimap, CV_8UC1: 1 where it is unknown, else 0
PlaneKind trimap_plane();   // a trimap, CV_8UC1: 0, 0.5 or 1

// The frames of a clip and its name, which messages have.
struct NamedFrames {
  const std::string* name;
  const Frames* frames;
};

// The frames of B clips, of one length, as [B,T,channels,H,W] float; undefined if they have none. Throws Error naming the clip
// with a picture of another size or type.
torch::Tensor stacked(const std::vector<NamedFrames>& clips, cv::Size size, const PlaneKind& kind);

}  // namespace facemat
