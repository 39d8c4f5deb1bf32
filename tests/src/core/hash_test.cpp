#include "src/core/hash.h"

#include <gtest/gtest.h>

namespace facemat {
namespace {

// Test vectors of the FNV reference page (Noll).
TEST(Hash, MatchesFnv1a) {
  EXPECT_EQ(hash_bytes(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(hash_bytes("a"), 0xaf63dc4c8601ec8cull);
  EXPECT_EQ(hash_bytes("foobar"), 0x85944171f73967e8ull);
}

TEST(Hash, ContinuesOverParts) { EXPECT_EQ(hash_bytes("bar", hash_bytes("foo")), hash_bytes("foobar")); }

TEST(Hash, TakesEveryByte) { EXPECT_NE(hash_bytes(std::string_view("\0\xff", 2)), hash_bytes(std::string_view("\0\xfe", 2))); }

// The check value of the catalogue of CRCs (Cook), and what is left over behind steps of eight bytes.
TEST(Hash, MatchesCrc32) {
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
  EXPECT_EQ(crc32("IEND"), 0xae426082u);  // of every PNG
}

TEST(Hash, IsWrittenWithSixteenDigits) { EXPECT_EQ(hash_text(0xabc), "0000000000000abc"); }

}  // namespace
}  // namespace facemat
