// Raw frames on a pipe: 16x16 in the pixels that the first byte names.

#include "src/core/error.h"
#include "tests/fuzz/stream.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

constexpr const char* kPixels[] = {"bgr24", "rgba", "gray", "yuv420p", "rgb48le", "yuva444p10le", "grayf32le", "pal8"};

std::vector<FuzzSeed> seeds() {
  return {{"one_frame", std::string(1, '\0') + std::string(768, 'x')},
          {"floats", std::string(1, '\6') + std::string(1024, '\xff')},
          {"nothing", "", true}};
}

void read(const std::string& bytes) {
  require(!bytes.empty(), "pipe: empty");
  const char* pixels = kPixels[static_cast<uint8_t>(bytes[0]) % std::size(kPixels)];
  read_stream(bytes.substr(1), "rawvideo", {{"pixel_format", pixels}, {"video_size", "16x16"}, {"framerate", "25"}});
}

}  // namespace

FuzzTarget raw_target() { return {"raw", "src/media/video/video.h", 4096, seeds, read}; }

}  // namespace facemat
