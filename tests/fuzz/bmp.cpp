// BMP pictures.

#include "src/image/codec.h"
#include "tests/fuzz/pictures.h"
#include "tests/fuzz/targets.h"
#include "tests/support/odd_images.h"

namespace facemat {
namespace {

std::string picture(int height, int bits, int colours, uint32_t packing = 0) {
  OddBmp bmp;
  bmp.width = 5, bmp.height = height, bmp.bits = bits, bmp.packing = packing;
  for (int i = 0; i < 5 * std::abs(height); ++i) bmp.values.push_back(colours > 0 ? i % colours : i << 8 | i);
  for (int i = 0; i < colours; ++i) bmp.palette += {static_cast<char>(9 * i), static_cast<char>(i), '\0', '\0'};
  return odd_bmp(bmp);
}

std::vector<FuzzSeed> seeds() {
  std::string huge = picture(3, 24, 0);
  huge[20] = '\x7f';  // the third byte of its width
  return {{"one_bit", picture(3, 1, 2)},        {"sixteen_colours", picture(3, 4, 16)},
          {"palette", picture(3, 8, 200)},      {"colours", picture(3, 24, 0)},
          {"from_the_top", picture(-3, 24, 0)}, {"unused_byte", picture(3, 32, 0)},
          {"runs", picture(3, 8, 2, 1), true},  {"huge", huge, true},
          {"start_alone", "BM", true}};
}

}  // namespace

FuzzTarget bmp_target() { return {"bmp", "src/image/codec.h", 4096, seeds, read_as_every_kind}; }

}  // namespace facemat
