#include "src/runtime/compose/layer_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "src/core/vector_units.h"
#include "src/runtime/compose/layers.h"

namespace facemat {
namespace {

// Keeps a pixel at what it is when nothing else tells.
constexpr float kInertia = 1e-9f;

FACEMAT_CLONES void squares(const float* __restrict alpha, int width, float rest, float* __restrict face,
                            float* __restrict product, float* __restrict occluder) {
  for (int x = 0; x < width; ++x) {
    const float a = alpha[x], b = 1 - a, shows = a > kNoFace ? 1.f : 0.f;
    face[x] = shows * a * a;
    product[x] = shows * a * b;
    occluder[x] = shows * (b * b + rest);
  }
}

FACEMAT_CLONES void colours_row(const float* __restrict alpha, const float* __restrict colour, int width, float rest,
                                float* __restrict face, float* __restrict occluder) {
  for (int x = 0; x < width; ++x) {
    const float shown = alpha[x] > kNoFace ? colour[x] : 0.f;
    face[x] = alpha[x] * shown;
    occluder[x] = (1 - alpha[x] + rest) * shown;
  }
}

FACEMAT_CLONES void links(const float* __restrict alpha, const float* __restrict other, int width, const EnergyWeights& weights,
                          float* __restrict face, float* __restrict occluder) {
  const float even_face = weights.face_change, even_occluder = weights.occluder_change, change = weights.alpha_change;
  for (int x = 0; x < width; ++x) {
    const float linked = std::min(alpha[x], other[x]) > kNoFace ? 1.f : 0.f, along = change * std::abs(alpha[x] - other[x]);
    face[x] = linked * (even_face + along);
    occluder[x] = linked * (even_occluder + along);
  }
}

FACEMAT_CLONES void sum_squares(const float* __restrict upper, const float* __restrict lower, int width,
                                float* __restrict out) {
  for (int x = 0; x < width; ++x) out[x] = (upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1]);
}

FACEMAT_CLONES void sum_right(const float* __restrict upper, const float* __restrict lower, int width, float* __restrict out) {
  for (int x = 0; x < width; ++x) out[x] = upper[2 * x + 1] + lower[2 * x + 1];
}

FACEMAT_CLONES void sum_below(const float* __restrict row, int width, float* __restrict out) {
  for (int x = 0; x < width; ++x) out[x] = row[2 * x] + row[2 * x + 1];
}

FACEMAT_CLONES void repeat(const float* __restrict in, int pairs, float* __restrict out) {
  for (int x = 0; x < pairs; ++x) out[2 * x] = out[2 * x + 1] = in[x];
}

// The links of a layer at a row: to the left, right, above and below.
struct Links {
  const float *right, *above, *below;
};

// The inverse of each pixel's 2x2 matrix: of the face, between the layers, of the occluder.
FACEMAT_CLONES void invert(const RowEnergy& here, const Links& face, const Links& occluder, int width, float* __restrict ff,
                           float* __restrict fb, float* __restrict bb) {
  const float *face_square = here[kFaceSquare], *product = here[kProduct], *occluder_square = here[kOccluderSquare];
  const float *fr = face.right, *fu = face.above, *fd = face.below;
  const float *br = occluder.right, *bu = occluder.above, *bd = occluder.below;
#pragma GCC ivdep
  for (int x = 0; x < width; ++x) {
    const float f = face_square[x] + (fr[x - 1] + fr[x] + fu[x] + fd[x] + kInertia);
    const float b = occluder_square[x] + (br[x - 1] + br[x] + bu[x] + bd[x] + kInertia);
    const float scale = 1 / (f * b - product[x] * product[x]);
    ff[x] = b * scale;
    fb[x] = -product[x] * scale;
    bb[x] = f * scale;
  }
}

// What the neighbours and the picture ask a layer to be.
FACEMAT_CLONES void wishes(const Links& links, const float* __restrict colour, const float* __restrict above,
                           const float* __restrict here, const float* __restrict below, int width, float* __restrict out) {
  const float *right = links.right, *up = links.above, *down = links.below;
#pragma GCC ivdep
  for (int x = 0; x < width; ++x)
    out[x] = colour[x] + kInertia * here[x] + (right[x - 1] * here[x - 1] + right[x] * here[x + 1]) +
             (up[x] * above[x] + down[x] * below[x]);
}

FACEMAT_CLONES void solve(const float* __restrict ff, const float* __restrict fb, const float* __restrict bb,
                          const float* __restrict face_wish, const float* __restrict occluder_wish, int width,
                          float* __restrict face, float* __restrict occluder) {
  for (int x = 0; x < width; ++x) {
    const float f = ff[x] * face_wish[x] + fb[x] * occluder_wish[x], b = fb[x] * face_wish[x] + bb[x] * occluder_wish[x];
    face[x] = std::min(1.f, std::max(0.f, f));
    occluder[x] = std::min(1.f, std::max(0.f, b));
  }
}

}  // namespace

