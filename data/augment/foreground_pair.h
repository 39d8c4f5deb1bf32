#pragma once
// Two foregrounds made one: more shapes and more translucent pixels than a data set has by itself.

#include <opencv2/core.hpp>

namespace facemat {

// A foreground whose colour is known everywhere, also where its alpha is 0: over a background B it makes alpha colour +
// (1 - alpha) B.
struct Foreground {
  cv::Mat colour;  // CV_8UC3
  cv::Mat alpha;   // CV_32FC1, 0..1
};

// `front` before `back`, of one size, by the rule of GCA matting (Li & Lu, AAAI 2020):
//
//   alpha = 1 - (1 - a1) (1 - a2)        colour = a1 F1 + (1 - a1) F2
//
// Where both are opaque or one is alone that is the picture of both; where both are translucent the mixture of colours is
// GCA's, not that of light. Throws Error for other types or sizes.
Foreground paired(const Foreground& front, const Foreground& back);

}  // namespace facemat
