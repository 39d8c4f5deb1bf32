#include "src/runtime/classical/nearest_pixels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "src/core/random.h"

namespace facemat {
namespace {

// Every point looked at.
std::vector<int> by_looking(const std::vector<PixelFeature>& points, int of, int count) {
  std::vector<std::pair<double, int>> all;
  for (size_t i = 0; i < points.size(); ++i) {
    double sum = 0;
    for (size_t d = 0; d < points[i].size(); ++d) {
      const double apart = points[static_cast<size_t>(of)][d] - points[i][d];
      sum += apart * apart;
    }
    all.emplace_back(sum, static_cast<int>(i));
  }
  std::sort(all.begin(), all.end());
  std::vector<int> out;
  for (size_t i = 0; i < std::min(all.size(), static_cast<size_t>(count)); ++i) out.push_back(all[i].second);
  return out;
}

// Values of `steps` steps, whose distances are exact, so that many are equal.
std::vector<PixelFeature> points_of(size_t count, int steps, uint64_t seed) {
  Rng rng(seed);
  std::vector<PixelFeature> points(count);
  for (PixelFeature& point : points)
    for (double& value : point) value = static_cast<double>(rng.integer(0, steps)) / 8;
  return points;
}

TEST(NearestPixels, AreThoseThatLookingAtAllFinds) {
  for (const int steps : {1, 3, 1000})
    for (const size_t size : {1u, 15u, 16u, 17u, 300u}) {
      const NearestPixels nearest(points_of(size, steps, size));
      for (const int count : {1, 2, 20})
        for (int of = 0; of < static_cast<int>(size); of += 1 + static_cast<int>(size) / 40)
          ASSERT_EQ(nearest.find(of, count), by_looking(nearest.points(), of, count))
              << size << " points of " << steps << " steps, " << count << " nearest to " << of;
    }
}

TEST(NearestPixels, APointIsItsOwnFirst) {
  const NearestPixels nearest(points_of(200, 1000, 7));
  for (int of = 0; of < 200; ++of) EXPECT_EQ(nearest.find(of, 3).front(), of);
}

}  // namespace
}  // namespace facemat