FACEMAT_CLONES void clamped_row(const float* __restrict in, int width, float* __restrict out) {
  for (int x = 0; x < width; ++x) out[x] = in[x] > 0 ? std::min(in[x], 1.f) : 0.f;
}

void picture_energy(const std::array<const float*, 3>& colours, const float* alpha, const float* alpha_below, int width,
                    const EnergyWeights& weights, const RowEnergy& out) {
  squares(alpha, width, weights.rest, out[kFaceSquare], out[kProduct], out[kOccluderSquare]);
  links(alpha, alpha + 1, width, weights, out[kFaceRight], out[kOccluderRight]);
  if (alpha_below) {
    links(alpha, alpha_below, width, weights, out[kFaceBelow], out[kOccluderBelow]);
  } else {
    std::fill_n(out[kFaceBelow], width, 0.f);
    std::fill_n(out[kOccluderBelow], width, 0.f);
  }
  for (int c = 0; c < 3; ++c)
    colours_row(alpha, colours[c], width, weights.rest, out[kFaceColour + c], out[kOccluderColour + c]);
}

void sum_blocks(const RowEnergy& upper, const RowEnergy* lower, int width, const RowEnergy& out) {
  const int blocks = (width + 1) / 2;
  const std::vector<float> nothing(lower ? 0 : width + 1, 0.f);
  const auto below = [&](int term) { return lower ? (*lower)[term] : nothing.data(); };
  for (const int term : {kFaceSquare, kProduct, kOccluderSquare}) sum_squares(upper[term], below(term), blocks, out[term]);
  for (int term = kFaceColour; term < kEnergyTerms; ++term) sum_squares(upper[term], below(term), blocks, out[term]);
  for (const int term : {kFaceRight, kOccluderRight}) sum_right(upper[term], below(term), blocks, out[term]);
  for (const int term : {kFaceBelow, kOccluderBelow}) sum_below(below(term), blocks, out[term]);
}

void repeat_pixels(const float* in, int width, float* out) {
  repeat(in, width / 2, out);
  if (width % 2 == 1) out[width - 1] = in[width / 2];
}

RowSolver::RowSolver(int width) : width_(width), no_links_(width), face_(width), occluder_(width) {
  for (auto& row : inverse_) row.resize(width);
}

void RowSolver::relax(const RowEnergy* above, const RowEnergy& here, const LayerRow& layers_above, const LayerRow& layers,
                      const LayerRow& layers_below) {
  const Links face = {here[kFaceRight], above ? (*above)[kFaceBelow] : no_links_.data(), here[kFaceBelow]};
  const Links occluder = {here[kOccluderRight], above ? (*above)[kOccluderBelow] : no_links_.data(), here[kOccluderBelow]};
  float *ff = inverse_[0].data(), *fb = inverse_[1].data(), *bb = inverse_[2].data();
  invert(here, face, occluder, width_, ff, fb, bb);
  for (int c = 0; c < 3; ++c) {
    wishes(face, here[kFaceColour + c], layers_above[c], layers[c], layers_below[c], width_, face_.data());
    wishes(occluder, here[kOccluderColour + c], layers_above[3 + c], layers[3 + c], layers_below[3 + c], width_,
           occluder_.data());
    solve(ff, fb, bb, face_.data(), occluder_.data(), width_, layers[c], layers[3 + c]);
  }
}

}  // namespace facemat
