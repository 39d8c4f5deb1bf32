#include "src/media/pictures/deflate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "src/core/error.h"

namespace facemat {
namespace {

// Of the data (RFC 1950, 8: Adler-32).
uint32_t checksum(std::string_view data) {
  uint32_t a = 1, b = 0;
  for (const char c : data) a = (a + static_cast<uint8_t>(c)) % 65521, b = (b + a) % 65521;
  return b << 16 | a;
}

// The lowest bit of each byte comes first.
class Bits {
 public:
  explicit Bits(std::string_view bytes) : bytes_(bytes) {}

  uint32_t next() {
    require(at_ / 8 < bytes_.size(), "a packed stream ends too early");
    const uint32_t bit = static_cast<uint8_t>(bytes_[at_ / 8]) >> at_ % 8 & 1;
    ++at_;
    return bit;
  }

  // A number, its lowest bit first.
  uint32_t number(int bits) {
    uint32_t value = 0;
    for (int i = 0; i < bits; ++i) value |= next() << i;
    return value;
  }

  // Whole bytes, from the next that has not begun.
  std::string_view bytes(size_t count) {
    const size_t begin = (at_ + 7) / 8;
    require(count <= bytes_.size() - begin, "a packed stream ends too early");
    at_ = 8 * (begin + count);
    return bytes_.substr(begin, count);
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;  // in bits
};

// Numbers 0, 1, ... as words of bits, of which none begins another, by the lengths of the words (RFC 1951, 3.2.2); 0: no word.
class PrefixCode {
 public:
  explicit PrefixCode(const std::vector<int>& lengths) : numbers_(lengths.size()) {
    for (const int length : lengths) ++counts_[length];
    counts_[0] = 0;
    std::array<int, kLongest + 2> places{};  // of the first number of each length, among all by their lengths
    int left = 1;                            // words of this length that are not taken
    for (int length = 1; length <= kLongest; ++length) {
      left = 2 * left - counts_[length];
      require(left >= 0, "a packed stream is damaged: more words than there can be");
      places[length + 1] = places[length] + counts_[length];
    }
    for (size_t i = 0; i < lengths.size(); ++i)
      if (lengths[i] > 0) numbers_[places[lengths[i]]++] = static_cast<int>(i);
  }

  // Words of one length follow each other; `first` is the first of these, `place` that of its number.
  int read(Bits& bits) const {
    for (int length = 1, word = 0, first = 0, place = 0; length <= kLongest; ++length) {
      word = 2 * word + static_cast<int>(bits.next());
      const int count = counts_[length];
      if (word - first < count) return numbers_[place + word - first];
      place += count;
      first = 2 * (first + count);
    }
    fail("a packed stream is damaged: a word that there is not");
  }

 private:
  static constexpr int kLongest = 15;  // bits of a word

  std::array<int, kLongest + 1> counts_{};  // of words of each length
  std::vector<int> numbers_;                // by the lengths of their words
};

// What a number of the code stands for: `least`, and as much more as `bits` further bits say (RFC 1951, 3.2.5).
struct Span {
  int least, bits;
};
constexpr std::array<Span, 29> kLengths = {{{3, 0},   {4, 0},   {5, 0},   {6, 0},   {7, 0},  {8, 0},  {9, 0},  {10, 0},
                                            {11, 1},  {13, 1},  {15, 1},  {17, 1},  {19, 2}, {23, 2}, {27, 2}, {31, 2},
                                            {35, 3},  {43, 3},  {51, 3},  {59, 3},  {67, 4}, {83, 4}, {99, 4}, {115, 4},
                                            {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}}};
constexpr std::array<Span, 30> kDistances = {
    {{1, 0},    {2, 0},    {3, 0},     {4, 0},     {5, 1},     {7, 1},     {9, 2},     {13, 2},     {17, 3},     {25, 3},
     {33, 4},   {49, 4},   {65, 5},    {97, 5},    {129, 6},   {193, 6},   {257, 7},   {385, 7},    {513, 8},    {769, 8},
     {1025, 9}, {1537, 9}, {2049, 10}, {3073, 10}, {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}}};

// Of blocks that state none (RFC 1951, 3.2.6): of bytes and lengths; distances have words of 5 bits.
std::vector<int> usual_lengths() {
  std::vector<int> lengths(288, 8);
  std::fill(lengths.begin() + 144, lengths.begin() + 256, 9);
  std::fill(lengths.begin() + 256, lengths.begin() + 280, 7);
  return lengths;
}

class Inflater {
 public:
  Inflater(std::string_view stream, size_t most) : bits_(stream), most_(most) {}

