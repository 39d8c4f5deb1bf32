#include "src/media/pictures/deflate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "src/core/random.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

std::string from_hex(const std::string& digits) {
  std::string out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) out += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return out;
}

std::string squares() {
  std::string out;
  for (int i = 0; i < 60; ++i) out += fmt::format("{} {}\n", i, i * i);
  return out;
}

// What zlib makes of squares() at its highest level: a block with a code of its own.
std::string packed_squares() {
  return from_hex(
      "78da1590b9110031080373aa5009fcb6fb6fecf6220f63b44872b985c2526da567ad581be5d8aad68efad9d5b63dddb070852340914ca9e8b62834cf"
      "02e95b0bc4a86361301de5e5efaa92cd07935bae8692a16e264edfb62c4d3ecbd69cb51c2d945ced3f1d9dffefeafc9b584157ae07a5420f66e1c539"
      "5198712e166e020335588554cb8bbd3a8ac26ddddf3bfb4f316469922db826da92b4e11d6237bc4b07fda7a390269ec36bf205553501d3f9bfca72f6"
      "9fb23d6c9cfcf02694fbcfa93cfc4f5108fbd3caf7573daa9f37d48d319bf337c53f8d15f787ca1a3f1f3cf8474e");
}

// 1 + 258 `repeats` zeros in one block of the usual code: a 0, and that it is repeated 258 times from one place before, and
// again, in 13 bits each. Without its checksum.
std::string packed_zeros(int repeats) {
  std::string bytes;
  int used = 0;
  const auto put = [&](uint32_t word, int bits) {  // words begin with their highest bit
    for (int i = bits - 1; i >= 0; --i, ++used) {
      if (used % 8 == 0) bytes += '\0';
      bytes.back() = static_cast<char>(bytes.back() | (word >> i & 1) << used % 8);
    }
  };
  put(1, 1), put(2, 2), put(0x30, 8);
  for (int i = 0; i < repeats; ++i) put(0xc5, 8), put(0, 5);
  put(0, 7);
  return "\x78\x01" + bytes;
}

std::string refusal(const std::string& stream, size_t most = 1 << 20) {
  return message_of([&] { inflated(stream, most); });
}

TEST(Deflate, UnpacksWhatZlibPacked) {
  EXPECT_EQ(inflated(packed_squares(), 1000), squares());
  EXPECT_EQ(inflated(from_hex("78012bc957484a55c82f52c8cb2f51280171742014006d30083d"), 1000), "to be or not to be, to be");
  EXPECT_EQ(inflated(packed_zeros(2) + from_hex("02050001"), 1000), std::string(517, '\0'));
  EXPECT_EQ(inflated(packed_squares() + "and more", 1000), squares());
}

TEST(Deflate, WhatIsPackedComesBack) {
  Rng rng(3);
  std::string data;
  for (const size_t size : {0, 1, 65535, 65536, 200000}) {
    while (data.size() < size) data += static_cast<char>(rng.bits());
    EXPECT_EQ(inflated(deflated(data), size), data) << size;
  }
}

// 163 KiB that would become 25 MB, and the last byte that is one too many.
TEST(Deflate, MakesNoMoreThanIsAllowed) {
  EXPECT_EQ(refusal(packed_zeros(100'000)), "a packed stream holds more than 1048576 bytes");
  const size_t whole = squares().size();
  EXPECT_EQ(inflated(packed_squares(), whole).size(), whole);
  EXPECT_THAT(refusal(packed_squares(), whole - 1), HasSubstr("holds more than"));
  EXPECT_THAT(refusal(deflated("ab"), 1), HasSubstr("holds more than 1 bytes"));
}

TEST(Deflate, DamageIsRefused) {
  const std::string head("\x78\x01", 2);
  EXPECT_THAT(refusal(head + "\7"), HasSubstr("is damaged or cut off: invalid block type"));
  EXPECT_THAT(refusal(head + std::string("\1\1\0\0\0a", 6)), HasSubstr("invalid stored block lengths"));
  EXPECT_THAT(refusal(head + "\x03\x02"), HasSubstr("invalid distance")) << "a length, with nothing before it";
  EXPECT_THAT(refusal("not packed"), HasSubstr("incorrect header check"));
  const std::string whole = packed_squares();
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_NE(refusal(whole.substr(0, size)), "no error") << size;
  size_t accepted = 0;  // some bits fill up the last byte, and Adler-32 may miss a change
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string bad = whole;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    accepted += message_of([&] { inflated(bad, 1000); }) == "no error";
  }
  EXPECT_LE(accepted, 10u) << "of " << 8 * whole.size();
}

}  // namespace
}  // namespace facemat
