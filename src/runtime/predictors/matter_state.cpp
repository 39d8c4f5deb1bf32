#include "src/runtime/predictors/matter_state.h"

#include <cstring>

#include "src/core/error.h"
#include "src/core/hash.h"

namespace facemat {
namespace {

// "facemat state 1\n", then numbers of 8 bytes and floats of 4, lowest byte first; text and lists after their length; last the
// 16 digits of the hash of all before.
constexpr std::string_view kMagic = "facemat state 1\n";
constexpr size_t kHashDigits = 16;
constexpr uint64_t kMostText = 4096, kMostStates = 256, kMostDimensions = 8, kMostSide = uint64_t{1} << 31;

class Writer {
 public:
  std::string bytes{kMagic};

  template <typename T>
  void raw(T value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(value));
    for (size_t i = 0; i < sizeof(value); ++i) bytes += static_cast<char>(bits >> (8 * i) & 255);
  }
  void count(uint64_t value) { raw(value); }
  void text(const std::string& value) {
    count(value.size());
    bytes += value;
  }
  void size(cv::Size value) {
    count(static_cast<uint64_t>(value.width));
    count(static_cast<uint64_t>(value.height));
  }
  void tensor(const FloatTensor& value) {
    count(value.shape.size());
    for (const int64_t side : value.shape) count(static_cast<uint64_t>(side));
    for (const float number : value.values) raw(number);
  }
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where) : rest_(bytes), where_(where) {}

  template <typename T>
  T raw() {
    const std::string_view part = take(sizeof(T));
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof(T); ++i) bits |= static_cast<uint64_t>(static_cast<uint8_t>(part[i])) << (8 * i);
    T value;
    std::memcpy(&value, &bits, sizeof(T));
    return value;
  }
  uint64_t count(uint64_t most) {
    const auto value = raw<uint64_t>();
    require(value <= most, "{}: not a readable state: {} where at most {} is allowed", where_, value, most);
    return value;
  }
  std::string text() { return std::string(take(count(kMostText))); }
  cv::Size size() {
    const int width = static_cast<int>(count(kMostSide - 1)), height = static_cast<int>(count(kMostSide - 1));
    return {width, height};
  }
  FloatTensor tensor() {
    FloatTensor out;
    uint64_t values = 1;
    for (uint64_t left = count(kMostDimensions); left > 0; --left) {
      out.shape.push_back(static_cast<int64_t>(count(kMostSide)));
      values *= static_cast<uint64_t>(out.shape.back());
      require(values <= rest_.size() / sizeof(float), "{}: not a readable state: it ends too early", where_);
    }
    out.values.reserve(values);
    for (; values > 0; --values) out.values.push_back(raw<float>());
    return out;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view take(uint64_t bytes) {
    require(bytes <= rest_.size(), "{}: not a readable state: it ends too early", where_);
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

  std::string_view rest_;
  const std::string& where_;
};

}  // namespace

std::string state_to_bytes(const MatterState& state) {
  Writer out;
  out.text(state.network);
  out.text(state.weights_hash);
  out.size(state.frame);
  out.size(state.seen);
  out.raw(state.ratio);
  out.count(state.states.size());
  for (const FloatTensor& tensor : state.states) out.tensor(tensor);
  return out.bytes + hash_text(hash_bytes(out.bytes));
}

MatterState state_from_bytes(std::string_view bytes, const std::string& where) {
  require(bytes.substr(0, kMagic.size()) == kMagic && bytes.size() >= kMagic.size() + kHashDigits,
          "{}: no state of a stream (allowed: what was saved by this version)", where);
  const std::string_view body = bytes.substr(0, bytes.size() - kHashDigits);
  require(bytes.substr(body.size()) == hash_text(hash_bytes(body)), "{}: the state is damaged", where);
  Reader in(body.substr(kMagic.size()), where);
  MatterState out;
  out.network = in.text();
  out.weights_hash = in.text();
  out.frame = in.size();
  out.seen = in.size();
  out.ratio = in.raw<double>();
  for (uint64_t left = in.count(kMostStates); left > 0; --left) out.states.push_back(in.tensor());
  require(in.done(), "{}: not a readable state: bytes after its end", where);
  return out;
}

}  // namespace facemat
