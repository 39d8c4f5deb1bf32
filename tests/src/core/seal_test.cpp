#include "src/core/seal.h"

#include <gtest/gtest.h>

namespace facemat {
namespace {

TEST(Seal, IsAMetadataEntryOfOnnx) {
  const std::string file = sealed("model");
  ASSERT_EQ(file.size(), 5u + 2 + 2 + 12 + 2 + 16);
  EXPECT_EQ(file.substr(0, 5), "model");
  EXPECT_EQ(file.substr(5, 4), "\x72\x20\x0a\x0c");  // field 14 of 32 bytes; in it field 1 of 12
  EXPECT_EQ(file.substr(9, 12), kSealKey);
  EXPECT_EQ(file.substr(21, 2), "\x12\x10");  // field 2 of 16
  EXPECT_TRUE(seal_holds(file));
  EXPECT_EQ(without_seal(file), "model");
}

TEST(Seal, BreaksAtEveryFlippedBitAndEveryCut) {
  const std::string file = sealed(std::string("bytes of a model \0 with zeros", 29));
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(seal_holds(damaged)) << bit;
  }
  for (size_t length = 0; length < file.size(); ++length) EXPECT_FALSE(seal_holds(file.substr(0, length))) << length;
  EXPECT_FALSE(seal_holds(file + "x"));
}

TEST(Seal, TakesNothingFromAFileWithoutOne) {
  const std::string plain(100, 'm');
  EXPECT_FALSE(seal_holds(plain));
  EXPECT_EQ(without_seal(plain), plain);
  EXPECT_EQ(without_seal("short"), "short");
  EXPECT_EQ(without_seal(""), "");
  std::string damaged = sealed(plain);
  damaged.back() ^= 1;  // still a seal, though a broken one
  EXPECT_EQ(without_seal(damaged), plain);
}

}  // namespace
}  // namespace facemat
