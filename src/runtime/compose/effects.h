#pragma once
// Face filters for when no swapped face is at hand: the whole frame is changed, the matte shows the change on the face only.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace facemat {

struct Effect {
  std::string name, help;
  // CV_8UC3 BGR -> the same. `face`: height of the faces in pixels, above 0: lengths are shares of it, so that a face looks
  // alike at any size.
  cv::Mat (*filter)(const cv::Mat& frame, double face);

  // `face` 0: two thirds of the frame's shorter side, as in a face crop.
  cv::Mat apply(const cv::Mat& frame, double face = 0) const;
};

// THE EFFECT TABLE. To add one: a function in effects.cpp and a line in its table; the test runs them all.
const std::vector<Effect>& effects();

// The effect called `name`. Throws Error that lists the known ones.
const Effect& find_effect(const std::string& name);

}  // namespace facemat
