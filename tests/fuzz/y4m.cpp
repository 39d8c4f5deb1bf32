// YUV4MPEG2 on a pipe.

#include "tests/fuzz/stream.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::string clip(const std::string& head, int frames, size_t bytes) {
  std::string out = "YUV4MPEG2 " + head + "\n";
  for (int i = 0; i < frames; ++i) out += "FRAME\n" + std::string(bytes, static_cast<char>(16 + 40 * i));
  return out;
}

std::vector<FuzzSeed> seeds() {
  return {{"colours", clip("W16 H16 F25:1 Ip A1:1 C420jpeg", 2, 384)},
          {"grey", clip("W16 H16 F30000:1001 Cmono", 2, 256)},
          {"no_size", clip("F25:1", 1, 384), true},
          {"huge", clip("W60000 H60000 F25:1 C420jpeg", 1, 384), true}};
}

void read(const std::string& bytes) { read_stream(bytes, "yuv4mpegpipe", {}); }

}  // namespace

FuzzTarget y4m_target() { return {"y4m", "src/media/video/video.h", 2048, seeds, read}; }

}  // namespace facemat
