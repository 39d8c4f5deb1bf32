#include "train/run/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <vector>

#include "src/core/file.h"
#include "src/image/codec.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::ElementsAre;

// --- a reader of its own: records by their framing, messages by their wire format

uint32_t crc_bit_by_bit(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0x82f63b78 & (0 - (crc & 1)));
  }
  return crc ^ 0xffffffff;
}

template <typename Number>
Number number_at(std::string_view bytes, size_t at) {  // this test runs on little-endian machines
  Number number;
  EXPECT_LE(at + sizeof(number), bytes.size());
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

void expect_checksum(std::string_view bytes, uint32_t stored) {
  const uint32_t crc = crc_bit_by_bit(bytes);
  EXPECT_EQ(stored, ((crc >> 15) | (crc << 17)) + 0xa282ead8);
}

std::vector<std::string> records_of(std::string_view file) {
  std::vector<std::string> records;
  size_t at = 0;
  while (at + 12 <= file.size()) {
    const auto length = number_at<uint64_t>(file, at);
    expect_checksum(file.substr(at, 8), number_at<uint32_t>(file, at + 8));
    if (length > file.size() - at - 12) break;  // cut short
    records.emplace_back(file.substr(at + 12, length));
    expect_checksum(records.back(), number_at<uint32_t>(file, at + 12 + length));
    at += 16 + length;
  }
  return records;
}

struct Field {
  uint64_t number = 0, varint = 0;
  std::string bytes;  // of a length-delimited or fixed field
};

std::vector<Field> fields_of(std::string_view message) {
  size_t at = 0;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<uint8_t>(message.at(at++));
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  std::vector<Field> fields;
  while (at < message.size()) {
    const uint64_t key = varint(), type = key & 7;
    Field field{key >> 3, 0, ""};
    if (type == 0) {
      field.varint = varint();
    } else {
      const uint64_t length = type == 1 ? 8 : type == 5 ? 4 : varint();
      field.bytes = std::string(message.substr(at, length));
      at += length;
    }
    fields.push_back(field);
  }
  return fields;
}

Field field_of(std::string_view message, uint64_t number) {
  for (const Field& field : fields_of(message))
    if (field.number == number) return field;
  ADD_FAILURE() << "no field " << number;
  return {};
}

// "step: tag=value" for each number of the file, in order.
std::vector<std::string> numbers_of(const fs::path& file) {
  std::vector<std::string> numbers;
  for (const std::string& event : records_of(read_file(file)))
    for (const Field& part : fields_of(event)) {
      if (part.number != 5) continue;
      for (const Field& value : fields_of(part.bytes))
        numbers.push_back(std::to_string(field_of(event, 2).varint) + ": " + field_of(value.bytes, 1).bytes + "=" +
                          fmt::format("{:g}", number_at<float>(field_of(value.bytes, 2).bytes, 0)));
    }
  return numbers;
}

// --- the tests

TEST(Crc32c, OfTheStandardsExamples) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);    // RFC 3720, appendix B.4
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);  // likewise
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Events, OpenWithVersionAndStart) {
  const Scratch scratch;
  const EventWriter writer(scratch.path(), 501);
  const auto events = records_of(read_file(writer.path()));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(field_of(events[0], 3).bytes, "brain.Event:2");
  EXPECT_EQ(field_of(events[1], 2).varint, 501u);
  EXPECT_EQ(field_of(field_of(events[1], 7).bytes, 1).varint, 1u) << "SessionLog.START";
  EXPECT_GT(number_at<double>(field_of(events[1], 1).bytes, 0), 1.7e9) << "seconds since 1970";
}

TEST(Events, HoldNumbersByStepAndTag) {
  const Scratch scratch;
  EventWriter writer(scratch.path(), 1);
  writer.scalars(10, {{"loss/total", 0.5}, {"loss/l1", -0.25}});
  writer.scalars(100000, {{"valid/sad", 12}});
  EXPECT_THAT(numbers_of(writer.path()), ElementsAre("10: loss/l1=-0.25", "10: loss/total=0.5", "100000: valid/sad=12"));
}

TEST(Events, AreTheBytesOfTheFormat) {
  const Scratch scratch;
  EventWriter writer(scratch.path(), 1);
  writer.scalars(300, {{"a", 1}});
  const std::string event = records_of(read_file(writer.path())).back();
  // Event: 09 wall_time; 10 step 300 = ac 02; 2a summary, 10 bytes: 0a value, 8 bytes: 0a tag, 1 byte "a"; 15 number 1.0f.
  EXPECT_EQ(event.substr(0, 1), "\x09");
  EXPECT_EQ(event.substr(9), std::string("\x10\xac\x02\x2a\x0a\x0a\x08\x0a\x01\x61\x15\x00\x00\x80\x3f", 15));
}

TEST(Events, HoldPictures) {
  const Scratch scratch;
  EventWriter writer(scratch.path(), 1);
  cv::Mat bgr(20, 30, CV_8UC3);
  cv::randu(bgr, 0, 256);
  writer.image(7, "sample", bgr);
  const std::string event = records_of(read_file(writer.path())).back();
  EXPECT_EQ(field_of(event, 2).varint, 7u);
  const std::string value = field_of(field_of(event, 5).bytes, 1).bytes, image = field_of(value, 4).bytes;
  EXPECT_EQ(field_of(value, 1).bytes, "sample");
  EXPECT_EQ(field_of(image, 1).varint, 20u);
  EXPECT_EQ(field_of(image, 2).varint, 30u);
  EXPECT_EQ(field_of(image, 3).varint, 3u) << "RGB";
  EXPECT_EQ(cv::norm(decode_image(field_of(image, 4).bytes, "event"), bgr, cv::NORM_INF), 0);
  EXPECT_THAT(message_of([&] { writer.image(8, "sample", cv::Mat(2, 2, CV_32FC1)); }), testing::HasSubstr("8-bit BGR"));
}

// After a kill in the middle of a record the next start has a file of its own, read after the first.
TEST(Events, GoOnInANewFileAfterAKill) {
  const Scratch scratch;
  fs::path first;
  {
    EventWriter writer(scratch.path(), 1);
    first = writer.path();
    writer.scalars(1, {{"a", 1}});
    writer.scalars(2, {{"a", 2}});
  }
  fs::resize_file(first, fs::file_size(first) - 5);
  EventWriter again(scratch.path(), 2);
  again.scalars(2, {{"a", 3}});
  EXPECT_LT(first.filename().string(), again.path().filename().string()) << "read in this order";
  EXPECT_THAT(numbers_of(first), ElementsAre("1: a=1"));
  EXPECT_THAT(numbers_of(again.path()), ElementsAre("2: a=3"));
}

TEST(Events, NeverFallBehindTheNewestFile) {
  const Scratch scratch;
  write_file(scratch / "events.out.tfevents.9000000000.elsewhere", "");
  write_file(scratch / "events.out.tfevents.odd", "");
  const EventWriter writer(scratch.path(), 1);
  EXPECT_THAT(writer.path().filename().string(), testing::StartsWith("events.out.tfevents.9000000001."));
}

TEST(Events, SayWhereTheyCannotBeWritten) {
  const Scratch scratch;
  write_file(scratch / "file", "");
  EXPECT_THAT(message_of([&] { EventWriter(scratch / "file", 1); }), testing::HasSubstr((scratch / "file").string()));
}

}  // namespace
}  // namespace facemat
