#pragma once
// Bytes of a file that may be damaged, read front to back: nothing outside them is ever touched.

#include <cstdint>
#include <string>
#include <string_view>

#include "src/core/error.h"

namespace facemat {

// ASCII without control characters: fit for a line of text.
inline bool is_printable(std::string_view text) {
  for (const char c : text)
    if (c < ' ' || c > '~') return false;
  return true;
}

class ByteReader {
 public:
  // `where` begins the messages of errors. Both outlive the reader.
  ByteReader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  uint64_t position() const { return at_; }
  uint64_t left() const { return bytes_.size() - at_; }
  const std::string& where() const { return where_; }

  void seek(uint64_t position) {
    require(position <= bytes_.size(), "{}: damaged or cut short (it points behind its end)", where_);
    at_ = position;
  }

  std::string_view take(uint64_t count) {
    require(count <= left(), "{}: damaged or cut short ({} bytes expected at {}, {} there)", where_, count, at_, left());
    const auto taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  // A little-endian number of `bytes` bytes, at most 8.
  uint64_t number(int bytes) {
    uint64_t value = 0;
    int shift = 0;
    for (const char c : take(static_cast<uint64_t>(bytes))) {
      value |= static_cast<uint64_t>(static_cast<uint8_t>(c)) << shift;
      shift += 8;
    }
    return value;
  }

  // Up to the next line feed, which is passed over.
  std::string_view line() {
    const auto end = bytes_.find('\n', at_);
    require(end != std::string_view::npos, "{}: damaged or cut short (a line does not end)", where_);
    const auto text = take(end - at_);
    ++at_;
    return text;
  }

 private:
  std::string_view bytes_;
  const std::string& where_;
  uint64_t at_ = 0;
};

}  // namespace facemat
