#include "data/store/tar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int64_t kBlock = 512;  // headers and contents start at multiples of it

// What a header states (POSIX 1003.1-1988, 10.1.1).
struct Header {
  std::string name;
  int64_t size = 0;
  char type = '0';
};

std::string text_field(std::string_view block, size_t at, size_t length) {
  const std::string_view field = block.substr(at, length);
  return std::string(field.substr(0, field.find('\0')));
}

// Octal digits, perhaps after spaces, up to a space or zero byte; nothing if it is not that.
std::optional<int64_t> number_field(std::string_view block, size_t at, size_t length) {
  std::string_view field = block.substr(at, length);
  field.remove_prefix(std::min(field.find_first_not_of(' '), field.size()));
  field = field.substr(0, field.find_first_of(std::string_view(" \0", 2)));
  if (field.empty() || field.find_first_not_of("01234567") != std::string_view::npos) return {};
  int64_t value = 0;  // twelve digits at most: 36 bits
  for (const char digit : field) value = 8 * value + (digit - '0');
  return value;
}

// The sum of all bytes, those of the checksum itself counted as spaces.
int64_t checksum(std::string_view block) {
  constexpr size_t kAt = 148, kLength = 8;
  int64_t sum = 0;
  for (size_t i = 0; i < block.size(); ++i) sum += i >= kAt && i < kAt + kLength ? ' ' : static_cast<uint8_t>(block[i]);
  return sum;
}

// Nothing if the block is no header.
std::optional<Header> parse_header(std::string_view block) {
  const auto size = number_field(block, 124, 12), sum = number_field(block, 148, 8);
  if (block.substr(257, 5) != "ustar" || !size || !sum || *sum != checksum(block)) return {};
  const std::string name = text_field(block, 0, 100);
  const bool posix = block[262] == '\0';  // GNU's older header has other fields where the prefix is
  const std::string prefix = posix ? text_field(block, 345, 155) : "";
  return Header{prefix.empty() ? name : prefix + "/" + name, *size, block[156]};
}

bool is_file(const Header& header) { return header.type == '0' || header.type == '\0' || header.type == '7'; }

// Links, devices, folders and pipes have no content, whatever size they state.
bool has_content(const Header& header) { return header.type < '1' || header.type > '6'; }

}  // namespace

TarFile::TarFile(fs::path path) : path_(std::move(path)) {
  require(fs::is_regular_file(path_), "{}: no such file", path_.string());
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  require(fd_ >= 0, "{}: cannot open: {}", path_.string(), system_reason());
  struct stat status {};
  if (::fstat(fd_, &status) == 0) size_ = status.st_size;
}

TarFile::~TarFile() { ::close(fd_); }

std::string TarFile::bytes_at(int64_t offset, int64_t count) const {
  std::string bytes(static_cast<size_t>(count), '\0');
  for (int64_t done = 0; done < count;) {
    const ssize_t got = ::pread(fd_, bytes.data() + done, static_cast<size_t>(count - done), offset + done);
    if (got < 0 && errno == EINTR) continue;
    require(got > 0, "{}: cannot read: {}", path_.string(), got < 0 ? system_reason() : "the file shrank");
    done += got;
  }
  return bytes;
}

std::vector<TarMember> TarFile::members() const {
  std::vector<TarMember> members;
  for (int64_t at = 0;;) {
    require(at <= size_ - kBlock, "{}: the tar file is truncated", path_.string());
    const std::string block = bytes_at(at, kBlock);
    if (block.find_first_not_of('\0') == std::string::npos) return members;  // the closing block
    const auto header = parse_header(block);
    require(header.has_value(), "{}: the tar file is damaged (no header at byte {})", path_.string(), at);
    const int64_t offset = at + kBlock, size = has_content(*header) ? header->size : 0;
    require(size <= size_ - offset, "{}: the tar file is truncated ('{}' at byte {} has {} bytes)", path_.string(),
            header->name, at, size);
    if (is_file(*header)) members.push_back({header->name, offset, size});
    at = offset + (size + kBlock - 1) / kBlock * kBlock;
  }
}

std::string TarFile::read(const TarMember& member, int64_t most_bytes) const {
  const auto [name, offset, size] = member;
  require(size <= most_bytes, "{}: '{}' has {} bytes, more than the {} allowed here", path_.string(), name, size, most_bytes);
  const bool inside = offset >= kBlock && size >= 0 && offset <= size_ && size <= size_ - offset;
  require(inside, "{}: '{}' of {} bytes at byte {} lies outside the file ({} bytes)", path_.string(), name, size, offset,
          size_);
  std::string bytes = bytes_at(offset - kBlock, kBlock + size);
  const auto header = parse_header(std::string_view(bytes).substr(0, kBlock));
  require(header && is_file(*header) && header->name == name && header->size == size,
          "{}: there is no '{}' of {} bytes at byte {}", path_.string(), name, size, offset);
  bytes.erase(0, kBlock);
  return bytes;
}

}  // namespace facemat
