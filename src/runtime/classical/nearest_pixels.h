#pragma once
// The nearest of many points in five dimensions, colour and place: a k-d tree.

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace facemat {

using PixelFeature = std::array<double, 5>;

class NearestPixels {
 public:
  // Memory: 48 bytes a point.
  explicit NearestPixels(std::vector<PixelFeature> points);

  // Numbers of the `count` points nearest to point `of` (Euclidean; of equally near ones those of lower number), itself among
  // them, nearest first. All points if there are fewer. Several threads may ask at once.
  std::vector<int> find(int of, int count) const;

  const std::vector<PixelFeature>& points() const { return points_; }

 private:
  // The points order_[begin .. end), cut in two where `dimension` has the value `cut`; a leaf has no halves.
  struct Node {
    int begin = 0, end = 0, lower = -1, upper = -1, dimension = 0;
    double cut = 0;
  };
  using Near = std::pair<double, int>;  // squared distance, number

  int split(int begin, int end);
  void search(int node, const PixelFeature& point, size_t count, std::vector<Near>& found) const;

  std::vector<PixelFeature> points_;
  std::vector<int> order_;
  std::vector<Node> nodes_;
};

}  // namespace facemat
