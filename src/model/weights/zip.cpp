#include "src/model/weights/zip.h"

#include "src/core/error.h"
#include "src/core/hash.h"
#include "src/model/weights/byte_reader.h"

namespace facemat {
namespace {

using namespace std::string_view_literals;

constexpr uint64_t kEndSize = 22, kLocatorSize = 20, kMostComment = 65535;
constexpr uint64_t kSeeZip64 = 0xffffffff;

void expect_signature(ByteReader& reader, std::string_view signature, const char* what) {
  require(reader.take(4) == signature, "{}: damaged zip archive (no {} where one should be)", reader.where(), what);
}

// Where the directory begins.
uint64_t directory_offset(std::string_view bytes, const std::string& where) {
  const auto end = bytes.rfind("PK\5\6"sv);
  require(end != std::string_view::npos && bytes.size() - end >= kEndSize && bytes.size() - end <= kEndSize + kMostComment,
          "{}: damaged or cut short (a zip archive without its directory)", where);
  ByteReader reader(bytes, where);
  reader.seek(end + 16);
  const uint64_t offset = reader.number(4);
  if (end < kLocatorSize || bytes.substr(end - kLocatorSize, 4) != "PK\6\7"sv) return offset;
  reader.seek(end - kLocatorSize + 8);
  reader.seek(reader.number(8));
  expect_signature(reader, "PK\6\6"sv, "ZIP64 directory end");
  reader.take(44);
  return reader.number(8);
}

// Replaces those of size and offset that say "see the ZIP64 field", in its order.
void read_zip64(ByteReader extra, uint64_t& full_size, uint64_t& size, uint64_t& offset) {
  while (extra.left() >= 4) {
    const uint64_t id = extra.number(2), length = extra.number(2);
    ByteReader field(extra.take(length), extra.where());
    if (id != 1) continue;
    for (uint64_t* value : {&full_size, &size, &offset})
      if (*value == kSeeZip64) *value = field.number(8);
  }
}

}  // namespace

ZipArchive::ZipArchive(std::string_view bytes, std::string where) : bytes_(bytes), where_(std::move(where)) {
  ByteReader reader(bytes_, where_);
  reader.seek(directory_offset(bytes_, where_));
  while (reader.left() >= 4) {
    const auto signature = reader.take(4);
    if (signature == "PK\5\6"sv || signature == "PK\6\6"sv) return;  // the directory's end
    require(signature == "PK\1\2"sv, "{}: damaged zip archive (its directory is no directory)", where_);
    reader.take(4);  // versions
    const uint64_t flags = reader.number(2), method = reader.number(2);
    reader.take(4);  // time and date
    Record record{};
    record.checksum = static_cast<uint32_t>(reader.number(4));
    record.size = reader.number(4);
    uint64_t full_size = reader.number(4);
    const uint64_t name_length = reader.number(2), extra_length = reader.number(2), comment_length = reader.number(2);
    reader.take(8);  // disk and attributes
    record.offset = reader.number(4);
    const std::string name(reader.take(name_length));
    read_zip64(ByteReader(reader.take(extra_length), where_), full_size, record.size, record.offset);
    reader.take(comment_length);
    constexpr uint64_t kEncrypted = 1;
    record.stored = method == 0 && (flags & kEncrypted) == 0 && record.size == full_size;
    records_[name] = record;
  }
  fail("{}: damaged or cut short (a zip archive whose directory does not end)", where_);
}

std::string_view ZipArchive::read(const std::string& name) const {
  const auto found = records_.find(name);
  require(found != records_.end(), "{}: the archive holds no record '{}'", where_, name);
  const Record& record = found->second;
  require(record.stored, "{}: record '{}' is compressed (torch.save stores its records as they are)", where_, name);
  ByteReader reader(bytes_, where_);
  reader.seek(record.offset);
  expect_signature(reader, "PK\3\4"sv, "record");
  reader.take(22);  // as in the directory
  const uint64_t name_length = reader.number(2), extra_length = reader.number(2);
  reader.take(name_length);
  reader.take(extra_length);
  const auto bytes = reader.take(record.size);
  require(crc32(bytes) == record.checksum, "{}: damaged: record '{}' does not match its checksum", where_, name);
  return bytes;
}

}  // namespace facemat
