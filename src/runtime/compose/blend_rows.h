#pragma once
// The loops of compositor.cpp, over rows of pixels with three channels.

#include <cstdint>

namespace facemat {

// out = weight * swap + (1 - weight) * target for `width` pixels; a weight outside 0..1 is clamped, what is no number counts as
// 0. Weights of 0 and 1 give the bytes of target and swap.
//
// 8 bits: in integers, the weight taken to 23 bits, the sum rounded half up once. That is the exact sum, rounded half up, for
// every weight that is k / 2^n with n <= 23 or k / 255 (a sum then keeps 1/510 away from what rounds the other way, and 23 bits
// err by 1/65793 at most); for others it may differ where the exact sum lies that near to a half.
// 16 bits: in doubles, which hold product and sum exactly for weights of 2^-13 and above.
// Float: two products and a sum in float, as blend() in src/image/pixels.h; nothing is clamped.
void blend_row(const uint8_t* swap, const uint8_t* target, const float* weight, int width, uint8_t* out);
void blend_row(const uint16_t* swap, const uint16_t* target, const float* weight, int width, uint16_t* out);
void blend_row(const float* swap, const float* target, const float* weight, int width, float* out);

// 1 for pixels that show some of the swap and are soft: in alpha, in weight, or in either, as asked; else 0.
void mark_soft(const float* alpha, const float* weight, int width, bool by_alpha, bool by_weight, uint8_t* marks);

// One colour of soft pixels, with the layers that were estimated of target and swap (see layers.h).
struct LayerPair {
  const float *face = nullptr, *occluder = nullptr;
};

// The layer as the pixel itself has it: what both layers leave unexplained is shared out in the smallest way that makes
// alpha * face + (1 - alpha) * occluder the pixel again. Clamped to 0..1.
void explain_face(const LayerPair& layers, const float* alpha, const float* pixels, int width, float* face);
void explain_occluder(const LayerPair& layers, const float* alpha, const float* pixels, int width, float* occluder);

// What the swap's weight leaves for the occluder alone; the rest goes to the target. Where the weight is alpha: 1 - alpha.
void occluder_share(const float* alpha, const float* weight, int width, float* share);

// out = weight * swap + share * occluder + (1 - weight - share) * target.
void blend_layers(const float* swap, const float* occluder, const float* target, const float* weight, const float* share,
                  int width, float* out);

}  // namespace facemat
