#pragma once
// What passes between sources, stages and sinks: a picture with its place in time, and what is known of its clip.

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>

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
  cv::Size size;                    // pixels, upright
  int rate_num = 25, rate_den = 1;  // frames a second on average: rate_num / rate_den
  TimeBase time_base;
  int64_t frames = 0;         // as the container states it; 0: unknown
  int64_t likely_frames = 0;  // for progress: as stated, or duration times rate; 0: unknown
  Colour colour;
  int bits = 8;            // of a stored value
  bool has_alpha = false;  // an alpha channel beside the colours
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
  std::string name;      // file name without extension; the frame's number in a video
  cv::Mat image;         // BGR, BGRA (straight) or grey; 8 bits, 16 bits or float 0..1
  int64_t time = 0;      // when it is shown, in units of the clip's time base
  int64_t duration = 0;  // how long, in the same; 0: until the next
};

// How frames are wanted.
struct ReadOptions {
  int bits = 8;        // 8: CV_8UC3; 16: CV_16UC3, or CV_32FC3 from files of floats
  bool alpha = false;  // a fourth channel with the alpha of the file, straight colours; opaque where it has none
  int threads = 0;     // of a decoder; 0: as many as it likes
};

}  // namespace facemat
