#include "src/media/pictures/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "src/core/error.h"

namespace facemat {
namespace {

// zlib's state, which it allocates for itself.
class Inflating {
 public:
  Inflating() {
    if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
  }
  ~Inflating() { inflateEnd(&stream_); }
  Inflating(const Inflating&) = delete;
  Inflating& operator=(const Inflating&) = delete;
  z_stream* operator->() { return &stream_; }
  int step() { return ::inflate(&stream_, Z_NO_FLUSH); }

 private:
  z_stream stream_{};
};

}  // namespace

std::string inflated(std::string_view stream, size_t most) {
  constexpr size_t kPiece = 64 << 10;
  require(stream.size() <= std::numeric_limits<uInt>::max(), "a packed stream of {} bytes", stream.size());
  Inflating state;
  state->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));
  state->avail_in = static_cast<uInt>(stream.size());
  std::string out;
  for (int code = Z_OK; code != Z_STREAM_END;) {
    const size_t made = out.size(), room = std::min(kPiece, most + 1 - made);  // one more than is allowed tells of too much
    out.resize(made + room);
    state->next_out = reinterpret_cast<Bytef*>(out.data() + made);
    state->avail_out = static_cast<uInt>(room);
    code = state.step();
    out.resize(made + room - state->avail_out);
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    require(out.size() <= most, "a packed stream holds more than {} bytes", most);
    require(code == Z_OK || code == Z_STREAM_END, "a packed stream is damaged or cut off{}{}", state->msg ? ": " : "",
            state->msg ? state->msg : "");
  }
  return out;
}

std::string deflated(std::string_view data) {
  uLongf size = compressBound(data.size());
  std::string out(size, '\0');
  const int code =
      compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(data.data()), data.size());
  if (code != Z_OK) throw std::bad_alloc();
  out.resize(size);
  return out;
}

}  // namespace facemat
