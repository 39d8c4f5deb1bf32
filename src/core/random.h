#pragma once
// Counter-based random numbers (Philox4x32-10; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//
// A stream is named, not advanced by others: Rng(seed).fork("face", index) is the same stream whatever else was drawn, on any
// machine, with any number of workers. Copying an Rng copies its position, so the same copy draws the same numbers again.
// All distributions are computed here (never std::*_distribution, whose results differ between standard libraries).

#include <array>
#include <cstdint>
#include <string_view>

namespace facemat {

class Rng {
 public:
  explicit Rng(uint64_t seed = 0) : key_(mix(seed)) {}

  // The stream named (purpose, index) below this one. Independent of how much was drawn from this one.
  Rng fork(std::string_view purpose, uint64_t index = 0) const;

  // The stream's name as one number, and the stream of that name from its start: what a recipe stores.
  uint64_t key() const { return (uint64_t{key_[1]} << 32) | key_[0]; }
  static Rng of_key(uint64_t key);

  uint32_t bits();                          // 32 uniform random bits
  double uniform();                         // [0, 1), 53 bits
  double uniform(double low, double high);  // [low, high)
  double normal();                          // mean 0, standard deviation 1 (Box-Muller)
  double normal(double mean, double deviation) { return mean + deviation * normal(); }
  int64_t integer(int64_t low, int64_t high);  // low..high, both included; needs low <= high
  bool chance(double probability);             // true with the given probability

 private:
  explicit Rng(std::array<uint32_t, 2> key) : key_(key) {}
  static std::array<uint32_t, 2> mix(uint64_t seed);

  std::array<uint32_t, 2> key_;
  uint64_t block_ = 0;               // number of the next Philox block
  std::array<uint32_t, 4> words_{};  // the current block
  int used_ = 4;                     // words taken from it
};

// One Philox4x32-10 block; public for its test against the published vectors.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

}  // namespace facemat
