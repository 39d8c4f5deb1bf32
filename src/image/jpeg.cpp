#include <algorithm>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/container.h"

namespace facemat::container {
namespace {

constexpr int kMostScans = 100;  // progressive ones have about ten

enum Marker : uint32_t { kEnd = 0xd9, kScan = 0xda, kRestartInterval = 0xdd, kExif = 0xe1 };

bool is_frame(uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

bool is_segment(uint32_t marker) {
  return (marker >= 0xc0 && marker <= 0xcf && marker != 0xc8) || (marker >= kScan && marker <= 0xdd) ||
         (marker >= 0xe0 && marker <= 0xef) || marker == 0xfe;
}

struct Segment {
  uint32_t marker = 0;
  std::string_view data;
  size_t end = 0;  // of the segment in the file
};

// The segment (or the end-of-image marker) at `at`; nothing if the bytes end before it does.
std::optional<Segment> segment_at(std::string_view bytes, size_t at, const std::string& where) {
  require(at >= bytes.size() || byte(bytes, at) == 0xff, "{}: the image is damaged (no JPEG marker at byte {})", where, at);
  while (at + 1 < bytes.size() && byte(bytes, at + 1) == 0xff) ++at;  // fill bytes
  if (at + 2 > bytes.size()) return {};
  const uint32_t marker = byte(bytes, at + 1);
  if (marker == kEnd) return Segment{marker, {}, at + 2};
  require(is_segment(marker), "{}: the image is damaged (JPEG marker {:02x} at byte {})", where, marker, at);
  if (at + 4 > bytes.size()) return {};
  const size_t length = be16(bytes, at + 2);
  require(length >= 2, "{}: the image is damaged (a JPEG segment of {} bytes)", where, length);
  if (length > bytes.size() - at - 2) return {};
  return Segment{marker, bytes.substr(at + 4, length - 2), at + 2 + length};
}

Header jpeg_frame(const Segment& frame, const std::string& where) {
  require(frame.data.size() >= 6, "{}: the image is damaged (a JPEG frame of {} bytes)", where, frame.data.size());
  const uint32_t precision = byte(frame.data, 0), inks = byte(frame.data, 5), kind = frame.marker & 15;
  require(inks != 4, "{}: a CMYK JPEG, whose colours depend on a printer's profile; convert it to RGB", where);
  require(inks == 1 || inks == 3, "{}: a JPEG of {} channels (allowed: 1 or 3)", where, inks);
  require((kind & 3) != 3 && (kind & 7) < 4, "{}: a lossless or hierarchical JPEG; convert it to PNG or plain JPEG", where);
  require(precision == 8, "{}: a {}-bit JPEG; convert it to 8 bit or PNG", where, precision);
  Header header;
  header.format = Format::kJpeg;
  header.lossy = true;
  header.width = be16(frame.data, 3), header.height = be16(frame.data, 1);
  header.channels = static_cast<int>(inks);
  header.bit_depth = 8;
  return header;
}

// The end of the coded pixels from `at` on: the first marker that is neither a stuffed ff nor a restart. Restarts count 0..7.
size_t scan_end(std::string_view bytes, size_t at, bool restarts, const std::string& where) {
  uint32_t next_restart = 0;
  for (;;) {
    at = bytes.find('\xff', at);
    require(at != std::string_view::npos && at + 1 < bytes.size(), "{}: the image is truncated", where);
    const uint32_t marker = byte(bytes, at + 1);
    const bool restart = marker >= 0xd0 && marker <= 0xd7, fill = marker == 0xff;
    if (marker != 0 && !restart && !fill) return at;
    require(!restart || (restarts && (marker & 7) == next_restart), "{}: the image is damaged (JPEG restart marker at byte {})",
            where, at);
    if (restart) next_restart = (next_restart + 1) & 7;
    at += fill ? 1 : 2;
  }
}

}  // namespace

std::optional<Header> jpeg_header(std::string_view bytes, const std::string& where) {
  constexpr std::string_view kExifMagic("Exif\0\0", 6);
  int orientation = 0;
  for (size_t at = 2;;) {
    const auto segment = segment_at(bytes, at, where);
    if (!segment) return {};
    if (segment->marker == kExif && orientation == 0 && starts_with(segment->data, kExifMagic))
      orientation = exif_orientation(segment->data.substr(kExifMagic.size()));
    if (is_frame(segment->marker)) {
      Header header = jpeg_frame(*segment, where);
      header.orientation = std::max(orientation, 1);
      return header;
    }
    require(segment->marker != kEnd && segment->marker != kScan, "{}: the image is damaged (a JPEG without frame)", where);
    at = segment->end;
  }
}

std::string_view jpeg_picture(std::string_view bytes, const std::string& where) {
  bool restarts = false;
  int frames = 0, scans = 0;
  for (size_t at = 2;;) {
    const auto segment = segment_at(bytes, at, where);
    require(segment.has_value(), "{}: the image is truncated", where);
    at = segment->end;
    frames += is_frame(segment->marker) ? 1 : 0;
    if (segment->marker == kRestartInterval) restarts = segment->data.size() == 2 && be16(segment->data, 0) > 0;
    if (segment->marker == kScan) {
      // A scan of no bytes may be about every pixel: a small file could take hours.
      require(++scans <= kMostScans, "{}: a JPEG of more than {} scans", where, kMostScans);
      at = scan_end(bytes, at, restarts, where);
    }
    if (segment->marker != kEnd) continue;
    require(frames == 1 && scans >= 1, "{}: the image is damaged (a JPEG of {} frames and {} scans)", where, frames, scans);
    return bytes.substr(0, at);
  }
}

}  // namespace facemat::container
