#include "eval/metrics/connectivity.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

namespace facemat {
namespace {

constexpr int kLevels = 10;

// The highest level k with v / 255 >= k / 10, in whole numbers: 2 v >= 51 k.
std::array<uint8_t, 256> levels_of_values() {
  std::array<uint8_t, 256> levels{};
  for (int v = 0; v < 256; ++v) levels[v] = static_cast<uint8_t>(2 * v / 51);
  return levels;
}

// Level of min(p, g) of each pixel, in column-major order with a border of level 0 around, so that every pixel has four
// neighbours and the first pixel of a set is the one the reference finds first.
struct LevelGrid {
  int stride;  // from one column to the next
  std::vector<uint8_t> level;
  int at(int y, int x) const { return (x + 1) * stride + y + 1; }
};

LevelGrid level_grid(const AlphaPair& pair) {
  static const auto kLevelOf = levels_of_values();
  LevelGrid grid{pair.truth.rows + 2, {}};
  grid.level.assign(static_cast<size_t>(grid.stride) * (pair.truth.cols + 2), 0);
  constexpr int kTile = 32;  // columns at a time, so that both orders stay in the cache
  for (int left = 0; left < pair.truth.cols; left += kTile)
    for (int y = 0; y < pair.truth.rows; ++y) {
      const auto *p = pair.prediction.ptr<uint8_t>(y), *g = pair.truth.ptr<uint8_t>(y);
      for (int x = left; x < std::min(left + kTile, pair.truth.cols); ++x)
        grid.level[grid.at(y, x)] = kLevelOf[std::min(p[x], g[x])];
    }
  return grid;
}

// The components of all levels at once: pixels are added from the highest level down and joined with those that are there. A
// link between two roots stays as it is made, so two pixels are connected at level k exactly if no link between them is of a
// lower level. Trees are joined by size, which keeps paths shorter than log2 of the number of pixels.
class LevelForest {
 public:
  explicit LevelForest(const LevelGrid& grid) : grid_(grid), node_(grid.level.size(), 0), link_(grid.level.size(), 0) {
    const std::vector<int> order = by_level();
    for (int k = kLevels; k >= 1; --k) add_level(k, order);
  }

  // Omega_1 .. Omega_K are nested, and each of their pixels stays until the first that it is not in; after Omega_K none is
  // left. So what counts is how far up a pixel is connected with one of Omega_K, at most to K.
  std::vector<uint8_t> survived_levels() {
    std::vector<uint8_t> survived(node_.size(), kUnknown);
    int top = omega_[1] < 0 ? 0 : 1;
    while (top > 0 && top < kLevels && nested_[top]) ++top;
    mark_path(top, survived);
    for (size_t i = 0; i < survived.size(); ++i) survived[i] = grid_.level[i] == 0 ? 0 : reach(static_cast<int>(i), survived);
    return survived;
  }

 private:
  static constexpr uint8_t kUnknown = 255;

  // All pixels above level 0: the highest level first, each level in the grid's order. begin_[k] is where level k starts.
  std::vector<int> by_level() {
    std::array<int, kLevels + 1> count{};
    for (const uint8_t level : grid_.level) ++count[level];
    int next = 0;
    for (int k = kLevels; k >= 1; --k) begin_[k] = next, next += count[k];
    begin_[0] = next;
    std::vector<int> order(next);
    std::array<int, kLevels + 1> at = begin_;
    for (size_t i = 0; i < grid_.level.size(); ++i)
      if (grid_.level[i] > 0) order[at[grid_.level[i]]++] = static_cast<int>(i);
    return order;
  }

  void add_level(int k, const std::vector<int>& order) {
    for (int n = begin_[k]; n < begin_[k - 1]; ++n) add(order[n], k);
    omega_[k] = largest();
    if (k < kLevels) nested_[k] = omega_[k + 1] >= 0 && root(omega_[k + 1]) == omega_[k];
  }

  void add(int i, int k) {
    node_[i] = -1;
    int tree = i;
    for (const int j : {i - 1, i - grid_.stride, i + 1, i + grid_.stride}) {
      const int level = grid_.level[j];
      if (level > k || (level == k && j < i)) tree = joined(tree, root(j), k);
    }
    const int size = -node_[tree];
    if (size > most_) most_ = size, largest_.clear();
    if (size == most_) largest_.push_back(tree);
  }

