#include "src/core/error.h"
#include "src/core/hash.h"
#include "src/image/container.h"

namespace facemat::container {
namespace {

struct Chunk {
  std::string_view whole, type, data;
};

// The chunk that starts at `at`; nothing if the bytes end before it does.
std::optional<Chunk> chunk_at(std::string_view bytes, size_t at) {
  if (at + 12 > bytes.size()) return {};
  const size_t length = be32(bytes, at);
  if (length > bytes.size() - at - 12) return {};
  return Chunk{bytes.substr(at, length + 12), bytes.substr(at + 4, 4), bytes.substr(at + 8, length)};
}

bool is_png_kind(uint32_t colour_type, uint32_t depth) {  // ISO 15948, table 11.1
  switch (colour_type) {
    case 0:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

}  // namespace

std::optional<Header> png_header(std::string_view bytes, const std::string& where) {
  size_t at = kPngMagic.size();
  const auto first = chunk_at(bytes, at);
  if (!first) return {};
  require(first->type == "IHDR" && first->data.size() == 13, "{}: the image is damaged (no PNG header)", where);
  const uint32_t depth = byte(first->data, 8), colour_type = byte(first->data, 9);
  require(is_png_kind(colour_type, depth) && be16(first->data, 10) == 0 && byte(first->data, 12) <= 1,
          "{}: the image is damaged (no PNG has colour type {} with {} bits, methods {}, {}, {})", where, colour_type, depth,
          byte(first->data, 10), byte(first->data, 11), byte(first->data, 12));
  Header header;
  header.width = be32(first->data, 0), header.height = be32(first->data, 4);
  header.bit_depth = colour_type == 3 ? 8 : static_cast<int>(depth);
  header.has_alpha = colour_type == 4 || colour_type == 6;
  size_t colours = 0;
  for (at += first->whole.size(); at + 8 <= bytes.size();) {
    if (bytes.substr(at + 4, 4) == "IDAT") {
      require(colour_type != 3 || colours > 0, "{}: the image is damaged (no palette)", where);
      header.channels = (colour_type == 0 || colour_type == 4 ? 1 : 3) + (header.has_alpha ? 1 : 0);
      return header;
    }
    const auto chunk = chunk_at(bytes, at);
    if (!chunk) return {};
    require(chunk->type != "IEND", "{}: the image is damaged (no pixels)", where);
    const size_t size = chunk->data.size();
    if (chunk->type == "PLTE" && colour_type == 3) {
      require(size > 0 && size % 3 == 0 && size <= 3 * 256, "{}: the image is damaged (a palette of {} bytes)", where, size);
      colours = size / 3;
    }
    if (chunk->type == "tRNS" && (colour_type == 0 || colour_type == 2 || colour_type == 3)) {
      const bool fits = colour_type == 3 ? size >= 1 && size <= colours : size == (colour_type == 0 ? 2 : 6);
      require(fits, "{}: the image is damaged (transparency of {} bytes)", where, size);
      header.has_alpha = true;
      if (colour_type == 0) header.grey_key = static_cast<int>(be16(chunk->data, 0) & ((1u << depth) - 1));
    }
    if (chunk->type == "eXIf") header.orientation = exif_orientation(chunk->data);
    at += chunk->whole.size();
  }
  return {};
}

namespace {

std::string picture_chunks(std::string_view bytes, bool with_palette, const std::string& where) {
  const uint32_t type_of_colour = byte(bytes, kPngColourType);
  const bool indexed = type_of_colour == 3 && with_palette,
             grey = type_of_colour == 0 || (type_of_colour == 3 && !with_palette), alpha = type_of_colour >= 4;
  std::string out(kPngMagic);
  out.reserve(bytes.size());
  bool ended = false, in_pixels = false, past_pixels = false;
  for (size_t at = kPngMagic.size(); !ended;) {
    const auto chunk = chunk_at(bytes, at);
    require(chunk.has_value(), "{}: the image is truncated", where);
    const std::string_view type = chunk->type;
    const bool sound = crc32(chunk->whole.substr(4, chunk->data.size() + 4)) == be32(chunk->whole, chunk->data.size() + 8);
    require(sound, "{}: the image is damaged (a PNG chunk at byte {} fails its checksum)", where, at);
    const bool pixels = type == "IDAT";
    require(!pixels || !past_pixels, "{}: the image is damaged (its pixels are scattered)", where);
    past_pixels = past_pixels || (in_pixels && !pixels);
    in_pixels = pixels;
    ended = type == "IEND";
    const bool colours = (type == "PLTE" && indexed) || (type == "tRNS" && !grey && !alpha);
    const bool optional = (type[0] & 0x20) != 0 || type == "PLTE";  // lower case: may be skipped (ISO 15948, 5.4)
    const bool wanted = type == "IHDR" || (colours && !past_pixels && !pixels) || pixels || ended;
    require(wanted || optional, "{}: the image is damaged (a PNG chunk at byte {} of unknown kind)", where, at);
    if (wanted) out += chunk->whole;
    at += chunk->whole.size();
  }
  return out;
}

}  // namespace

std::string png_picture(std::string_view bytes, const std::string& where) { return picture_chunks(bytes, true, where); }

std::string png_indices(std::string_view bytes, const std::string& where) {
  std::string png = picture_chunks(bytes, false, where);
  const size_t type = kPngMagic.size() + 4, end = type + 4 + 13;  // of IHDR: its type and 13 bytes, then the checksum
  png[kPngColourType] = 0;
  const uint32_t sum = crc32(std::string_view(png).substr(type, end - type));
  for (size_t i = 0; i < 4; ++i) png[end + i] = static_cast<char>(sum >> (24 - 8 * i));
  return png;
}

}  // namespace facemat::container
