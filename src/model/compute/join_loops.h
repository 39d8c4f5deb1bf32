#pragma once
// Passes over the rows of channels-last maps (shares.h): several maps' channels written side by side into one map's rows, one
// of them upsampled on the way.

#include <cstdint>

namespace facemat {

// A block of `channels` channels inside wider rows: the first of them, and how far apart rows are.
template <typename T>
struct Channels {
  T* first;
  int64_t stride;
};

// to = from.
template <typename T>
void copy_channels(Channels<const T> from, Channels<T> to, int64_t rows, int64_t channels);

struct UpsampleShape {
  int64_t maps, channels, low_height, low_width, height, width;  // height <= 2 low_height, width <= 2 low_width
};

// Bilinear upsampling by two (align_corners false), cut to height x width from the top left.
template <typename T>
void upsample_twice(const T* low, const UpsampleShape& shape, Channels<T> up);

// Its transpose: the gradient of `low` from that of `up`.
template <typename T>
void upsample_twice_gradient(Channels<const T> up, const UpsampleShape& shape, T* low);

}  // namespace facemat
