#include <algorithm>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/container.h"

namespace facemat::container {
namespace {

constexpr size_t kFirst = 12;        // the first chunk stands behind "RIFF", a length and "WEBP"
constexpr size_t kHead = 8;          // of a chunk: its type and length
constexpr size_t kCanvasBytes = 10;  // of the chunk VP8X: flags, three zeros, width and height less one
enum Flag : uint32_t { kAnimation = 0x02, kExif = 0x08, kAlpha = 0x10, kProfile = 0x20 };

struct RiffChunk {
  std::string_view type, data;  // data: as much of it as there is
  size_t size = 0;              // of the data, as stated
  size_t next = 0;              // where the next chunk begins: at an even place
};

// The chunk at `at`; nothing if the bytes end before its data begins.
std::optional<RiffChunk> chunk_at(std::string_view bytes, size_t at) {
  if (at > bytes.size() || bytes.size() - at < kHead) return {};
  const size_t size = le32(bytes, at + 4);
  return RiffChunk{bytes.substr(at, 4), bytes.substr(at + kHead, size), size, at + kHead + size + (size & 1)};
}

// Where the file says that it ends; what follows belongs to something else.
size_t stated_end(std::string_view bytes) { return size_t{le32(bytes, 4)} + 8; }

bool holds_pixels(const RiffChunk& chunk) { return chunk.type == "VP8 " || chunk.type == "VP8L"; }

// What the pixels' own header needs of them.
size_t frame_header_bytes(const RiffChunk& chunk) { return chunk.type == "VP8 " ? 10 : 5; }

// The size as coded with the pixels: lossy ones (RFC 6386, 9.1) or lossless ones (RFC 9649, 3.4).
Header frame_of(const RiffChunk& pixels, const std::string& where) {
  Header header;
  header.format = Format::kWebp;
  header.bit_depth = 8;
  header.lossy = pixels.type == "VP8 ";
  if (header.lossy) {
    const bool key_frame = (byte(pixels.data, 0) & 1) == 0 && pixels.data.substr(3, 3) == "\x9d\x01\x2a";
    require(key_frame, "{}: the image is damaged (no WebP picture)", where);
    header.width = le16(pixels.data, 6) & 0x3fff, header.height = le16(pixels.data, 8) & 0x3fff;
  } else {
    const uint32_t bits = le32(pixels.data, 1);
    require(byte(pixels.data, 0) == 0x2f && bits >> 29 == 0, "{}: the image is damaged (no WebP picture)", where);
    header.width = (bits & 0x3fff) + 1, header.height = (bits >> 14 & 0x3fff) + 1;
    header.has_alpha = (bits >> 28 & 1) != 0;
  }
  return header;
}

int orientation_of(std::string_view exif) {
  constexpr std::string_view kJpegMark("Exif\0\0", 6);  // some writers leave it there
  return exif_orientation(starts_with(exif, kJpegMark) ? exif.substr(kJpegMark.size()) : exif);
}

// What the chunks before have told.
struct Told {
  std::optional<Header> header;  // once the pixels have been met
  std::string_view canvas;       // of a file that may have more than pixels
  bool alpha = false;            // a chunk of its own, before the pixels that it belongs to
  bool wants_exif = false;       // promised, and not yet there
  int orientation = 1;
  bool all() const { return header && !wants_exif; }
};

// Adds what `chunk` tells; false if the bytes end before that.
bool take(const RiffChunk& chunk, bool first, Told& told, const std::string& where) {
  const bool extended = first && chunk.type == "VP8X", pixels = !told.header && holds_pixels(chunk),
             exif = told.wants_exif && chunk.type == "EXIF";
  require(!first || extended || pixels, "{}: the image is damaged (no WebP header)", where);
  const size_t needed = extended ? kCanvasBytes : pixels ? frame_header_bytes(chunk) : exif ? chunk.size : 0;
  require(needed <= chunk.size, "{}: the image is damaged (a WebP chunk of {} bytes)", where, chunk.size);
  if (chunk.data.size() < needed) return false;
  if (extended) {
    const uint32_t flags = byte(chunk.data, 0);
    require((flags & kAnimation) == 0, "{}: an animated WebP; convert it to a film, or to pictures", where);
    told.canvas = chunk.data, told.wants_exif = (flags & kExif) != 0;
  }
  if (!told.header && chunk.type == "ALPH") told.alpha = true;
  if (pixels) told.header = frame_of(chunk, where);
  if (exif) told.orientation = orientation_of(chunk.data), told.wants_exif = false;
  return true;
}

int64_t canvas_side(std::string_view canvas, size_t at) { return int64_t{le16(canvas, at) | byte(canvas, at + 2) << 16} + 1; }

void require_canvas(const Told& told, const std::string& where) {
  const int64_t width = canvas_side(told.canvas, 4), height = canvas_side(told.canvas, 7);
  require(width == told.header->width && height == told.header->height,
          "{}: the image is damaged ({}x{} pixels on a canvas of {}x{})", where, told.header->width, told.header->height, width,
          height);
}

}  // namespace

std::optional<Header> webp_header(std::string_view bytes, const std::string& where) {
  const size_t end = stated_end(bytes);
  Told told;
  for (size_t at = kFirst; at < end && end - at >= kHead && !told.all();) {
    const auto chunk = chunk_at(bytes, at);
    if (!chunk) return {};
    require(chunk->size <= end - at - kHead, "{}: the image is damaged (a WebP chunk at byte {} is longer than the file)",
            where, at);
    if (!take(*chunk, at == kFirst, told, where)) return {};
    at = chunk->next;
  }
  require(told.header.has_value(), "{}: the image is damaged (no pixels)", where);
  if (!told.canvas.empty()) require_canvas(told, where);
  Header header = *told.header;
  header.has_alpha = header.has_alpha || (header.lossy && told.alpha);
  header.channels = header.has_alpha ? 4 : 3;
  header.orientation = told.orientation;
  return header;
}

std::string webp_picture(std::string_view bytes, const std::string& where) {
  constexpr size_t kLeast = 32;  // OpenCV takes no shorter file; what stands behind the stated end is none of it
  require(stated_end(bytes) <= bytes.size(), "{}: the image is truncated", where);
  std::string chunks;
  for (auto chunk = chunk_at(bytes, kFirst); chunk; chunk = chunk_at(bytes, chunk->next)) {
    const bool pixels = holds_pixels(*chunk), alpha = chunk->type == "ALPH" && chunks.empty();
    if (!pixels && !alpha) continue;
    if (chunk->type == "VP8L") chunks.clear();  // has its alpha in itself
    chunks += std::string(chunk->type) + little_endian(static_cast<uint32_t>(chunk->size), 4) + std::string(chunk->data);
    chunks.append(chunk->size & 1, '\0');
    if (pixels) break;
  }
  if (starts_with(chunks, "ALPH")) {
    const std::string_view sides = bytes.substr(kFirst + kHead + 4, 6);
    chunks = "VP8X" + little_endian(kCanvasBytes, 4) + little_endian(kAlpha, 4) + std::string(sides) + chunks;
  }
  std::string out = "RIFF" + little_endian(static_cast<uint32_t>(chunks.size() + 4), 4) + "WEBP" + chunks;
  out.resize(std::max(out.size(), kLeast));
  return out;
}

WebpProfile webp_profile(std::string_view bytes) {
  WebpProfile profile;
  for (auto chunk = chunk_at(bytes, kFirst); chunk; chunk = chunk_at(bytes, chunk->next)) {
    if (holds_pixels(*chunk)) break;
    if (chunk->type == "VP8X") profile.promised = !chunk->data.empty() && (byte(chunk->data, 0) & kProfile) != 0;
    if (chunk->type != "ICCP" || chunk->data.size() != chunk->size) continue;
    profile.data = chunk->data;
    break;
  }
  return profile;
}

}  // namespace facemat::container
