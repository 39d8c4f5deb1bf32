#include "data/store/tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "src/core/file.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A header by the book (POSIX 1003.1-1988, 10.1.1), its checksum made last.
struct Entry {
  std::string name, content, prefix = {};
  std::string size = {};  // the field as it stands; empty: that of the content
  char type = '0';
  std::string magic = std::string(
      "ustar\0"
      "00",
      8);
};

std::string blocks_of(const Entry& e) {
  std::string header(512, '\0');
  const auto put = [&](size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  char octal[13];
  std::snprintf(octal, sizeof octal, "%011zo", e.content.size());
  put(0, e.name), put(100, "0000644"), put(124, e.size.empty() ? octal : e.size), put(136, "00000000000");
  put(156, std::string(1, e.type)), put(257, e.magic), put(345, e.prefix), put(148, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(octal, sizeof octal, "%06o", sum);
  put(148, std::string(octal, 7) + " ");
  return header + e.content + std::string((512 - e.content.size() % 512) % 512, '\0');
}

const std::string kEnd(1024, '\0');

class TarFileTest : public testing::Test {
 protected:
  fs::path file(const std::string& bytes) {
    write_plain(scratch_ / "a.tar", bytes);
    return scratch_ / "a.tar";
  }
  std::string members_message(const std::string& bytes) {
    const fs::path path = file(bytes);
    return message_of([&] { TarFile(path).members(); });
  }
  Scratch scratch_;
};

TEST_F(TarFileTest, FindsEveryFileAndItsBytes) {
  const std::string large(1234, 'x');
  const TarFile tar(file(blocks_of({"1.json", "{}"}) + blocks_of({"empty", ""}) + blocks_of({"2.png", large}) +
                         blocks_of({"old", "z", "", "", '\0'}) + kEnd));
  const std::vector<TarMember> members = tar.members();
  ASSERT_EQ(members.size(), 4u);
  EXPECT_EQ(members[0].name, "1.json");
  EXPECT_EQ(members[0].offset, 512);
  EXPECT_EQ(members[2].offset, 512 + 512 + 512 + 512);
  EXPECT_EQ(members[2].size, 1234);
  EXPECT_EQ(tar.read(members[0], 100), "{}");
  EXPECT_EQ(tar.read(members[1], 100), "");
  EXPECT_EQ(tar.read(members[2], 1234), large);
  EXPECT_EQ(tar.read(members[3], 100), "z");
  EXPECT_TRUE(TarFile(file(kEnd)).members().empty());
}

TEST_F(TarFileTest, NamesMayHaveAPrefixAndAreOnlyNames) {
  const std::string gnu = std::string("ustar  \0", 8);
  const TarFile tar(file(blocks_of({"1.png", "a", "shots/day"}) + blocks_of({"../../etc/passwd", "b"}) +
                         blocks_of({std::string(100, 'n'), "c"}) + blocks_of({"4.png", "d", "no prefix", "", '0', gnu}) +
                         kEnd));
  const std::vector<TarMember> members = tar.members();
  ASSERT_EQ(members.size(), 4u);
  EXPECT_EQ(members[0].name, "shots/day/1.png");
  EXPECT_EQ(members[1].name, "../../etc/passwd");
  EXPECT_EQ(tar.read(members[1], 10), "b");
  EXPECT_EQ(members[2].name, std::string(100, 'n'));
  EXPECT_EQ(members[3].name, "4.png");
}

TEST_F(TarFileTest, PassesOverWhatIsNoFile) {
  const TarFile tar(file(blocks_of({"folder/", "", "", "", '5'}) + blocks_of({"link", "", "", "00000001000", '2'}) +
                         blocks_of({"PaxHeader/1", "30 mtime=1700000000.123456789\n", "", "", 'x'}) +
                         blocks_of({"1.png", "a"}) + blocks_of({"././@LongLink", std::string(300, 'n'), "", "", 'L'}) +
                         blocks_of({"2.png", "b"}) + kEnd));
  const std::vector<TarMember> members = tar.members();
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(tar.read(members[0], 10), "a");
  EXPECT_EQ(tar.read(members[1], 10), "b");
}

TEST_F(TarFileTest, DamageIsNamed) {
  const std::string good = blocks_of({"1.png", "abc"});
  EXPECT_THAT(members_message(""), HasSubstr("a.tar: the tar file is truncated"));
  EXPECT_THAT(members_message(good), HasSubstr("a.tar: the tar file is truncated"));
  const std::string large = blocks_of({"2.png", std::string(300, 'x')});
  EXPECT_THAT(members_message(good + large.substr(0, 700)), HasSubstr("truncated ('2.png' at byte 1024 has 300 bytes)"));
  EXPECT_THAT(members_message(good + large.substr(0, 300)), HasSubstr("a.tar: the tar file is truncated"));
  EXPECT_THAT(members_message(good + std::string(2000, '#')), HasSubstr("the tar file is damaged (no header at byte 1024)"));
  for (size_t i = 0; i < 512; ++i) {  // no byte of a header can change unseen
    if (i == 155) continue;           // but the filler behind the checksum
    std::string bytes = good + kEnd;
    bytes[i] ^= 1;
    EXPECT_THAT(members_message(bytes), HasSubstr("no header at byte 0")) << i;
  }
}

TEST_F(TarFileTest, SizesAreNotTrusted) {
  const auto of_size = [&](const std::string& size) { return members_message(blocks_of({"1.png", "abc", "", size}) + kEnd); };
  EXPECT_THAT(of_size("77777777777"), HasSubstr("truncated ('1.png' at byte 0 has 8589934591 bytes)"));
  EXPECT_THAT(of_size("777777777777"), HasSubstr("has 68719476735 bytes"));
  EXPECT_THAT(of_size("00000010000"), HasSubstr("has 4096 bytes"));
  for (const std::string size :
       {"-0000000001", "00000000008", "           ", "0x000000003", "\x80\xff\xff\xff\xff\xff\xff\xff"})
    EXPECT_THAT(of_size(size), HasSubstr("no header at byte 0")) << size;
}

TEST_F(TarFileTest, ReadsOnlyWhatIsThere) {
  const TarFile tar(file(blocks_of({"1.png", "abc"}) + blocks_of({"folder", "", "", "", '5'}) + kEnd));
  const auto reading = [&](const TarMember& member, int64_t most = 1000) {
    return message_of([&] { tar.read(member, most); });
  };
  EXPECT_EQ(reading({"1.png", 512, 3}), "no error");
  EXPECT_THAT(reading({"2.png", 512, 3}), HasSubstr("a.tar: there is no '2.png' of 3 bytes at byte 512"));
  EXPECT_THAT(reading({"1.png", 512, 2}), HasSubstr("there is no '1.png' of 2 bytes"));
  EXPECT_THAT(reading({"1.png", 513, 3}), HasSubstr("there is no '1.png'"));
  EXPECT_THAT(reading({"folder", 1536, 0}), HasSubstr("there is no 'folder'"));
  EXPECT_THAT(reading({"1.png", 512, 3}, 2), HasSubstr("'1.png' has 3 bytes, more than the 2 allowed here"));
  for (const TarMember& outside : {TarMember{"1.png", -1, 3}, TarMember{"1.png", 0, 3}, TarMember{"1.png", 512, -3},
                                   TarMember{"1.png", 1 << 20, 3}, TarMember{"1.png", INT64_MAX, 3}})
    EXPECT_THAT(reading(outside), HasSubstr("lies outside the file (2560 bytes)")) << outside.offset;
}

TEST_F(TarFileTest, NeedsAPlainFile) {
  EXPECT_THAT(message_of([&] { TarFile(scratch_ / "none.tar"); }), HasSubstr("none.tar: no such file"));
  EXPECT_THAT(message_of([&] { TarFile{scratch_.path()}; }), HasSubstr("no such file"));
  EXPECT_THAT(message_of([] { TarFile("/dev/zero"); }), StartsWith("/dev/zero: no such file"));
}

}  // namespace
}  // namespace facemat
