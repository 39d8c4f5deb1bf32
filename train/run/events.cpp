#include "train/run/events.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

constexpr std::string_view kPrefix = "events.out.tfevents.";

// --- numbers as bytes, least significant first

template <typename Unsigned>
std::string little_endian(Unsigned value) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(Unsigned); ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

template <typename Unsigned, typename Float>
std::string float_bytes(Float value) {
  static_assert(sizeof(Unsigned) == sizeof(Float));
  Unsigned bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return little_endian(bits);
}

// --- protocol buffer fields (https://protobuf.dev/programming-guides/encoding): a key (number << 3 | wire type), then the
// value

enum WireType : uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// Seven bits a byte, least significant first; the top bit says that more follow.
std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string key(uint64_t number, WireType type) { return varint(number << 3 | type); }

std::string int_field(uint64_t number, int64_t value) { return key(number, kVarint) + varint(static_cast<uint64_t>(value)); }
std::string double_field(uint64_t number, double value) { return key(number, kFixed64) + float_bytes<uint64_t>(value); }
std::string float_field(uint64_t number, float value) { return key(number, kFixed32) + float_bytes<uint32_t>(value); }
// A string, bytes or a nested message.
std::string bytes_field(uint64_t number, std::string_view value) {
  return (key(number, kBytes) + varint(value.size())).append(value);
}

// --- the messages, with the numbers of their fields in event.proto and summary.proto

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

// Event: 1 wall_time, 2 step; `what` is the field that says what happened.
std::string event(int64_t step, const std::string& what) { return double_field(1, now()) + int_field(2, step) + what; }

std::string file_version() { return bytes_field(3, "brain.Event:2"); }

// Event.session_log 7; SessionLog.status 1, START = 1.
std::string session_start() { return bytes_field(7, int_field(1, 1)); }

// Event.summary 5; Summary.value 1.
std::string summary(const std::string& values) { return bytes_field(5, values); }
std::string value(const std::string& tag, const std::string& content) {
  return bytes_field(1, bytes_field(1, tag) + content);  // Value.tag 1
}

// Value.image 4; Image: 1 height, 2 width, 3 colorspace, 4 encoded_image_string.
std::string picture(const cv::Mat& bgr) {
  constexpr int kRgb = 3;
  return bytes_field(
      4, int_field(1, bgr.rows) + int_field(2, bgr.cols) + int_field(3, kRgb) + bytes_field(4, encode_image(".png", bgr)));
}

// --- the file

// TFRecord stores checksums so that data holding checksums does not mislead them.
uint32_t masked_crc(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

std::string record(const std::string& data) {
  const std::string length = little_endian<uint64_t>(data.size());
  return length + little_endian(masked_crc(length)) + data + little_endian(masked_crc(data));
}

// SECONDS of an event file's name; 0 for other names.
int64_t seconds_of(const std::string& name) {
  if (name.compare(0, kPrefix.size(), kPrefix) != 0) return 0;
  constexpr size_t kMostDigits = 12;
  const std::string digits = name.substr(kPrefix.size(), name.find_first_not_of("0123456789", kPrefix.size()) - kPrefix.size());
  return digits.empty() || digits.size() > kMostDigits ? 0 : std::stoll(digits);
}

int64_t next_seconds(const fs::path& folder) {
  int64_t seconds = static_cast<int64_t>(now());
  for (const auto& entry : fs::directory_iterator(folder))
    seconds = std::max(seconds, seconds_of(entry.path().filename().string()) + 1);
  return seconds;
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

std::array<uint32_t, 256> crc_table() {
  constexpr uint32_t kPolynomial = 0x82f63b78;  // Castagnoli's, bits reversed
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = crc_table();
  uint32_t crc = ~0u;
  for (const char byte : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  return ~crc;
}

EventWriter::EventWriter(const fs::path& folder, int64_t first_step) {
  make_folder(folder);
  path_ = folder / fmt::format("{}{}.{}", kPrefix, next_seconds(folder), host_name());
  file_.reset(std::fopen(path_.c_str(), "wbxe"));
  require(file_ != nullptr, "{}: cannot be written ({})", path_.string(), system_reason());
  write(event(0, file_version()));
  write(event(first_step, session_start()));
}

void EventWriter::scalars(int64_t step, const std::map<std::string, double>& values) {
  std::string all;
  for (const auto& [tag, number] : values) all += value(tag, float_field(2, static_cast<float>(number)));  // simple_value
  write(event(step, summary(all)));
}

void EventWriter::image(int64_t step, const std::string& tag, const cv::Mat& bgr) {
  require(bgr.type() == CV_8UC3, "the picture '{}' must be 8-bit BGR, got {}", tag, cv::typeToString(bgr.type()));
  write(event(step, summary(value(tag, picture(bgr)))));
}

void EventWriter::write(const std::string& event) {
  const std::string bytes = record(event);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size() && std::fflush(file_.get()) == 0;
  require(written, "{}: cannot be written ({})", path_.string(), system_reason());
}

}  // namespace facemat
