#pragma once
// A zip archive written byte by byte.

#include <cstdint>
#include <string>

namespace facemat {

inline std::string little(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

// An archive of one record "a/b", byte by byte from the format's description, without ZIP64.
struct PlainZip {
  std::string data = "123456789";
  uint32_t checksum = 0xcbf43926;  // CRC-32's published check value for these nine digits
  int method = 0, flags = 0;
  uint32_t size = 9, full_size = 9, offset = 0;
  uint32_t directory = 42;  // 30 + 3 + 9
  std::string comment;

  std::string bytes() const {
    const std::string sizes = little(checksum, 4) + little(size, 4) + little(full_size, 4);
    const std::string shared = little(20, 2) + little(flags, 2) + little(method, 2) + little(0, 4) + sizes + little(3, 2);
    const std::string entry =
        "PK\1\2" + little(20, 2) + shared + little(0, 2) + little(0, 2) + little(0, 8) + little(offset, 4) + "a/b";
    const std::string end = "PK\5\6" + little(0, 4) + little(1, 2) + little(1, 2) + little(entry.size(), 4) +
                            little(directory, 4) + little(comment.size(), 2) + comment;
    return "PK\3\4" + shared + little(0, 2) + "a/b" + data + entry + end;
  }
};

}  // namespace facemat
