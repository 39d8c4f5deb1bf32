#pragma once
// Reading and writing video through FFmpeg's libav*.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

namespace facemat {

namespace fs = std::filesystem;

struct VideoInfo {
  cv::Size size;                    // pixels
  int rate_num = 25, rate_den = 1;  // frames a second: rate_num / rate_den
  int64_t frames = 0;               // as the container states it; 0: unknown
};

class VideoReader {
 public:
  // Throws Error naming `path`: missing, not a video, no video stream, or a frame of more than kMostPixels.
  explicit VideoReader(const fs::path& path);
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  const VideoInfo& info() const;
  // The next frame, CV_8UC3 BGR, turned upright as a player shows it; nothing at the end. Throws Error on a frame that cannot
  // be decoded. A Matroska file that was cut reads as a shorter film: unlike MP4 it does not state how much there should be.
  std::optional<cv::Mat> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class VideoWriter {
 public:
  // H.264 in an .mp4, .mov or .mkv file at a constant rate (yuv420p, BT.709; odd sizes are padded by one pixel). Written aside;
  // finish() puts it at `path`. `audio_from`: copies the audio streams of that file untouched; empty: silent. Throws Error
  // naming `path`: another extension, sound the container cannot hold, or a failed write.
  VideoWriter(const fs::path& path, const VideoInfo& info, const fs::path& audio_from = {});
  ~VideoWriter();  // without finish(): removes what was written
  VideoWriter(VideoWriter&&) noexcept;
  void write(const cv::Mat& frame);  // CV_8UC3 BGR of info.size
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// True if the extension is one of a video container (.mp4 .mov .mkv .webm .avi).
bool is_video(const fs::path& path);

// Versions of FFmpeg's libraries in use: "libavformat 59.27.100, libavcodec 59.37.100, libswscale 6.7.100".
std::string video_libraries();

}  // namespace facemat
