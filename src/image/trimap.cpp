#include "src/image/trimap.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "src/core/error.h"
#include "src/image/transform.h"

// Erosion by rows of bits. An elliptical kernel has no holes: in row y + dy it covers the pixels x - left .. x + right. Eroding
// by it is therefore, for each of its rows, eroding the mask's row by a run, and and-ing what is left into row y. Runs grow by
// one pixel on each side from one extent to the next, which for 64 pixels at once takes two shifts. So the cost grows with the
// side of the kernel, not with its area, and the result is cv::erode's to the pixel.

namespace facemat {
namespace {

constexpr int kWordBits = 64;
constexpr uint64_t kAllInside = ~uint64_t{0};

struct KernelRow {
  int dy, left, right;
};

// The rows of OpenCV's kernel, narrowest first.
std::vector<KernelRow> kernel_rows(int side) {
  const cv::Mat kernel = cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side});
  const int anchor = side / 2;  // as cv::erode takes it
  std::vector<KernelRow> rows;
  for (int y = 0; y < side; ++y) {
    const uint8_t *row = kernel.ptr<uint8_t>(y), *end = row + side;
    const uint8_t* first = std::find(row, end, 1);
    const uint8_t* past = std::find(first, end, 0);
    rows.push_back({y - anchor, anchor - static_cast<int>(first - row), static_cast<int>(past - row) - 1 - anchor});
  }
  std::stable_sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.right < b.right; });
  return rows;
}

// A mask with one bit per pixel. Bits behind a row's last pixel are set: beyond the picture everything is inside.
struct BitMask {
  BitMask(int height, int width)
      : words(static_cast<size_t>((width + kWordBits - 1) / kWordBits)),
        bits(words * static_cast<size_t>(height), kAllInside) {}
  uint64_t* row(int y) { return bits.data() + words * static_cast<size_t>(y); }
  size_t words;
  std::vector<uint64_t> bits;
};

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "eight pixels are read as one number, the first in its lowest byte");

uint64_t load_bytes(const uint8_t* p) {
  uint64_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// 0 or 255 per pixel -> bits, eight pixels a step: the product moves the lowest bit of byte i to bit 56 + i.
BitMask to_bits(const cv::Mat& mask) {
  BitMask out(mask.rows, mask.cols);
  std::vector<uint8_t> padded(out.words * kWordBits, 255);
  for (int y = 0; y < mask.rows; ++y) {
    std::memcpy(padded.data(), mask.ptr(y), static_cast<size_t>(mask.cols));
    for (size_t i = 0; i < out.words; ++i) {
      uint64_t word = 0;
      for (size_t k = 0; k < 8; ++k) {
        const uint64_t pixels = load_bytes(padded.data() + kWordBits * i + 8 * k) & 0x0101010101010101u;
        word |= (pixels * 0x0102040810204080u >> 56) << (8 * k);
      }
      out.row(y)[i] = word;
    }
  }
  return out;
}

// Each pixel's left neighbour in its place.
uint64_t from_left(uint64_t word, uint64_t previous) { return word << 1 | previous >> (kWordBits - 1); }
uint64_t from_right(uint64_t word, uint64_t next) { return word >> 1 | next << (kWordBits - 1); }

// Erodes a row by a run of three pixels.
void shrink(std::vector<uint64_t>& row) {
  uint64_t previous = kAllInside;
  for (size_t i = 0; i < row.size(); ++i) {
    const uint64_t word = row[i], next = i + 1 < row.size() ? row[i + 1] : kAllInside;
    row[i] = word & from_left(word, previous) & from_right(word, next);
    previous = word;
  }
}

BitMask eroded(BitMask mask, int height, const std::vector<KernelRow>& kernel) {
  BitMask out = mask;
  std::fill(out.bits.begin(), out.bits.end(), kAllInside);
  std::vector<uint64_t> run(mask.words);
  for (int y = 0; y < height; ++y) {
    std::copy_n(mask.row(y), mask.words, run.begin());
    int extent = 0;  // `run` is the row eroded by this many pixels on each side
    for (const KernelRow& k : kernel) {
      for (; extent < k.right; ++extent) shrink(run);
      if (y - k.dy < 0 || y - k.dy >= height) continue;
      uint64_t* to = out.row(y - k.dy);
      if (k.left == k.right)
        for (size_t i = 0; i < run.size(); ++i) to[i] &= run[i];
      else  // an even side: one pixel more on the left
        for (size_t i = 0; i < run.size(); ++i) to[i] &= run[i] & from_left(run[i], i > 0 ? run[i - 1] : kAllInside);
    }
  }
  return out;
}

BitMask eroded(const cv::Mat& mask, int side) { return eroded(to_bits(mask), mask.rows, kernel_rows(side)); }

// Eight pixels for eight bits: 255 where set.
constexpr std::array<uint64_t, 256> make_byte_table() {
  std::array<uint64_t, 256> table{};
  for (size_t bits = 0; bits < 256; ++bits)
    for (size_t i = 0; i < 8; ++i) table[bits] |= bits >> i & 1 ? uint64_t{255} << (8 * i) : 0;
  return table;
}
constexpr std::array<uint64_t, 256> kBytes = make_byte_table();

// The values of a plane of 8 bits: "0, 127, 255".
std::string levels_text(const cv::Mat& plane) {
  constexpr int kShown = 8;
  std::string text;
  int found = 0;
  for (int value = 0; value < 256; ++value)
    if (cv::countNonZero(plane == value) > 0 && ++found <= kShown) text += fmt::format("{}{}", text.empty() ? "" : ", ", value);
  return found > kShown ? fmt::format("{} and {} more", text, found - kShown) : text;
}

// How far a lossy picture's level may be from the one value that it means.
int lossy_slack(const TrimapValues& values) {
  constexpr int kMost = 24;
  const int nearest = std::min({std::abs(values.background - values.unknown), std::abs(values.unknown - values.face),
                                std::abs(values.background - values.face)});
  return std::clamp((nearest - 1) / 2, 0, kMost);
}

}  // namespace

