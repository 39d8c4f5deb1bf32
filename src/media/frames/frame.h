#pragma once
// What passes between sources, stages and sinks: a picture with its place in time, and what is known of its clip.

#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <utility>
#include <vector>

namespace facemat {

// How numbers in YUV stand for colours. Codes of ITU-T H.273; 2: unspecified.
struct Colour {
  int matrix = 2, primaries = 2, transfer = 2;
  bool full_range = false;  // luma 0..255 instead of 16..235
};

// The unit that a clip counts time in: num / den seconds.
struct TimeBase {
  int num = 1, den = 25;
};

struct VideoInfo {
  cv::Size size;                     // pixels, upright
  int pixel_num = 1, pixel_den = 1;  // width by height of a pixel as it is shown
  int rate_num = 25, rate_den = 1;   // frames a second on average: rate_num / rate_den
  TimeBase time_base;
  int64_t start = 0;          // when the first frame is shown, in time_base
  int64_t end = 0;            // when the last frame goes; 0: unknown
  int64_t frames = 0;         // that are shown; 0: not known without reading all
  int64_t likely_frames = 0;  // for progress; 0: unknown
  Colour colour;
  std::vector<std::pair<int, std::string>> light;  // what HDR films say of theirs (FFmpeg's side data, by kind)
  int bits = 8;                                    // of a stored value
  bool has_alpha = false;                          // an alpha channel beside the colours
  bool interlaced = false, top_first = false;      // every other line is from another moment; the upper of two comes first
  std::string profile;                             // what the ICC profile of its pictures calls itself; empty: there is none
  std::string profile_fault;                       // why theirs is not carried on ("it is damaged"); empty: it is, or none
  std::vector<std::string> notes;                  // what of it is not passed on, a line for people each
};

// A clip at a constant rate, its time counted in frames.
inline VideoInfo constant_rate(cv::Size size, int rate_num, int rate_den = 1) {
  VideoInfo info;
  info.size = size;
  info.rate_num = rate_num;
  info.rate_den = rate_den;
  info.time_base = {rate_den, rate_num};
  return info;
}

struct MediaFrame {
  std::string name;                                 // file name without extension; the frame's number in a video
  cv::Mat image;                                    // BGR, BGRA (straight) or grey; 8 bits, 16 bits or float 0..1
  int64_t time = 0;                                 // when it is shown, in units of the clip's time base
  int64_t duration = 0;                             // how long, in the same; 0: until the next
  std::shared_ptr<const std::string> profile = {};  // ICC profile of its colours; none: sRGB, or as the film says
};

// How frames are wanted.
struct ReadOptions {
  int bits = 8;              // 8: CV_8UC3; 16: CV_16UC3, or CV_32FC3 from files of floats
  bool alpha = false;        // a fourth channel with the alpha of the file, straight colours; opaque where it has none
  int threads = 0;           // of a decoder; 0: as many as it likes
  int matrix = 2;            // of films that do not state theirs (H.273); 2: as players take it, by their height
  bool deinterlace = false;  // of two moments in a frame the first, lines between filled in
};

}  // namespace facemat
