#pragma once
// What the targets that read pictures share.

#include <opencv2/core.hpp>

#include "src/core/error.h"
#include "src/image/codec.h"

namespace facemat {

// Pictures within the bounds may take seconds; inputs that claim more than this are passed over.
inline constexpr int64_t kMostFuzzedPixels = 1 << 18;

// A picture of colours or grey, small, with an even and an uneven part.
inline cv::Mat small_picture(int type) {
  cv::Mat picture(9, 12, type, cv::Scalar(255, 128, 0, 255));
  for (int i = 0; i < 9; ++i) picture.row(i).col(i).setTo(cv::Scalar(i, 3 * i, 255, 128));
  return picture;
}

// Every reader of pictures over `bytes`. Throws Error if none reads them.
inline void read_as_every_kind(const std::string& bytes) {
  const ImageSize size = decode_image_size(bytes, "picture");
  if (int64_t{size.width} * size.height > kMostFuzzedPixels) return;
  int refused = 0;
  const auto attempt = [&](auto decode) {
    try {
      decode(bytes, "picture");
    } catch (const Error&) {
      ++refused;
    }
  };
  attempt(decode_image), attempt(decode_mask), attempt(decode_cutout), attempt(decode_straight_cutout), attempt(decode_trimap);
  require(refused < 5, "picture: read as nothing");
}

}  // namespace facemat
