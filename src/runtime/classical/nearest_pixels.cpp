#include "src/runtime/classical/nearest_pixels.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace facemat {
namespace {

constexpr int kLeaf = 16;  // points that are looked at one by one

double squared_distance(const PixelFeature& a, const PixelFeature& b) {
  double sum = 0;
  for (size_t d = 0; d < a.size(); ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

}  // namespace

NearestPixels::NearestPixels(std::vector<PixelFeature> points) : points_(std::move(points)), order_(points_.size()) {
  std::iota(order_.begin(), order_.end(), 0);
  if (!points_.empty()) split(0, static_cast<int>(points_.size()));
}

// At the median of the dimension in which the points lie furthest apart.
int NearestPixels::split(int begin, int end) {
  const int own = static_cast<int>(nodes_.size());
  nodes_.push_back({begin, end, -1, -1, 0, 0});
  if (end - begin <= kLeaf) return own;
  PixelFeature low = points_[order_[begin]], high = low;
  for (int i = begin; i < end; ++i)
    for (size_t d = 0; d < low.size(); ++d) {
      low[d] = std::min(low[d], points_[order_[i]][d]);
      high[d] = std::max(high[d], points_[order_[i]][d]);
    }
  size_t widest = 0;
  for (size_t d = 1; d < low.size(); ++d)
    if (high[d] - low[d] > high[widest] - low[widest]) widest = d;
  const int middle = begin + (end - begin) / 2;
  std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end,
                   [&](int a, int b) { return std::pair(points_[a][widest], a) < std::pair(points_[b][widest], b); });
  const double cut = points_[order_[middle]][widest];
  const int lower = split(begin, middle), upper = split(middle, end);
  nodes_[own].lower = lower, nodes_[own].upper = upper, nodes_[own].dimension = static_cast<int>(widest), nodes_[own].cut = cut;
  return own;
}

// `found` is a heap, the worst on top.
void NearestPixels::search(int node, const PixelFeature& point, size_t count, std::vector<Near>& found) const {
  const Node& here = nodes_[node];
  if (here.lower < 0) {
    for (int i = here.begin; i < here.end; ++i) {
      const Near one{squared_distance(point, points_[order_[i]]), order_[i]};
      if (found.size() == count) {
        if (found.front() < one) continue;
        std::pop_heap(found.begin(), found.end());
        found.pop_back();
      }
      found.push_back(one);
      std::push_heap(found.begin(), found.end());
    }
    return;
  }
  const double beyond = point[here.dimension] - here.cut;
  search(beyond < 0 ? here.lower : here.upper, point, count, found);
  // Equally near points beyond the cut count, too, if their numbers are lower.
  if (found.size() < count || beyond * beyond <= found.front().first)
    search(beyond < 0 ? here.upper : here.lower, point, count, found);
}

std::vector<int> NearestPixels::find(int of, int count) const {
  std::vector<Near> found;
  found.reserve(static_cast<size_t>(count));
  search(0, points_[of], static_cast<size_t>(count), found);
  std::sort_heap(found.begin(), found.end());
  std::vector<int> numbers;
  numbers.reserve(found.size());
  for (const Near& one : found) numbers.push_back(one.second);
  return numbers;
}

}  // namespace facemat
