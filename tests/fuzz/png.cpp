// PNG pictures. Checksums are set right in a second reading, so that what libFuzzer makes up gets past them.

#include "src/image/codec.h"
#include "tests/fuzz/pictures.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

uint32_t crc_of(const std::string& bytes, size_t from, size_t count) {
  uint32_t crc = ~0u;
  for (size_t i = from; i < from + count; ++i) {
    crc ^= static_cast<uint8_t>(bytes[i]);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

uint32_t be32(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

// With the right checksum behind every whole chunk.
std::string repaired(std::string png) {
  for (size_t at = 8; at + 12 <= png.size();) {
    const uint64_t length = be32(png, at);
    if (length > png.size() - at - 12) break;
    const uint32_t crc = crc_of(png, at + 4, length + 4);
    for (int i = 0; i < 4; ++i) png[at + 8 + length + i] = static_cast<char>(crc >> (24 - 8 * i));
    at += 12 + length;
  }
  return png;
}

std::vector<FuzzSeed> seeds() {
  std::string huge = encode_image(".png", small_picture(CV_8UC3));
  huge[16] = '\x7f';  // the highest byte of its width
  return {{"colours", encode_image(".png", small_picture(CV_8UC3))},
          {"grey", encode_image(".png", small_picture(CV_8UC1))},
          {"alpha", encode_image(".png", small_picture(CV_8UC4))},
          {"deep", encode_image(".png", small_picture(CV_16UC4))},
          {"trimap", encode_image(".png", cv::Mat(8, 8, CV_8UC1, cv::Scalar(128)))},
          {"huge", huge, true},
          {"signature_alone", "\x89PNG\r\n\x1a\n", true}};
}

void read(const std::string& bytes) {
  try {
    read_as_every_kind(repaired(bytes));
  } catch (const Error&) {  // as damaged as it was made up
  }
  read_as_every_kind(bytes);
}

}  // namespace

FuzzTarget png_target() { return {"png", "src/image/codec.h", 4096, seeds, read}; }

}  // namespace facemat
