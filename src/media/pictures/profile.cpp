#include "src/media/pictures/profile.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "src/core/error.h"
#include "src/core/hash.h"
#include "src/core/text.h"
#include "src/image/container.h"
#include "src/media/pictures/deflate.h"

namespace facemat {
namespace {

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n", kJpeg = "\xff\xd8", kIccMark("ICC_PROFILE\0", 12);
// Of a PNG's profile, which may unpack to 1032 times what the file holds. Curves and a matrix take some hundred bytes, the
// tables of printers and scanners up to 3 MiB. Packed it is hardly longer than it is.
constexpr size_t kMostProfile = 4 << 20, kMostPacked = kMostProfile + kMostProfile / 1024;

FoundProfile not_found(const std::string& fault) { return {{}, fault}; }

uint32_t number(std::string_view bytes, size_t at, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}
std::string written(uint32_t value, int count) {
  std::string out;
  for (int i = count - 1; i >= 0; --i) out += static_cast<char>(value >> 8 * i);
  return out;
}

// A chunk of a PNG.
std::string chunk(const std::string& type, const std::string& data) {
  return written(static_cast<uint32_t>(data.size()), 4) + type + data + written(crc32(type + data), 4);
}

// The profile of an iCCP chunk: a name, a 0, the method (0: zlib), the stream (ISO 15948, 11.3.3.3).
FoundProfile unpacked(std::string_view data) {
  const size_t name = data.find('\0');
  if (name == std::string_view::npos || name + 2 > data.size() || data[name + 1] != 0) return not_found("it is damaged");
  try {
    return {inflated(data.substr(name + 2), kMostProfile), {}};
  } catch (const Error& error) {
    return not_found(error.what());
  }
}

FoundProfile png_profile(std::string_view file) {
  for (size_t at = kPng.size(); at + 12 <= file.size();) {
    const size_t size = number(file, at, 4), room = file.size() - at - 12;
    const std::string_view type = file.substr(at + 4, 4);
    if (type == "iCCP" && size > std::min(room, kMostPacked)) return not_found("it is too long, or cut off");
    if (type == "iCCP") return unpacked(file.substr(at + 8, size));
    if (size > room || type == "IDAT") return {};
    at += size + 12;
  }
  return {};
}

// In pieces, each with its number and how many there are.
FoundProfile jpeg_profile(std::string_view file) {
  constexpr uint32_t kApp2 = 0xe2, kScan = 0xda;
  std::map<int, std::string_view> pieces;
  size_t count = 0;
  for (size_t at = 2; at + 4 <= file.size() && static_cast<uint8_t>(file[at]) == 0xff;) {
    const uint32_t marker = number(file, at + 1, 1);
    if (marker == 0xff) {  // a fill byte
      ++at;
      continue;
    }
    const size_t length = number(file, at + 2, 2);
    if (marker == kScan || length < 2 || length > file.size() - at - 2) break;
    const std::string_view data = file.substr(at + 4, length - 2);
    if (marker == kApp2 && starts_with(data, kIccMark) && data.size() > 14)
      pieces[static_cast<uint8_t>(data[12])] = data.substr(14), count = static_cast<uint8_t>(data[13]);
    at += 2 + length;
  }
  if (pieces.empty()) return {};
  const bool whole = pieces.size() == count && pieces.begin()->first == 1;
  if (!whole || pieces.rbegin()->first != static_cast<int>(count)) return not_found("pieces of it are missing");
  std::string profile;
  for (const auto& [place, piece] : pieces) profile += piece;
  return {profile, {}};
}

FoundProfile webp_profile(std::string_view file) {
  const container::WebpProfile stored = container::webp_profile(file);
  if (!stored.data.empty() || !stored.promised) return {std::string(stored.data), {}};
  return not_found("it is not before the pixels, or cut off");
}

FoundProfile stored_profile(std::string_view file) {
  if (starts_with(file, kPng)) return png_profile(file);
  if (starts_with(file, kJpeg)) return jpeg_profile(file);
  return container::format_of(file) == container::Format::kWebp ? webp_profile(file) : FoundProfile();
}

}  // namespace

FoundProfile find_profile(std::string_view file) {
  constexpr size_t kHeader = 128;
  FoundProfile found = stored_profile(file);
  if (found.bytes.empty()) return found;
  if (found.bytes.size() <= kHeader) return not_found("it is damaged");
  const std::string space = found.bytes.substr(16, 4);
  return space == "RGB " ? found : not_found("it is of " + printable(space) + ", not RGB");
}

std::string with_colour_profile(const std::string& file, const std::string& profile) {
  if (profile.empty()) return file;
  if (starts_with(file, kPng)) {
    const size_t header = kPng.size() + 25;  // IHDR stands first
    return file.substr(0, header) + chunk("iCCP", std::string("ICC profile\0\0", 13) + deflated(profile)) + file.substr(header);
  }
  constexpr size_t kPiece = 65533 - 14;
  const size_t count = (profile.size() + kPiece - 1) / kPiece;
  if (!starts_with(file, kJpeg) || count > 255) return file;
  // Behind JFIF's own segment, which stands first.
  const bool jfif = file.size() > 4 && static_cast<uint8_t>(file[3]) == 0xe0;
  const size_t start = jfif ? 4 + number(file, 4, 2) : 2;
  std::string segments;
  for (size_t i = 0; i < count; ++i) {
    const std::string piece = profile.substr(i * kPiece, kPiece);
    segments += "\xff\xe2" + written(static_cast<uint32_t>(piece.size() + 16), 2) + std::string(kIccMark) +
                static_cast<char>(i + 1) + static_cast<char>(count) + piece;
  }
  return file.substr(0, start) + segments + file.substr(start);
}

std::string profile_name(std::string_view profile) {
  // A table of tags behind the header; "desc" holds the name, in ASCII (version 2) or UTF-16 (version 4).
  constexpr size_t kHeader = 128, kMostTags = 100, kLongest = 60;
  if (profile.size() < kHeader + 4) return "of its own";
  const size_t tags = std::min<size_t>(number(profile, kHeader, 4), kMostTags);
  for (size_t i = 0; i < tags; ++i) {
    const size_t entry = kHeader + 4 + 12 * i;
    if (entry + 12 > profile.size()) break;
    const size_t at = number(profile, entry + 4, 4), size = number(profile, entry + 8, 4);
    constexpr size_t kHead = 12;  // of a name: its kind, and its length in version 2
    if (profile.substr(entry, 4) != "desc" || at > profile.size() || size > profile.size() - at || size < kHead) continue;
    std::string name;
    for (const char c : profile.substr(at + kHead, size - kHead))
      if (c >= 32 && c <= 126 && name.size() < kLongest) name += c;
    const size_t start = name.find("enUS");  // of the language, in version 4
    if (start != std::string::npos) name = name.substr(start + 4);
    while (!name.empty() && name.front() == ' ') name.erase(0, 1);
    if (!name.empty()) return name;
  }
  return "of its own";
}

}  // namespace facemat