  int root(int i) const {
    while (node_[i] > 0) i = node_[i];
    return i;
  }

  int joined(int a, int b, int k) {
    if (a == b) return a;
    if (node_[a] > node_[b]) std::swap(a, b);  // a is the larger one
    node_[a] += node_[b], node_[b] = a, link_[b] = static_cast<uint8_t>(k);
    return a;
  }

  // The root of the largest tree, of equal ones that with the first pixel; -1 if there is none.
  int largest() const {
    if (largest_.size() <= 1) return largest_.empty() ? -1 : largest_[0];
    for (size_t i = 0; i < node_.size(); ++i) {
      if (node_[i] == 0) continue;
      const int tree = root(static_cast<int>(i));
      if (-node_[tree] == most_) return tree;
    }
    return -1;
  }

  // How far up the pixel that stands for Omega_top is connected with the roots above it.
  void mark_path(int top, std::vector<uint8_t>& survived) const {
    if (top == 0) return;
    int level = top;
    for (int i = omega_[top];; i = node_[i]) {
      survived[i] = static_cast<uint8_t>(level);
      if (node_[i] < 0) break;
      level = std::min<int>(level, link_[i]);
    }
  }

  uint8_t reach(int i, const std::vector<uint8_t>& survived) const {
    uint8_t level = kLevels;
    while (survived[i] == kUnknown) {
      if (node_[i] < 0) return 0;
      level = std::min(level, link_[i]);
      i = node_[i];
    }
    return std::min(level, survived[i]);
  }

  const LevelGrid& grid_;
  std::vector<int> node_;      // > 0: the parent; < 0: a root, minus the size of its tree; 0: no pixel yet
  std::vector<uint8_t> link_;  // the level at which a pixel's tree was hung under its parent
  std::array<int, kLevels + 1> begin_{}, omega_{};
  std::array<bool, kLevels + 1> nested_{};
  int most_ = 0;
  std::vector<int> largest_;  // roots of all trees of this size
};

// d [d >= 0.15] in units of 1 / 2550, exact, for each level and value.
using Drops = std::array<std::array<int, 256>, kLevels + 1>;
Drops all_drops() {
  Drops drops{};
  for (int level = 0; level <= kLevels; ++level)
    for (int v = 0; v < 256; ++v) {
      const int d = 10 * v - 255 * level;  // 2550 (a - l)
      drops[level][v] = 100 * d >= 15 * 2550 ? d : 0;
    }
  return drops;
}

// `level(y, x)`: 10 l.
template <typename LevelAt>
std::vector<double> error_of_levels(const AlphaPair& pair, const Regions& regions, LevelAt level) {
  static const Drops kDrops = all_drops();
  const std::vector<int64_t> sums = regions.sums<int64_t>([&](int y, int begin, int end) {
    const auto *p = pair.prediction.ptr<uint8_t>(y), *g = pair.truth.ptr<uint8_t>(y);
    int64_t sum = 0;
    for (int x = begin; x < end; ++x) {
      const auto& drop = kDrops[level(y, x)];
      sum += std::abs(drop[p[x]] - drop[g[x]]);
    }
    return sum;
  });
  std::vector<double> errors;
  errors.reserve(sums.size());
  for (const int64_t sum : sums) errors.push_back(static_cast<double>(sum) / 2550 / 1000);
  return errors;
}

}  // namespace

std::vector<double> connectivity_error(const AlphaPair& pair, const Regions& regions) {
  const LevelGrid grid = level_grid(pair);
  const std::vector<uint8_t> level = LevelForest(grid).survived_levels();
  return error_of_levels(pair, regions, [&](int y, int x) { return level[grid.at(y, x)]; });
}

std::vector<double> connectivity_error(const AlphaPair& pair, const cv::Mat& level, const Regions& regions) {
  return error_of_levels(pair, regions, [&](int y, int x) { return level.at<uint8_t>(y, x); });
}

}  // namespace facemat
