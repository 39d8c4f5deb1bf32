#pragma once
// Noise as pure functions of position and seed: the same point has the same value in every frame and on every machine.
//
// Lattice noise after Perlin ("Improving noise", SIGGRAPH 2002): values or gradients hashed from integer lattice points, joined
// by the quintic 6t^5 - 15t^4 + 10t^3, so first and second derivatives are continuous. One lattice cell is one unit of
// position.

#include <opencv2/core.hpp>

#include <cstdint>

namespace facemat {

// 32 well mixed bits of a lattice point, and the same as a number in [0, 1).
uint32_t lattice_hash(int x, int y, int z, uint32_t seed);
float lattice_uniform(int x, int y, int z, uint32_t seed);

// 0 at or below `low`, 1 at or above `high`, cubic between. `low` may exceed `high`: then it falls.
float smooth_step(float low, float high, float x);

// Smooth values in [0, 1], mean 0.5; equal to lattice_uniform at lattice points.
float value_noise(float x, float y, uint32_t seed);
float value_noise(const cv::Vec3f& at, uint32_t seed);

// Smooth values in [-1, 1], mean 0; zero at lattice points.
float gradient_noise(float x, float y, uint32_t seed);

// Fractal sums of `octaves` noises, each twice as fine and `gain` times as strong, divided by the sum of the strengths.
float fbm(float x, float y, uint32_t seed, int octaves, float gain = 0.5f);     // of gradient_noise: [-1, 1]
float fbm(const cv::Vec3f& at, uint32_t seed, int octaves, float gain = 0.5f);  // of value_noise: [0, 1]

// Ridges: 1 on the zero lines of gradient_noise, falling to 0 beside them. Creases, cracks, folds.
float ridge_noise(float x, float y, uint32_t seed);

// Distance to the nearest of one random point per cell (Worley, SIGGRAPH 1996), and that point's hash. Pores, freckles,
// pebbles.
struct NoiseCell {
  float distance;  // 0..about 1.5 cells
  uint32_t hash;
};
NoiseCell nearest_cell(float x, float y, uint32_t seed);

}  // namespace facemat
