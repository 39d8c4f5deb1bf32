#include <cstdlib>

#include "src/core/error.h"
#include "src/image/container.h"

namespace facemat::container {
namespace {

// Where fields stand: of BITMAPFILEHEADER, then of BITMAPINFOHEADER or a longer one that begins as it does.
constexpr size_t kPixels = 10, kHeaderSize = 14, kWidth = 18, kHeight = 22, kBits = 28, kPacking = 30, kColours = 46,
                 kMasks = 54;
constexpr size_t kFileHeader = 14, kPlainHeader = 40, kLongestHeader = 124;

struct BmpLayout {
  int64_t width = 0, height = 0;   // as they stand there: a negative height counts rows from the top
  uint32_t bits = 0;               // of a pixel
  size_t palette = 0, pixels = 0;  // where they begin
  size_t colours = 0;              // in the palette, four bytes each: blue, green, red, unused
};

int64_t signed32(std::string_view b, size_t at) { return static_cast<int32_t>(le32(b, at)); }

// Whether the masks of a file of 32 bits a pixel say what is usual without: blue, green, red, unused.
bool are_usual_masks(std::string_view bytes) {
  const bool has_alpha = le32(bytes, kHeaderSize) >= 56 && le32(bytes, kMasks + 12) != 0;
  return le32(bytes, kMasks) == 0xff0000 && le32(bytes, kMasks + 4) == 0xff00 && le32(bytes, kMasks + 8) == 0xff && !has_alpha;
}

// What OpenCV's versions read alike.
void require_plain(uint32_t packing, uint32_t bits, const std::string& where) {
  require(packing == 0 || (packing == 3 && bits == 32), "{}: a BMP with packed pixels ({} bits, kind {}); convert it to PNG",
          where, bits, packing);
  require(bits == 1 || bits == 4 || bits == 8 || bits == 24 || bits == 32,
          "{}: a BMP of {} bits a pixel (allowed: 1, 4, 8, 24, 32); convert it to PNG", where, bits);
}

// Nothing if the bytes end before the palette does.
std::optional<BmpLayout> layout_of(std::string_view bytes, const std::string& where) {
  constexpr size_t kMaskBytes = 16;
  if (bytes.size() < kMasks) return {};
  const size_t header = le32(bytes, kHeaderSize);
  require(header >= kPlainHeader && header <= kLongestHeader,
          "{}: the image is damaged, or an old BMP (a header of {} bytes); convert it to PNG", where, header);
  const uint32_t packing = le32(bytes, kPacking), used = le32(bytes, kColours);
  BmpLayout layout;
  layout.width = signed32(bytes, kWidth), layout.height = signed32(bytes, kHeight);
  layout.bits = le16(bytes, kBits);
  require_plain(packing, layout.bits, where);
  if (packing != 0 && bytes.size() < kMasks + kMaskBytes) return {};
  require(packing == 0 || are_usual_masks(bytes), "{}: a BMP with alpha, or with colours in an odd order; convert it to PNG",
          where);
  const size_t most = layout.bits <= 8 ? size_t{1} << layout.bits : 0;  // larger pixels need no palette
  layout.colours = used == 0 || most == 0 ? most : used;
  require(layout.colours <= most, "{}: the image is damaged (a palette of {} colours)", where, layout.colours);
  layout.palette = kFileHeader + header, layout.pixels = le32(bytes, kPixels);
  const size_t end = layout.palette + 4 * layout.colours;
  require(layout.pixels >= end, "{}: the image is damaged (pixels at byte {}, within the header)", where, layout.pixels);
  if (bytes.size() < end) return {};
  return layout;
}

bool is_grey(std::string_view palette) {
  for (size_t at = 0; at < palette.size(); at += 4)
    if (palette[at] != palette[at + 1] || palette[at] != palette[at + 2]) return false;
  return !palette.empty();
}

int64_t bytes_of_row(const BmpLayout& layout) { return (layout.width * layout.bits + 31) / 32 * 4; }  // whole four bytes

// `rows` as they are stored. Decoders read a colour beyond a shortened palette as black without a word. The bits that fill up
// the last byte of a row are no pixels.
void require_known_colours(const BmpLayout& layout, std::string_view rows, const std::string& where) {
  const size_t most = size_t{1} << layout.bits;
  if (layout.bits > 8 || layout.colours == most) return;
  const auto row = static_cast<size_t>(bytes_of_row(layout));
  for (size_t start = 0; start < rows.size(); start += row)
    for (size_t bit = 0; bit < static_cast<size_t>(layout.width) * layout.bits; bit += layout.bits) {
      const size_t colour = byte(rows, start + bit / 8) >> (8 - layout.bits - bit % 8) & (most - 1);  // the highest bits first
      require(colour < layout.colours, "{}: the image is damaged (a pixel of colour {}, of a palette of {})", where, colour,
              layout.colours);
    }
}

}  // namespace

std::optional<Header> bmp_header(std::string_view bytes, const std::string& where) {
  const auto layout = layout_of(bytes, where);
  if (!layout) return {};
  Header header;
  header.format = Format::kBmp;
  header.width = layout->width, header.height = std::abs(layout->height);
  header.bit_depth = 8;
  header.channels = is_grey(bytes.substr(layout->palette, 4 * layout->colours)) ? 1 : 3;
  return header;
}

std::string bmp_picture(std::string_view bytes, const std::string& where) {
  const auto layout = layout_of(bytes, where);
  require(layout.has_value(), "{}: the image is truncated", where);
  const auto size = static_cast<size_t>(bytes_of_row(*layout) * std::abs(layout->height));
  require(layout->pixels <= bytes.size() && size <= bytes.size() - layout->pixels, "{}: the image is truncated", where);
  const std::string_view rows = bytes.substr(layout->pixels, size);
  require_known_colours(*layout, rows, where);
  const std::string_view palette = bytes.substr(layout->palette, 4 * layout->colours);
  const size_t start = kFileHeader + kPlainHeader + palette.size();
  const auto number = [](size_t value) { return little_endian(static_cast<uint32_t>(value), 4); };
  std::string out = "BM" + number(start + size) + number(0) + number(start) + number(kPlainHeader);
  out += bytes.substr(kWidth, kPacking - kWidth);  // sides, planes, bits
  out += std::string(kColours - kPacking, '\0') + number(layout->colours) + number(0);
  out += palette;
  out += rows;
  return out;
}

}  // namespace facemat::container
