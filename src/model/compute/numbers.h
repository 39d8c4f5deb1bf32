#pragma once
// The types of numbers in maps, and what the passes compute them in: float and double in themselves, bfloat16 in float.

#include <cstdint>
#include <cstring>

namespace facemat {

// The upper half of a float's bits, as at::BFloat16 stores it; here so that loops over it are plain integer and float
// arithmetic, which compilers vectorise.
struct Bf16 {
  uint16_t bits;
};

template <typename T>
struct ComputedIn {
  using Type = T;
};
template <>
struct ComputedIn<Bf16> {
  using Type = float;
};
template <typename T>
using Computed = typename ComputedIn<T>::Type;

inline float load(float x) { return x; }
inline double load(double x) { return x; }
inline float load(Bf16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline void store(float value, float& to) { to = value; }
inline void store(double value, double& to) { to = value; }
// Rounded to nearest, ties to even; a NaN stays one.
inline void store(float value, Bf16& to) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  to.bits = static_cast<uint16_t>(value == value ? rounded : 0x7fc0);
}

}  // namespace facemat
