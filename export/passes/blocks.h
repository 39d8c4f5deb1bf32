#pragma once
// ONNX Runtime's blocked layout on x86 processors (NCHWc): channels in blocks of 16 (AVX-512) or 8 (AVX2, SSE), in which
// convolutions, sums, products of equal shapes, resizes by whole factors and joins of whole blocks are fast. Everything else
// is computed in rows, between two reorders. What is kept in blocks: onnxruntime/core/optimizer/nchwc_transformer.cc.

#include <cstdint>

namespace facemat {

inline constexpr int64_t kBlock = 16;           // fits both
inline constexpr int64_t kBlockedMultiple = 4;  // a convolution of other channel counts is computed in rows

inline bool fills_blocks(int64_t channels) { return channels % kBlock == 0; }

}  // namespace facemat
