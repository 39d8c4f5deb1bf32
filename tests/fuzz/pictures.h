#pragma once
// What the targets that read pictures share.

#include <opencv2/core.hpp>
#include <string>

#include "src/core/error.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/media/pictures/pictures.h"
#include "tests/fuzz/target.h"

namespace facemat {

// Pictures within the bounds may take seconds; inputs that claim more than this are passed over.
inline constexpr int64_t kMostFuzzedPixels = 1 << 16;

// A picture of colours or grey, small, with an even and an uneven part.
inline cv::Mat small_picture(int type) {
  cv::Mat picture(9, 12, type, cv::Scalar(255, 128, 0, 255));
  for (int i = 0; i < 9; ++i) picture.row(i).col(i).setTo(cv::Scalar(i, 3 * i, 255, 128));
  return picture;
}

// Tries readers that may each refuse what another one takes.
class Attempts {
 public:
  template <typename Read>
  void operator()(const Read& read) {
    ++made_;
    try {
      read();
    } catch (const Error&) {
      ++refused_;
    }
  }
  bool all_refused() const { return refused_ == made_; }

 private:
  int made_ = 0, refused_ = 0;
};

inline void read_as_every_mask(const fs::path& file, Attempts& attempt) {
  const MaskAdvice advice{"say that 1 is the face", "say which labels are the face"};
  MaskValues labels, white, two, inverted;
  labels.labels = {0, 1, 255}, labels.ignore = 7, white.white = 100, two.binary = true, inverted.inverted = true;
  for (const MaskValues& values : {MaskValues{}, labels, white, two, inverted})
    attempt([&] { read_mask_file(file, values, advice); });
  attempt([&] { read_predicted_matte(file); });
  attempt([&] { read_predicted_matte(file, 100); });
}

// Every reader of pictures over `bytes`. Throws Error if none reads them.
inline void read_as_every_kind(const std::string& bytes) {
  const ImageSize size = decode_image_size(bytes, "picture");
  if (int64_t{size.width} * size.height > kMostFuzzedPixels) return;
  const fs::path file = as_file("picture", bytes);
  ReadOptions deep;
  deep.bits = 16, deep.alpha = true;
  TrimapValues stated;
  stated.unknown = 127, stated.stated = true;
  Attempts attempt;
  attempt([&] { decode_image(bytes, "picture"); });
  attempt([&] { decode_mask(bytes, "picture"); });
  attempt([&] { decode_cutout(bytes, "picture"); });
  attempt([&] { decode_straight_cutout(bytes, "picture"); });
  attempt([&] { decode_levels(bytes, "picture"); });
  attempt([&] { decode_labels(bytes, "picture"); });
  attempt([&] { decode_trimap(bytes, "picture"); });
  attempt([&] { decode_trimap(bytes, "picture", stated); });
  attempt([&] { read_picture(file, deep); });
  read_as_every_mask(file, attempt);
  require(!attempt.all_refused(), "picture: read as nothing");
}

}  // namespace facemat
