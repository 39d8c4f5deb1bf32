// Colour profiles in PNG, JPEG and WebP files, and what they call themselves.

#include "src/media/pictures/profile.h"

#include "src/core/hash.h"
#include "tests/fuzz/pictures.h"
#include "tests/fuzz/targets.h"
#include "tests/support/odd_images.h"

namespace facemat {
namespace {

std::string big_endian(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

// A header, and a table of one tag, which says that its name takes `bytes` bytes from the byte `at` on; then 20 bytes.
std::string profile(uint32_t at, uint32_t bytes) {
  std::string out(128, '\0');
  out.replace(16, 4, "RGB ");
  return out + big_endian(1) + "desc" + big_endian(at) + big_endian(bytes) + "desc" + std::string(8, '\0') + "a name  ";
}

// A PNG with what zlib makes of profile(144, 20).
std::string with_packed_profile(const std::string& png) {
  const std::string chunk(
      "iCCPn\0\0"
      "\x78\xda\x63\x60\x40\x05\x41\xee\x4e\x0a\x0c\xf4\x05\x8c\x29\xa9\xc5\xc9\x40\x7a\x02\x10"
      "\x8b\x40\xd9\x60\x90\xa8\x90\x97\x98\x9b\xaa\xa0\x00\x00\xfb\x72\x07\x41",
      47);
  constexpr size_t kHeader = 33;  // the signature, and the chunk that stands first
  return png.substr(0, kHeader) + big_endian(static_cast<uint32_t>(chunk.size() - 4)) + chunk + big_endian(crc32(chunk)) +
         png.substr(kHeader);
}

std::vector<FuzzSeed> seeds() {
  const std::string png = encode_image(".png", small_picture(CV_8UC3)), jpeg = encode_image(".jpg", small_picture(CV_8UC3));
  const std::string named = profile(144, 20);
  return {{"png", with_colour_profile(png, named)},
          {"jpeg", with_colour_profile(jpeg, named)},
          {"webp", webp_file(webp_canvas(kWebpProfile, 3, 2) + riff_chunk("ICCP", named) + flat_webp_pixels(3, 2, 1, 2, 3))},
          {"packed", with_packed_profile(png)},
          {"name_of_four_bytes_at_the_end", with_colour_profile(png, profile(160, 4))},
          {"name_beyond_the_end", with_colour_profile(png, profile(0xfffffff0, 0xff))},
          {"png_without", png, true},
          {"jpeg_without", jpeg, true},
          {"webp_without", webp_file(flat_webp_pixels(3, 2, 1, 2, 3)), true}};
}

void read(const std::string& bytes) {
  profile_name(bytes);
  const std::string found = colour_profile(bytes);
  require(!found.empty(), "picture: no profile");
  profile_name(found);
}

}  // namespace

FuzzTarget profile_target() { return {"profile", "src/media/pictures/profile.h", 2048, seeds, read}; }

}  // namespace facemat