  std::string run() {
    constexpr uint32_t kDeflate = 8, kDictionary = 32;
    const uint32_t method = bits_.number(8), flags = bits_.number(8);
    const bool known = (method & 15) == kDeflate && method >> 4 <= 7 && (flags & kDictionary) == 0;
    require(known && (method << 8 | flags) % 31 == 0, "no stream that zlib packed");
    bool last = false;
    while (!last) {
      last = bits_.next() == 1;
      block(bits_.number(2));
    }
    uint32_t stated = 0;
    for (const char c : bits_.bytes(4)) stated = stated << 8 | static_cast<uint8_t>(c);
    require(stated == checksum(out_), "a packed stream is damaged: its checksum does not hold");
    return std::move(out_);
  }

 private:
  void block(uint32_t kind) {
    constexpr uint32_t kAsIs = 0, kUsualCode = 1, kOwnCode = 2;
    if (kind == kAsIs) return as_is();
    static const PrefixCode usual(usual_lengths()), usual_distances(std::vector<int>(30, 5));
    if (kind == kUsualCode) return coded(usual, usual_distances);
    require(kind == kOwnCode, "a packed stream is damaged: a block of no kind");
    const size_t literals = 257 + bits_.number(5), distances = 1 + bits_.number(5);
    const std::vector<int> lengths = code_lengths(literals + distances);
    const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(literals);
    coded(PrefixCode(std::vector<int>(lengths.begin(), middle)), PrefixCode(std::vector<int>(middle, lengths.end())));
  }

  void as_is() {
    const std::string_view head = bits_.bytes(4);
    const auto pair = [&](size_t at) { return static_cast<uint8_t>(head[at]) | static_cast<uint8_t>(head[at + 1]) << 8; };
    require((pair(0) ^ pair(2)) == 0xffff, "a packed stream is damaged: the length of a block");
    const std::string_view bytes = bits_.bytes(static_cast<size_t>(pair(0)));
    require_room(bytes.size());
    out_ += bytes;
  }

  // The lengths of a block's own words, which are coded themselves (RFC 1951, 3.2.7).
  std::vector<int> code_lengths(size_t count) {
    constexpr int kOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    constexpr int kAgain = 16, kZeros = 17;
    std::vector<int> own(19, 0), lengths;
    const uint32_t stated = 4 + bits_.number(4);
    for (uint32_t i = 0; i < stated; ++i) own[kOrder[i]] = static_cast<int>(bits_.number(3));
    const PrefixCode code(own);
    while (lengths.size() < count) {
      const int number = code.read(bits_);
      if (number < kAgain) {
        lengths.push_back(number);
        continue;
      }
      require(number > kAgain || !lengths.empty(), "a packed stream is damaged: nothing to repeat");
      const int length = number == kAgain ? lengths.back() : 0;
      const size_t times = number == kAgain   ? 3 + bits_.number(2)
                           : number == kZeros ? 3 + bits_.number(3)
                                              : 11 + bits_.number(7);
      lengths.insert(lengths.end(), times, length);
    }
    require(lengths.size() == count, "a packed stream is damaged: too many words");
    return lengths;
  }

  void coded(const PrefixCode& literals, const PrefixCode& distances) {
    constexpr int kEnd = 256;  // below: a byte; above: the length of what is repeated
    for (int number = literals.read(bits_); number != kEnd; number = literals.read(bits_)) {
      if (number < kEnd) {
        require_room(1);
        out_ += static_cast<char>(number);
        continue;
      }
      const size_t length = spanned(kLengths, number - kEnd - 1), distance = spanned(kDistances, distances.read(bits_));
      require(distance <= out_.size(), "a packed stream is damaged: it repeats what is not there");
      require_room(length);
      for (size_t i = 0; i < length; ++i) out_ += out_[out_.size() - distance];  // may repeat what it just made
    }
  }

  template <size_t kCount>
  size_t spanned(const std::array<Span, kCount>& spans, int number) {
    require(static_cast<size_t>(number) < kCount, "a packed stream is damaged: a number that stands for nothing");
    const Span& span = spans[static_cast<size_t>(number)];
    return static_cast<size_t>(span.least) + bits_.number(span.bits);
  }

  void require_room(size_t bytes) const {
    require(bytes <= most_ - out_.size(), "a packed stream holds more than {} bytes", most_);
  }

  Bits bits_;
  size_t most_;
  std::string out_;
};

}  // namespace

std::string inflated(std::string_view stream, size_t most) { return Inflater(stream, most).run(); }

std::string deflated_as_is(std::string_view data) {
  constexpr size_t kBlock = 65535;
  std::string out("\x78\x01");
  for (size_t at = 0; at < data.size() || at == 0; at += kBlock) {
    const size_t size = std::min(kBlock, data.size() - at);
    const auto low = static_cast<char>(size & 255), high = static_cast<char>(size >> 8);
    out += at + size >= data.size() ? '\1' : '\0';
    out += {low, high, static_cast<char>(~low), static_cast<char>(~high)};
    out += data.substr(at, size);
  }
  const uint32_t sum = checksum(data);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(sum >> shift & 255);
  return out;
}

}  // namespace facemat
