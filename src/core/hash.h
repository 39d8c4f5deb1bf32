#pragma once
// A 64-bit content hash (FNV-1a) to recognise equal inputs, and the checksum of files that have one. Not cryptographic.

#include <cstdint>
#include <string>
#include <string_view>

namespace facemat {

inline constexpr uint64_t kHashStart = 0xcbf29ce484222325ull;

// Hash of `bytes`, continuing from `hash`: hash_bytes(b, hash_bytes(a)) equals hash_bytes(a + b).
inline uint64_t hash_bytes(std::string_view bytes, uint64_t hash = kHashStart) {
  for (unsigned char c : bytes) hash = (hash ^ c) * 0x100000001b3ull;
  return hash;
}

// Sixteen lower-case hex digits.
std::string hash_text(uint64_t hash);

// CRC-32, as PNG (ISO 15948, annex D) and zip archives have it.
uint32_t crc32(std::string_view bytes);

}  // namespace facemat
