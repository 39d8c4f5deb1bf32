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
  // on a frame that cannot be decoded, and when a file ends before what it states (a Matroska file without the length of its
  // streams reads as a shorter film).
  std::optional<MediaFrame> next_frame();
  std::optional<cv::Mat> next();  // its image alone

  // Goes past a frame without making its picture; false at the end.
  bool skip();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// True if the extension is one of a video container (.mp4 .mov .mkv .webm .avi).
bool is_video(const fs::path& path);
const std::vector<std::string>& video_extensions();

// Versions of FFmpeg's libraries in use: "libavformat 59.27.100, libavcodec 59.37.100, libswscale 6.7.100".
std::string video_libraries();

}  // namespace facemat
