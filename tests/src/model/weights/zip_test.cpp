#include "src/model/weights/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/src/model/weights/plain_zip.h"
#include "tests/src/model/weights/torch_archives.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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
