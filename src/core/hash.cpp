#include "src/core/hash.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace facemat {
namespace {

// Eight bytes a step: table k advances a byte by k further zero bytes.
using CrcTables = std::array<std::array<uint32_t, 256>, 8>;
constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
    tables[0][i] = crc;
  }
  for (size_t k = 1; k < 8; ++k)
    for (size_t i = 0; i < 256; ++i) tables[k][i] = tables[k - 1][i] >> 8 ^ tables[0][tables[k - 1][i] & 255];
  return tables;
}
constexpr CrcTables kCrc = make_crc_tables();

}  // namespace

uint32_t crc32(std::string_view bytes) {
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  uint32_t crc = ~0u;
  for (; left >= 8; left -= 8, p += 8) {
    crc ^= p[0] | uint32_t{p[1]} << 8 | uint32_t{p[2]} << 16 | uint32_t{p[3]} << 24;
    crc = kCrc[7][crc & 255] ^ kCrc[6][crc >> 8 & 255] ^ kCrc[5][crc >> 16 & 255] ^ kCrc[4][crc >> 24] ^  //
          kCrc[3][p[4]] ^ kCrc[2][p[5]] ^ kCrc[1][p[6]] ^ kCrc[0][p[7]];
  }
  for (; left > 0; --left) crc = crc >> 8 ^ kCrc[0][(crc ^ *p++) & 255];
  return ~crc;
}

std::string hash_text(uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace facemat
