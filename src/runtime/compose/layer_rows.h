#pragma once
// The loops of layers.cpp, over rows of plain floats. Rows have one readable float before and after them.

#include <array>
#include <vector>

namespace facemat {

// What a pixel adds to the energy, as coefficients of its layers: squares, links to the pixels right of and below it, and for
// each colour the linear terms. Rows have zeros before and after them.
enum EnergyTerm {
  kFaceSquare,      // a^2
  kProduct,         // a (1 - a)
  kOccluderSquare,  // (1 - a)^2 + rest
  kFaceRight,
  kOccluderRight,
  kFaceBelow,
  kOccluderBelow,
  kFaceColour,                        // a I, three colours
  kOccluderColour = kFaceColour + 3,  // (1 - a + rest) I, three colours
  kEnergyTerms = kOccluderColour + 3
};
using RowEnergy = std::array<float*, kEnergyTerms>;

inline constexpr int kLayerPlanes = 6;  // face: blue, green, red; occluder: the same
using LayerRow = std::array<float*, kLayerPlanes>;

struct EnergyWeights {
  float face_change = 0, occluder_change = 0, alpha_change = 0, rest = 0;
};

// Clamped to 0..1; what is no number counts as 0.
void clamped_row(const float* in, int width, float* out);

// The energy of a row of the picture; `alpha_below` is null for the last.
void picture_energy(const std::array<const float*, 3>& colours, const float* alpha, const float* alpha_below, int width,
                    const EnergyWeights& weights, const RowEnergy& out);

// Two rows of `width` pixels become one of (width + 1) / 2; links inside a block vanish. `lower` may be null.
void sum_blocks(const RowEnergy& upper, const RowEnergy* lower, int width, const RowEnergy& out);

// out[x] = in[x / 2].
void repeat_pixels(const float* in, int width, float* out);

// Minimises the energy over each pixel of a row, its neighbours held: left and right as they were, so that pixels do not wait
// for each other.
class RowSolver {
 public:
  explicit RowSolver(int width);
  // `above` is null for the first row. Writes `layers`, clamped to 0..1.
  void relax(const RowEnergy* above, const RowEnergy& here, const LayerRow& layers_above, const LayerRow& layers,
             const LayerRow& layers_below);

 private:
  int width_;
  std::vector<float> no_links_, inverse_[3], face_, occluder_;
};

}  // namespace facemat