cv::Mat make_trimap(const cv::Mat& alpha, int foreground_side, int background_side) {
  require(alpha.type() == CV_32FC1, "make_trimap needs a float alpha with one channel");
  require(foreground_side >= 1 && background_side >= 1, "trimap kernel sides are {} and {} (allowed: 1 and more)",
          foreground_side, background_side);
  BitMask foreground = eroded(alpha >= 1 - 1e-5f, foreground_side);
  BitMask background = eroded(alpha <= 1e-5f, background_side);
  constexpr uint64_t kUnknownBytes = 0x0101010101010101u * kUnknown;
  cv::Mat trimap(alpha.size(), CV_8UC1);
  std::vector<uint8_t> padded(foreground.words * kWordBits);
  for (int y = 0; y < trimap.rows; ++y) {
    for (size_t x = 0; x < padded.size(); x += 8) {
      const uint64_t fore = kBytes[foreground.row(y)[x / kWordBits] >> x % kWordBits & 255];
      const uint64_t back = kBytes[background.row(y)[x / kWordBits] >> x % kWordBits & 255];
      const uint64_t pixels = fore | (kUnknownBytes & ~back);
      std::memcpy(padded.data() + x, &pixels, sizeof pixels);
    }
    std::memcpy(trimap.ptr(y), padded.data(), static_cast<size_t>(trimap.cols));
  }
  return trimap;
}

TrimapCounts count_trimap(const cv::Mat& trimap) {
  require(trimap.type() == CV_8UC1 && !trimap.empty(), "a trimap is one channel of 8 bits");
  TrimapCounts counts;
  counts.background = static_cast<int64_t>(trimap.total()) - cv::countNonZero(trimap);
  counts.unknown = cv::countNonZero(trimap == kUnknown);
  counts.face = cv::countNonZero(trimap == 255);
  require(counts.background + counts.unknown + counts.face == static_cast<int64_t>(trimap.total()),
          "a trimap holds another value (allowed: 0 background, {} unknown, 255 face)", kUnknown);
  return counts;
}

cv::Mat settled_trimap(const cv::Mat& interpolated) {
  cv::Mat trimap = interpolated.clone();
  trimap.setTo(kUnknown, (interpolated > 0) & (interpolated < 255));
  return trimap;
}

TrimapValues stated_trimap_values(const std::vector<int>& option) {
  TrimapValues values;
  values.advice = " (say what they mean: --trimap-values BACKGROUND,UNKNOWN,FACE)";
  if (option.empty()) return values;
  require(option.size() == 3, "--trimap-values has {} numbers (allowed: BACKGROUND,UNKNOWN,FACE, as 0,127,255)", option.size());
  values.background = option[0], values.unknown = option[1], values.face = option[2], values.stated = true;
  const bool differ = values.background != values.unknown && values.unknown != values.face && values.background != values.face;
  require(differ, "--trimap-values: background, unknown and face are different values");
  return values;
}

cv::Mat trimap_of_levels(const cv::Mat& levels, const TrimapValues& values, bool lossy, const std::string& where) {
  require(levels.type() == CV_8UC1 && !levels.empty(), "{}: a trimap is one channel of 8 bits", where);
  constexpr int kNone = 1;  // no value of a trimap
  const int slack = lossy && values.stated ? lossy_slack(values) : 0;
  cv::Mat trimap(levels.size(), CV_8UC1, cv::Scalar(kNone)), apart;
  for (const auto& [value, meaning] :
       {std::pair(values.background, 0), std::pair(values.face, 255), std::pair(values.unknown, kUnknown)}) {
    cv::absdiff(levels, cv::Scalar(value), apart);
    trimap.setTo(meaning, apart <= slack);
  }
  if (cv::countNonZero(trimap == kNone) == 0) return trimap;
  const bool usual = values.background == 0 && values.unknown == kUnknown && values.face == 255;
  fail("{}: a trimap holds {}, {} and {} only, this one {}{}", where, values.background, values.unknown, values.face,
       levels_text(levels), usual ? values.advice : "");
}

cv::Mat resize_trimap(const cv::Mat& trimap, cv::Size size) {
  if (trimap.size() == size) return trimap;
  constexpr float kRounding = 0.01f;  // of sums of weights that are 1
  cv::Mat floats;
  trimap.convertTo(floats, CV_32F);
  const cv::Mat mixed = resize(floats, size);
  cv::Mat out(size, CV_8UC1, cv::Scalar(kUnknown));
  out.setTo(0, mixed < kRounding);
  out.setTo(255, mixed > 255 - kRounding);
  return out;
}

}  // namespace facemat
