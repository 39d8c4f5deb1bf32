#pragma once
// Pictures one after another, whatever holds them: an image file, a folder of images, a video.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "src/media/video.h"

namespace facemat {

enum class Medium { kImage, kFolder, kVideo };

// What `path` holds, by what it is. Throws Error if it is missing or none of the three.
Medium medium_of(const fs::path& path);

struct NamedFrame {
  std::string name;  // file name without extension; the frame's number in a video
  cv::Mat image;     // CV_8UC3 BGR
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual std::optional<NamedFrame> next() = 0;
  virtual int64_t count() const = 0;  // 0: unknown until the end
};

// Opens an image, a folder (by name, all of its images) or a video. Throws Error; an empty folder is one.
std::unique_ptr<FrameSource> open_source(const fs::path& path);

class FrameSink {  // without finish(), nothing stays behind
 public:
  virtual ~FrameSink() = default;
  virtual void write(const NamedFrame& frame) = 0;
  virtual void finish() = 0;
};

struct SinkOptions {
  int rate_num = 25, rate_den = 1;  // frames a second, for a video
  fs::path audio_from;              // whose sound a video carries; empty: silent
};

// Where the results made from a `source` medium go: a video if `path` has the extension of one, an image for an image, else a
// folder of PNG files named as the frames are. Throws Error if the two do not go together or a folder exists.
std::unique_ptr<FrameSink> open_sink(const fs::path& path, Medium source, const SinkOptions& options);

}  // namespace facemat
