#pragma once
// How fast frames are composited here.

#include <string>
#include <vector>

namespace facemat {

struct CompositeTime {
  std::string name;
  double milliseconds = 0;  // a frame; the median of the rounds
};

// Composites of drawn frames from a given matte (a face under hair and smoke), in one thread, each way of blending `rounds`
// times.
std::vector<CompositeTime> bench_composite(int width, int height, int rounds);

// The share of the drawn matte's pixels that are soft: what all but the plain blend depends on.
double soft_share(int width, int height);

}  // namespace facemat
