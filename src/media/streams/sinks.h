#pragma once
// Where frames go: an image, a folder of images, a video, a pipe.

#include <memory>
#include <string>
#include <vector>

#include "src/media/frames/frame.h"
#include "src/media/video/video.h"

namespace facemat {

class FrameSink {  // without finish(), nothing stays behind (but what a folder kept for resuming)
 public:
  virtual ~FrameSink() = default;
  // The frame at the depth that the place keeps. Throws Error; where the disk is full, what was written before stays, whole and
  // readable, and Error says so.
  virtual void write(const MediaFrame& frame) = 0;
  // `whole`: the clip is complete; else it was stopped, and what there is becomes a shorter one.
  virtual void finish(bool whole = true) = 0;
  virtual bool has(const std::string& name) const { return false; }  // a frame of that name was written before (resume)
  virtual bool full() const { return false; }                        // the disk is, and what was written stays
  virtual std::vector<std::string> notes() const { return {}; }      // what it has no place for, a line for people each
};

struct SinkOptions {
  bool single = false;           // one picture is coming
  VideoInfo clip;                // rate, time base and colour of a video
  bool alpha = false;            // frames are straight BGRA, and alpha is to be kept
  bool premultiplied = false;    // colours are written multiplied by it (OpenEXR always does)
  int bits = 8;                  // of PNG files and raw frames: 8 or 16
  std::string video = "auto";    // a name of video_formats(), or by the extension
  std::string pictures = "png";  // extension of a folder's files, without dot
  std::string pipe = "auto";     // pixel format of raw frames, a name of raw_formats()
  fs::path tracks_from;          // whose sound, subtitles, covers, chapters and tags a video carries; empty: none
  bool sound = true;             // else all of these but the sound
  bool rescale = false;          // frames of another size than a video's first are scaled to it
  bool resume = false;           // a folder that exists is filled up, by one process at a time, and keeps what it has got
  int threads = 0;               // of an encoder; 0: as many as it likes
};

// THE SINK TABLE. To add one: a class in sinks.cpp and a line in its table, before those that take more.
struct SinkKind {
  std::string name, help;
  bool (*takes)(const std::string& where, bool single);
  std::unique_ptr<FrameSink> (*open)(const std::string& where, const SinkOptions& options);
};
const std::vector<SinkKind>& sink_kinds();

// Throws Error that says what `where` could be, or why it cannot be written; a folder that exists is refused unless resuming,
// and then if another process is at it.
std::unique_ptr<FrameSink> open_sink(const std::string& where, const SinkOptions& options);

// Whether what is written to `where` keeps alpha, whatever options.alpha says.
bool sink_holds_alpha(const std::string& where, const SinkOptions& options);

// How raw frames can lie in a pipe.
struct RawFormat {
  std::string name;  // as FFmpeg calls it
  int channels, depth;
  bool red_first;
};
const std::vector<RawFormat>& raw_formats();

}  // namespace facemat
