// JPEG pictures.

#include "src/image/codec.h"
#include "tests/fuzz/pictures.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  std::string turned = encode_image(".jpg", small_picture(CV_8UC3));  // with EXIF that turns it
  const std::string tiff("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 26);
  const std::string exif = std::string("Exif\0\0", 6) + tiff;
  turned.insert(2, std::string("\xff\xe1\0", 3) + static_cast<char>(exif.size() + 2) + exif);
  return {{"colours", encode_image(".jpg", small_picture(CV_8UC3))},
          {"grey", encode_image(".jpg", small_picture(CV_8UC1))},
          {"turned", turned},
          {"start_alone", "\xff\xd8\xff", true}};
}

}  // namespace

FuzzTarget jpeg_target() { return {"jpeg", "src/image/codec.h", 4096, seeds, read_as_every_kind}; }

}  // namespace facemat
