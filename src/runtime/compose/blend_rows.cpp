#include "src/runtime/compose/blend_rows.h"

#include <algorithm>
#include <cstring>

#include "src/core/vector_units.h"

namespace facemat {
namespace {

constexpr int kChunk = 256;  // pixels: their weights stay in the nearest cache

inline float clamped(float weight) { return weight > 0 ? std::min(weight, 1.f) : 0.f; }

// A weight for each of a pixel's channels. 255 * 2^23 + 2^22 is below 2^31, so 23 bits are what 8-bit sums have room for.
constexpr int kBits = 23;
FACEMAT_CLONES void spread_bits(const float* __restrict weight, int width, int32_t* __restrict out) {
  for (int x = 0; x < width; ++x)
    out[3 * x] = out[3 * x + 1] = out[3 * x + 2] = static_cast<int32_t>(clamped(weight[x]) * (1 << kBits) + 0.5f);
}
FACEMAT_CLONES void spread(const float* __restrict weight, int width, float* __restrict out) {
  for (int x = 0; x < width; ++x) out[3 * x] = out[3 * x + 1] = out[3 * x + 2] = clamped(weight[x]);
}

FACEMAT_CLONES void sum(const uint8_t* __restrict swap, const uint8_t* __restrict target, const int32_t* __restrict weight,
                        int count, uint8_t* __restrict out) {
  for (int i = 0; i < count; ++i)
    out[i] = static_cast<uint8_t>(
        ((int32_t{target[i]} << kBits) + weight[i] * (int32_t{swap[i]} - target[i]) + (1 << (kBits - 1))) >> kBits);
}
FACEMAT_CLONES void sum(const uint16_t* __restrict swap, const uint16_t* __restrict target, const float* __restrict weight,
                        int count, uint16_t* __restrict out) {
  for (int i = 0; i < count; ++i)
    out[i] = static_cast<uint16_t>(
        static_cast<int32_t>(target[i] + static_cast<double>(weight[i]) * (int32_t{swap[i]} - target[i]) + 0.5));
}
FACEMAT_CLONES void sum(const float* __restrict swap, const float* __restrict target, const float* __restrict weight, int count,
                        float* __restrict out) {
  for (int i = 0; i < count; ++i) out[i] = weight[i] * swap[i] + (1 - weight[i]) * target[i];
}

// How many of the weights show any swap, and how many nothing else. Whole numbers, as a minimum of floats is not vectorised.
FACEMAT_CLONES void count_shown(const float* weight, int width, int& any, int& all) {
  int some = 0, full = 0;
  for (int x = 0; x < width; ++x) {
    some += weight[x] > 0 ? 1 : 0;
    full += weight[x] >= 1 ? 1 : 0;
  }
  any = some, all = full;
}

// Most of a frame is all target or all swap.
template <typename Value, typename Weight, typename Spread>
void blend_chunks(const Value* swap, const Value* target, const float* weight, int width, Value* out, Spread spread_weights) {
  Weight weights[3 * kChunk];
  for (int x = 0; x < width; x += kChunk) {
    const int count = std::min(kChunk, width - x);
    int any = 0, all = 0;
    count_shown(weight + x, count, any, all);
    if (any == 0 || all == count) {
      std::memcpy(out + 3 * x, (any == 0 ? target : swap) + 3 * x, 3 * count * sizeof(Value));
    } else {
      spread_weights(weight + x, count, weights);
      sum(swap + 3 * x, target + 3 * x, weights, 3 * count, out + 3 * x);
    }
  }
}

// The share of a pixel's residual that goes to a layer.
template <bool kFace>
FACEMAT_CLONES void explain(const float* __restrict face, const float* __restrict occluder, const float* __restrict alpha,
                            const float* __restrict pixels, int width, float* __restrict out) {
  for (int x = 0; x < width; ++x) {
    const float a = clamped(alpha[x]), b = 1 - a;
    const float residual = (pixels[x] - a * face[x] - b * occluder[x]) / (a * a + b * b);
    out[x] = std::min(1.f, std::max(0.f, kFace ? face[x] + a * residual : occluder[x] + b * residual));
  }
}

}  // namespace

void blend_row(const uint8_t* swap, const uint8_t* target, const float* weight, int width, uint8_t* out) {
  blend_chunks<uint8_t, int32_t>(swap, target, weight, width, out, spread_bits);
}
void blend_row(const uint16_t* swap, const uint16_t* target, const float* weight, int width, uint16_t* out) {
  blend_chunks<uint16_t, float>(swap, target, weight, width, out, spread);
}
void blend_row(const float* swap, const float* target, const float* weight, int width, float* out) {
  blend_chunks<float, float>(swap, target, weight, width, out, spread);
}

void explain_face(const LayerPair& layers, const float* alpha, const float* pixels, int width, float* face) {
  explain<true>(layers.face, layers.occluder, alpha, pixels, width, face);
}
void explain_occluder(const LayerPair& layers, const float* alpha, const float* pixels, int width, float* occluder) {
  explain<false>(layers.face, layers.occluder, alpha, pixels, width, occluder);
}

FACEMAT_CLONES void mark_soft(const float* __restrict alpha, const float* __restrict weight, int width, bool by_alpha,
                              bool by_weight, uint8_t* __restrict marks) {
  const uint8_t alphas = by_alpha ? 1 : 0, weights = by_weight ? 1 : 0;
  for (int x = 0; x < width; ++x) {
    const uint8_t mixed = (alpha[x] > 0) & (alpha[x] < 1), partial = weight[x]<1, shown = weight[x]> 0;
    marks[x] = shown & ((alphas & mixed) | (weights & partial));
  }
}

// The target shows alpha of the old face. A weight w below alpha takes the share w / alpha of both layers away and leaves the
// rest of the pixel as it was; a weight above alpha is a matte that knows better, and all that is left is the occluder.
FACEMAT_CLONES void occluder_share(const float* __restrict alpha, const float* __restrict weight, int width,
                                   float* __restrict share) {
  for (int x = 0; x < width; ++x) {
    const float a = clamped(alpha[x]), w = clamped(weight[x]), taken = w < a ? w / a : 1.f;
    share[x] = std::min(taken * (1 - a), 1 - w);
  }
}

FACEMAT_CLONES void blend_layers(const float* __restrict swap, const float* __restrict occluder, const float* __restrict target,
                                 const float* __restrict weight, const float* __restrict share, int width,
                                 float* __restrict out) {
  for (int x = 0; x < width; ++x) {
    const float w = clamped(weight[x]);
    out[x] = w * swap[x] + share[x] * occluder[x] + (1 - w - share[x]) * target[x];
  }
}

}  // namespace facemat
