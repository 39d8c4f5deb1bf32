#pragma once
// The kinds of video that can be written.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "src/media/frames/frame.h"

namespace facemat {

// THE VIDEO FORMAT TABLE. To add one: a line in video_formats.cpp; tests/src/media/video/formats_test.cpp writes and reads
// back every line.
struct VideoFormat {
  std::string name, help;
  std::vector<std::string> extensions;  // the first format of the table that takes a file's extension is its usual one
  std::string encoder;                  // FFmpeg's name
  std::string pixels;                   // FFmpeg's name of the pixel format
  std::string alpha_pixels;             // the same with alpha; empty: it holds none
  std::vector<std::pair<std::string, std::string>> options;        // of the encoder
  std::vector<std::pair<std::string, std::string>> alpha_options;  // not empty: alpha is a second stream of the encoder, made
                                                                   // with these, as WebM keeps it
  int bits = 8;                                                    // of a stored value
  bool fields = false;                                             // keeps two moments in a frame apart, and says so
  double alpha_error = 0;  // the most by which alpha read back differs from alpha written (0..1); promised, and tested
};
const std::vector<VideoFormat>& video_formats();

// Whether a clip of two moments in each frame stays one. H.264 codes lines of two moments in pairs, so in 4:2:0 it takes them
// by four.
bool keeps_fields(const VideoFormat& format, const VideoInfo& clip);

// The format for the file `path`: called `name`, or for "auto" the first that takes its extension (in any case) and, when
// `alpha`, holds alpha. Throws Error naming it that lists what there is.
const VideoFormat& find_video_format(const std::string& name, const std::filesystem::path& path, bool alpha);

}  // namespace facemat
