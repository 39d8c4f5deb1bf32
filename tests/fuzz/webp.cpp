// WebP pictures.

#include <opencv2/imgcodecs.hpp>

#include "src/image/codec.h"
#include "tests/fuzz/pictures.h"
#include "tests/fuzz/targets.h"
#include "tests/support/odd_images.h"

namespace facemat {
namespace {

std::string encoded(int type, int quality) {
  std::vector<uint8_t> bytes;
  cv::imencode(".webp", small_picture(type), bytes, {cv::IMWRITE_WEBP_QUALITY, quality});
  return {bytes.begin(), bytes.end()};
}

std::vector<FuzzSeed> seeds() {
  const bool unread = !cv::haveImageWriter(".webp");  // by an OpenCV that was built without it
  const std::string flat = flat_webp_pixels(12, 9, 1, 2, 3), exif = riff_chunk("EXIF", exif_tiff(6, true));
  std::vector<FuzzSeed> out = {
      {"flat", webp_file(flat), unread},
      {"glass", webp_file(flat_webp_pixels(12, 9, 1, 2, 3, 4)), unread},
      {"turned", webp_file(webp_canvas(kWebpExif | kWebpProfile, 12, 9) + riff_chunk("ICCP", "odd") + flat + exif), unread},
      {"moving", webp_file(webp_canvas(kWebpAnimation, 12, 9) + riff_chunk("ANIM", "123456")), true},
      {"huge", webp_file(flat_webp_pixels(16384, 16384, 1, 2, 3)), true},
      {"start_alone", webp_file(""), true}};
  if (unread) return out;
  for (const int quality : {80, 101})  // lossy, lossless
    for (const int type : {CV_8UC3, CV_8UC4})
      out.push_back({fmt::format("encoded_{}_{}", quality, CV_MAT_CN(type)), encoded(type, quality)});
  return out;
}

}  // namespace

FuzzTarget webp_target() { return {"webp", "src/image/codec.h", 4096, seeds, read_as_every_kind}; }

}  // namespace facemat
