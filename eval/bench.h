#pragma once
// How fast the metrics are on this machine.

#include <string>
#include <vector>

namespace facemat {

struct MetricTime {
  std::string metric;   // as reports print it
  double milliseconds;  // median of the rounds, one thread
};

// Each metric of the table over whole frames of width x height: a drawn soft matte (a face, hair, blur, a little noise) against
// another. Leaves OpenCV on one thread.
std::vector<MetricTime> bench_metrics(int width, int height, int rounds);

}  // namespace facemat
