#pragma once
// Frames on a pipe, as a program reads them from standard input.

#include "src/media/video/video.h"
#include "tests/fuzz/target.h"

namespace facemat {

// Reads up to ten frames. `format`, `settings`: as src/media/streams/sources.cpp opens a pipe.
inline void read_stream(const std::string& bytes, const std::string& format,
                        const std::vector<std::pair<std::string, std::string>>& settings) {
  constexpr int kMostFrames = 10;
  ReadOptions options;
  options.threads = 1;
  VideoReader reader(StreamInput{"pipe", format, as_file("pipe", bytes).string(), settings, false}, options);
  for (int i = 0; i < kMostFrames && reader.next_frame(); ++i) {
  }
}

}  // namespace facemat
