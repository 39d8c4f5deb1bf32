#include "src/media/frames.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

class FileSource : public FrameSource {
 public:
  explicit FileSource(std::vector<fs::path> files) : files_(std::move(files)) {}
  std::optional<NamedFrame> next() override {
    if (at_ == files_.size()) return std::nullopt;
    const fs::path& file = files_[at_++];
    return NamedFrame{file.stem().string(), read_image(file)};
  }
  int64_t count() const override { return static_cast<int64_t>(files_.size()); }

 private:
  std::vector<fs::path> files_;
  size_t at_ = 0;
};

class VideoSource : public FrameSource {
 public:
  explicit VideoSource(const fs::path& path) : reader_(path) {}
  std::optional<NamedFrame> next() override {
    std::optional<cv::Mat> image = reader_.next();
    if (!image) return std::nullopt;
    return NamedFrame{fmt::format("{:06}", at_++), *image};
  }
  int64_t count() const override { return reader_.info().frames; }

 private:
  VideoReader reader_;
  int64_t at_ = 0;
};

class ImageSink : public FrameSink {
 public:
  explicit ImageSink(fs::path path) : path_(std::move(path)) {}
  void write(const NamedFrame& frame) override { image_ = frame.image; }
  void finish() override { write_image(path_, image_); }

 private:
  fs::path path_;
  cv::Mat image_;
};

class FolderSink : public FrameSink {
 public:
  explicit FolderSink(const fs::path& path) : folder_(path) {}
  void write(const NamedFrame& frame) override { write_image(folder_.path() / (frame.name + ".png"), frame.image); }
  void finish() override { folder_.commit(); }

 private:
  PendingFolder folder_;
};

class VideoSink : public FrameSink {  // the first frame decides the size
 public:
  VideoSink(fs::path path, SinkOptions options) : path_(std::move(path)), options_(std::move(options)) {}
  void write(const NamedFrame& frame) override {
    if (!writer_) {
      VideoInfo info;
      info.size = frame.image.size();
      info.rate_num = options_.rate_num;
      info.rate_den = options_.rate_den;
      writer_.emplace(path_, info, options_.audio_from);
    }
    if (frame.image.channels() == 3) {
      writer_->write(frame.image);
    } else {
      cv::Mat colour;
      cv::merge(std::vector<cv::Mat>(3, frame.image), colour);
      writer_->write(colour);
    }
  }
  void finish() override {
    require(writer_.has_value(), "{}: a video needs at least one frame", path_.string());
    writer_->finish();
  }

 private:
  fs::path path_;
  SinkOptions options_;
  std::optional<VideoWriter> writer_;
};

bool is_image(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto& known = image_extensions();
  return std::find(known.begin(), known.end(), extension) != known.end();
}

}  // namespace

Medium medium_of(const fs::path& path) {
  require(fs::exists(path), "{}: no such file or folder", path.string());
  if (fs::is_directory(path)) return Medium::kFolder;
  if (is_video(path)) return Medium::kVideo;
  require(is_image(path), "{}: not an image, a folder of images or a video (images: {}; videos: .mp4, .mov, .mkv, .webm, .avi)",
          path.string(), fmt::join(image_extensions(), ", "));
  return Medium::kImage;
}

std::unique_ptr<FrameSource> open_source(const fs::path& path) {
  switch (medium_of(path)) {
    case Medium::kVideo:
      return std::make_unique<VideoSource>(path);
    case Medium::kImage:
      return std::make_unique<FileSource>(std::vector<fs::path>{path});
    case Medium::kFolder:
      break;
  }
  std::vector<fs::path> files = list_files(path, image_extensions());
  require(!files.empty(), "{}: the folder holds no images ({})", path.string(), fmt::join(image_extensions(), ", "));
  return std::make_unique<FileSource>(std::move(files));
}

std::unique_ptr<FrameSink> open_sink(const fs::path& path, Medium source, const SinkOptions& options) {
  if (source == Medium::kImage) {
    require(is_image(path), "{}: the target is an image, so the output must be one ({})", path.string(),
            fmt::join(image_extensions(), ", "));
    return std::make_unique<ImageSink>(path);
  }
  if (is_video(path)) return std::make_unique<VideoSink>(path, options);
  require(!path.has_extension(), "{}: the target is a clip, so the output must be a video (.mp4, .mov, .mkv) or a new folder",
          path.string());
  return std::make_unique<FolderSink>(path);
}

}  // namespace facemat
