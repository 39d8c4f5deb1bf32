#include "src/model/weights/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/src/model/weights/torch_archives.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string little(uint64_t value, int bytes) {
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

std::string content(const std::string& bytes, const std::string& name) {
  return std::string(ZipArchive(bytes, "z").read(name));
}

TEST(Zip, ReadsAnArchiveWrittenByHand) {
  EXPECT_EQ(content(PlainZip().bytes(), "a/b"), "123456789");
  PlainZip commented;
  commented.comment = "a comment";
  EXPECT_EQ(content(commented.bytes(), "a/b"), "123456789");
}

TEST(Zip, ReadsLibTorchsArchives) {
  const std::string large(100'000, 'x'), bytes = torch_archive({{"data.pkl", "one"}, {"data/0", large}, {"data/1", ""}});
  EXPECT_EQ(content(bytes, "archive/data.pkl"), "one");
  EXPECT_EQ(content(bytes, "archive/data/0"), large);
  EXPECT_EQ(content(bytes, "archive/data/1"), "");
}

TEST(Zip, SaysWhatIsWrong) {
  const auto message = [](const PlainZip& zip) { return message_of([&] { content(zip.bytes(), "a/b"); }); };
  const auto with = [](auto member, auto value) {
    PlainZip zip;
    zip.*member = value;
    return zip;
  };
  EXPECT_THAT(message(with(&PlainZip::checksum, 1u)), HasSubstr("checksum"));
  EXPECT_THAT(message(with(&PlainZip::method, 8)), HasSubstr("compressed"));
  EXPECT_THAT(message(with(&PlainZip::flags, 1)), HasSubstr("compressed"));
  EXPECT_THAT(message(with(&PlainZip::full_size, 10u)), HasSubstr("compressed"));
  EXPECT_THAT(message(with(&PlainZip::offset, 7u)), HasSubstr("no record where one should be"));
  EXPECT_THAT(message(with(&PlainZip::offset, 4'000'000'000u)), HasSubstr("behind its end"));
  EXPECT_THAT(message(with(&PlainZip::directory, 43u)), HasSubstr("its directory is no directory"));
  EXPECT_THAT(message(with(&PlainZip::directory, 4'000'000'000u)), HasSubstr("behind its end"));
  PlainZip long_record;
  long_record.size = long_record.full_size = 4'000'000'000u;
  EXPECT_THAT(message(long_record), HasSubstr("cut short"));
  EXPECT_THAT(message_of([] { content(PlainZip().bytes(), "a/c"); }), HasSubstr("no record 'a/c'"));
}

TEST(Zip, RefusesEveryTruncation) {
  for (const std::string& bytes : {PlainZip().bytes(), torch_archive({{"data.pkl", "one"}, {"data/0", "two"}})})
    for (size_t size = 0; size < bytes.size(); ++size)
      EXPECT_THAT(message_of([&] { ZipArchive(bytes.substr(0, size), "z"); }), StartsWith("z: ")) << size;
}

}  // namespace
}  // namespace facemat
