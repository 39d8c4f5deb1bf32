#pragma once
// Face filters for when no swapped face is at hand: the whole frame is changed, the matte shows the change on the face only.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace facemat {

struct Effect {
  std::string name, help;
  cv::Mat (*apply)(const cv::Mat& frame);  // CV_8UC3 BGR -> the same
};

// THE EFFECT TABLE. To add one: a function in effects.cpp and a line in its table; the test runs them all.
const std::vector<Effect>& effects();

// The effect called `name`. Throws Error that lists the known ones.
const Effect& find_effect(const std::string& name);

}  // namespace facemat
