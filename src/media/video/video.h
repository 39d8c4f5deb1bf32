#pragma once
// Reading video: files, cameras and pipes, through FFmpeg's libav*.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/media/frames/frame.h"

namespace facemat {

namespace fs = std::filesystem;

// What is no file: FFmpeg's name of a device or stream format ("video4linux2", "rawvideo"), its address and settings.
struct StreamInput {
  std::string name;  // in messages
  std::string format, url;
  std::vector<std::pair<std::string, std::string>> settings;
  bool live = false;  // a device: frames it could not deliver whole are passed over, times count from the first
};

class VideoReader {
 public:
  // Throws Error naming `path`: missing, not a video, no video stream, or a frame of more than kMostPixels.
  explicit VideoReader(const fs::path& path, const ReadOptions& options = {});
  explicit VideoReader(const StreamInput& input, const ReadOptions& options = {});
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  const VideoInfo& info() const;

  // The next frame, turned upright as a player shows it; nothing at the end. `image` is as `options` ask, in the frame's own
  // size, which may change within a clip; `time` is the file's, made to grow where the file's does not. A file that does not
  // say how its colours are stored is taken as players do: BT.709 from 720 lines up, else BT.601, limited range. Throws Error
  // on a frame that cannot be decoded, and when a file ends before what it states (a Matroska file that was recorded as a
  // stream does not state it, and reads as a shorter film). Frames that an edit list hides are not given.
  std::optional<MediaFrame> next_frame();
  std::optional<cv::Mat> next();  // its image alone

  // Goes past a frame without making its picture; false at the end.
  bool skip();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A line for people: what `from` holds beside its film that a film written to `to` has no place for; empty: nothing. `sound`:
// with its sound.
std::string lost_tracks(const fs::path& from, const fs::path& to, bool sound);

// True if the extension is one of a video container (video_extensions()).
bool is_video(const fs::path& path);
const std::vector<std::string>& video_extensions();

// How many frames of the film `path` are shown: as its index says, else as many as it has packets, undecoded (frames that
// decoders hide are counted then). Throws Error as VideoReader does.
int64_t frames_in_film(const fs::path& path);

// True if the content of the file `path` is a film that can be read, whatever its name.
bool holds_film(const fs::path& path);

// Versions of FFmpeg's libraries in use: "libavformat 59.27.100, libavcodec 59.37.100, libswscale 6.7.100".
std::string video_libraries();

}  // namespace facemat
