#pragma once
// Pixels of any number of frames in bounded memory.

#include <array>
#include <cstdint>
#include <vector>

#include "src/core/random.h"

namespace facemat {

// Keeps N values of each pixel. While there are at most `most_pixels`, all are kept; then every pixel, whether seen already or
// still to come, is kept with probability 1/2, then 1/4, ... The draws are fixed, so equal pixels give an equal pool.
template <size_t N>
class PixelPool {
 public:
  static constexpr size_t kMostPixels = size_t{1} << 23;
  explicit PixelPool(size_t most_pixels = kMostPixels) : most_pixels_(most_pixels) {}

  void add(const std::array<float, N>& pixel) {
    const uint8_t level = level_of(draws_.bits());
    while (level >= level_ && levels_.size() >= most_pixels_) thin_out();
    if (level < level_) return;
    levels_.push_back(level);
    for (size_t k = 0; k < N; ++k) values_[k].push_back(pixel[k]);
  }

  size_t size() const { return levels_.size(); }
  const std::vector<float>& values(size_t k) const { return values_[k]; }

 private:
  // Zeros at the end of `bits`; 32 random bits have n of them with probability 2^-(n+1).
  static uint8_t level_of(uint32_t bits) {
    uint8_t level = 0;
    for (; level < 32 && (bits & 1) == 0; bits >>= 1) ++level;
    return level;
  }

  // Keeps about half of the pixels.
  void thin_out() {
    ++level_;
    size_t kept = 0;
    for (size_t i = 0; i < levels_.size(); ++i) {
      if (levels_[i] < level_) continue;
      levels_[kept] = levels_[i];
      for (auto& values : values_) values[kept] = values[i];
      ++kept;
    }
    levels_.resize(kept);
    for (auto& values : values_) values.resize(kept);
  }

  size_t most_pixels_;
  Rng draws_ = Rng(0).fork("uncertainty pixels");
  int level_ = 0;                // pixels of a lower level are dropped
  std::vector<uint8_t> levels_;  // of each pixel: n with probability 2^-(n+1)
  std::array<std::vector<float>, N> values_;
};

}  // namespace facemat
