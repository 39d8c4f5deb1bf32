#pragma once
// Writing video through FFmpeg's libav*.

#include <memory>

#include "src/media/video/video.h"

namespace facemat {

struct WriterOptions {
  std::string format = "auto";  // a name of video_formats(), or by the extension
  bool alpha = false;           // frames are BGRA, and alpha is kept
  fs::path tracks_from;         // the file whose sound, subtitles, covers, chapters and tags are copied untouched; empty: none
  bool sound = true;            // else all of these but the sound
  bool rescale = false;         // a frame of another size than the first is scaled to it instead of refused
  int threads = 0;              // of the encoder; 0: as many as it likes
};

class VideoWriter {
 public:
  // `info` gives size and shape of a pixel, rate, time base, end, light, moments in a frame and colour: its matrix and range
  // are written and tagged. Written aside; finish() puts it at `path`. A film that begins before 0 is moved to 0, with its
  // sound. Tracks that the container has no place for are left out (lost_tracks in video.h). Throws Error naming `path`: no
  // format for the extension, or a failed write.
  VideoWriter(const fs::path& path, const VideoInfo& info, const WriterOptions& options = {});
  ~VideoWriter();  // without finish(): removes what was written
  VideoWriter(VideoWriter&&) noexcept;

  // Grey, BGR or BGRA (with options.alpha BGRA alone), 8 bits, 16 bits or float 0..1, shown from its `time`, which must grow,
  // until the next; the last of a clip that breaks off for its duration.
  // When the disk has no room for more, the file is finished with the frames it has, and Error says so.
  void write(const MediaFrame& frame);
  // The same, each frame shown for 1 / rate.
  void write(const cv::Mat& image);

  // `whole`: the clip is complete, so is its sound, and its last frame is shown until info.end; else both end with that frame.
  void finish(bool whole = true);

  bool disk_full() const;  // it was, and the file is finished

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facemat
