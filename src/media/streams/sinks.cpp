#include "src/media/streams/sinks.h"

#include <algorithm>
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <set>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/core/lock.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/media/frames/disk.h"
#include "src/media/pictures/pictures.h"
#include "src/media/pictures/profile.h"
#include "src/media/video/video_formats.h"
#include "src/media/video/video_writer.h"

namespace facemat {
namespace {

// BGRA with colours multiplied by alpha, if `options` ask for that.
cv::Mat multiplied(const cv::Mat& image, const SinkOptions& options) {
  if (!options.premultiplied || image.channels() != 4) return image;
  cv::Mat out = to_float(image).clone();
  for (cv::Vec4f& pixel : cv::Mat_<cv::Vec4f>(out))
    for (int c = 0; c < 3; ++c) pixel[c] *= pixel[3];
  return out;
}

// With the profile of its colours; mattes have none.
std::string encoded(const MediaFrame& frame, const PictureFormat& format, const SinkOptions& options) {
  const std::string bytes = encode_picture(format.multiplies ? frame.image : multiplied(frame.image, options), format);
  return frame.profile && frame.image.channels() > 1 ? with_colour_profile(bytes, *frame.profile) : bytes;
}

// Of what has no place for one.
std::string lost_profile(const std::string& where, const SinkOptions& options) {
  return options.clip.profile.empty()
             ? ""
             : fmt::format("{}: the colour profile ({}) of the pictures is left out", where, options.clip.profile);
}

// Of pictures in files.
std::vector<std::string> picture_notes(const std::string& where, const PictureFormat& format, const SinkOptions& options) {
  const VideoInfo& clip = options.clip;
  std::vector<std::string> notes;
  if (format.depth == CV_32F) notes.push_back(lost_profile(where, options));
  if (clip.pixel_num != clip.pixel_den)
    notes.push_back(fmt::format("{}: pictures do not say that their pixels are {}:{}", where, clip.pixel_num, clip.pixel_den));
  notes.erase(std::remove(notes.begin(), notes.end(), ""), notes.end());
  return notes;
}

class PictureSink : public FrameSink {
 public:
  PictureSink(fs::path path, const SinkOptions& options)
      : path_(std::move(path)), options_(options), format_(picture_format_of(path_, options.bits, options.alpha)) {}
  void write(const MediaFrame& frame) override { bytes_ = encoded(frame, format_, options_); }
  void finish(bool) override {
    if (!bytes_.empty()) write_file(path_, bytes_);
  }
  std::vector<std::string> notes() const override { return picture_notes(path_.string(), format_, options_); }

 private:
  fs::path path_;
  SinkOptions options_;
  PictureFormat format_;
  std::string bytes_;
};

class FolderSink : public FrameSink {
 public:
  FolderSink(const fs::path& path, const SinkOptions& options)
      : path_(path), options_(options), format_(picture_format_of("x." + options.pictures, options.bits, options.alpha)) {
    if (!options.resume) pending_.emplace(path);
    if (!options.resume || !fs::is_directory(path)) return;
    hold();
    left_ = half_written_files(path);
  }

  void write(const MediaFrame& frame) override {
    require(names_.insert(frame.name).second, "{}: two frames are called '{}'", path_.string(), frame.name);
    const std::string bytes = encoded(frame, format_, options_);
    keep_room(bytes.size());
    if (pending_) return write_plain(file_of(pending_->path(), frame.name), bytes);
    hold();
    const fs::path file = file_of(path_, frame.name);
    remove_half_written(left_, file);          // first: once the frame is there, nobody comes back to it
    write_file(file, bytes, Nameless::kGoes);  // whole or not at all
  }

  void finish(bool) override {
    if (!pending_) return;
    sync_filesystem(pending_->path());
    pending_->commit();
  }
  bool full() const override { return full_; }
  std::vector<std::string> notes() const override { return picture_notes(path_.string(), format_, options_); }
  bool has(const std::string& name) const override { return options_.resume && fs::exists(file_of(path_, name)); }

 private:
  fs::path file_of(const fs::path& folder, const std::string& name) const { return folder / (name + format_.extension); }

  // A folder that is resumed: another run's half-written files would be taken for those of a killed one.
  void hold() {
    if (lock_) return;
    make_folder(output_place(path_));
    lock_.emplace(path_, "writes frames into it");
  }

  void keep_room(size_t bytes) {
    constexpr uint64_t kSlack = 64 << 10;  // for the folder itself
    if (free_bytes(pending_ ? pending_->path() : path_) > bytes + kSlack) return;
    const size_t written = names_.size() - 1;
    full_ = true;
    if (pending_ && written > 0) pending_->commit();
    fail("{}: the disk is full{}", path_.string(), written > 0 ? fmt::format(": the first {} frames were kept", written) : "");
  }

  fs::path path_;
  SinkOptions options_;
  PictureFormat format_;
  bool full_ = false;
  std::optional<PendingFolder> pending_;
  std::optional<Lock> lock_;
  std::set<std::string> names_;
  std::vector<fs::path> left_;  // half-written files, some by a run that was killed
};

class VideoSink : public FrameSink {  // the first frame decides the size
 public:
  VideoSink(fs::path path, SinkOptions options) : path_(std::move(path)), options_(std::move(options)) {
    require(!options_.resume, "{}: only folders can be resumed, a video is made at one go", path_.string());
    const VideoFormat& format = find_video_format(options_.video, path_, options_.alpha);
    const std::string where = path_.string();
    const int own = options_.clip.bits, taken = options_.bits, meant = own > 8 ? own : taken;
    note(lost_profile(where, options_));
    if (!options_.tracks_from.empty()) note(lost_tracks(options_.tracks_from, path_, options_.sound));
    if (meant > format.bits)
      note(fmt::format("{}: {} keeps {} bits of a value, of {}{}", where, format.name, format.bits, meant,
                       format.bits == 8 ? " (prores, in .mov, keeps 10)" : ""));
    else if (own > taken)
      note(fmt::format("{}: {} bits of a value are taken, of {} (--set bits=16 takes all)", where, taken, own));
    if (options_.clip.interlaced && !keeps_fields(format, options_.clip))
      note(fmt::format("{}: {} with {} lines is tagged as not interlaced", where, format.name, options_.clip.size.height));
  }
  std::vector<std::string> notes() const override { return notes_; }
  void write(const MediaFrame& frame) override {
    if (!writer_) open(frame.image.size());
    MediaFrame ready = frame;
    ready.image = multiplied(frame.image, options_);
    writer_->write(ready);
  }
  void finish(bool whole) override {
    if (writer_) writer_->finish(whole);
  }
  bool full() const override { return writer_ && writer_->disk_full(); }

 private:
  void open(cv::Size size) {
    VideoInfo info = options_.clip;
    info.size = size;
    writer_.emplace(path_, info,
                    WriterOptions{options_.video, options_.alpha, options_.tracks_from, options_.sound, options_.rescale,
                                  options_.threads});
  }
  void note(const std::string& line) {
    if (!line.empty()) notes_.push_back(line);
  }

  fs::path path_;
  std::vector<std::string> notes_;
  SinkOptions options_;
  std::optional<VideoWriter> writer_;
};

const RawFormat& raw_format_of(const SinkOptions& options, int channels) {
  if (options.pipe != "auto") return find_entry(raw_formats(), options.pipe, "format of raw frames");
  const int depth = options.bits == 16 ? CV_16U : CV_8U;
  const auto& table = raw_formats();
  return *std::find_if(table.begin(), table.end(),
                       [&](const RawFormat& f) { return f.channels == channels && f.depth == depth; });
}

class PipeSink : public FrameSink {
 public:
  explicit PipeSink(const SinkOptions& options) : options_(options) {
    if (options.pipe != "auto") raw_format_of(options, 3);  // known?
  }

  void write(const MediaFrame& frame) override {
    const cv::Size size = frame.image.size();
    require(size_.empty() || size == size_, "-: frame '{}' is {}x{}, the pipe began with {}x{}", frame.name, size.width,
            size.height, size_.width, size_.height);
    size_ = size;
    const cv::Mat raw = arranged(frame.image);
    for (int y = 0; y < raw.rows; ++y) {
      const size_t bytes = raw.cols * raw.elemSize();
      const bool written = std::fwrite(raw.ptr(y), 1, bytes, stdout) == bytes;  // before errno is read
      require(written, "-: cannot write: {}", system_reason());
    }
  }
  void finish(bool) override {
    const bool written = std::fflush(stdout) == 0;
    require(written, "-: cannot write: {}", system_reason());
  }

 private:
  cv::Mat arranged(const cv::Mat& image) const {
    const RawFormat& format = raw_format_of(options_, image.channels());
    const cv::Mat ready = multiplied(image, options_);
    cv::Mat out = ready;
    if (ready.depth() != format.depth) {
      const cv::Mat floats = to_float(ready);
      out = format.depth == CV_8U ? to_u8(floats) : to_u16(floats);
    }
    const int from = out.channels(), to = format.channels;
    if (from == 1 && to == 3) cv::cvtColor(out, out, cv::COLOR_GRAY2BGR);
    if (from == 1 && to == 4) cv::cvtColor(out, out, cv::COLOR_GRAY2BGRA);
    if (from == 3 && to == 4) cv::cvtColor(out, out, cv::COLOR_BGR2BGRA);
    if (from == 4 && to == 3) cv::cvtColor(out, out, cv::COLOR_BGRA2BGR);
    if (from >= 3 && to == 1) cv::cvtColor(out, out, from == 3 ? cv::COLOR_BGR2GRAY : cv::COLOR_BGRA2GRAY);
    if (format.red_first) cv::cvtColor(out, out, to == 3 ? cv::COLOR_BGR2RGB : cv::COLOR_BGRA2RGBA);
    return out;
  }

  SinkOptions options_;
  cv::Size size_;
};

// Names of pictures and films that nothing here writes: a mistake, not a folder.
bool is_foreign_media(const fs::path& where) {
  return has_extension(where, foreign_image_extensions()) || has_extension(where, {".apng", ".mxf", ".svg"});
}

bool is_pipe(const std::string& where, bool) { return where == "-"; }
bool is_film(const std::string& where, bool single) { return !single && is_video(where); }
bool is_single(const std::string& where, bool single) { return single && is_picture(where); }
// Any other name, dots in it or not, but none that means a kind of file.
bool is_folder(const std::string& where, bool single) { return !single && !is_picture(where) && !is_foreign_media(where); }

template <typename Sink>
std::unique_ptr<FrameSink> open_at(const std::string& where, const SinkOptions& options) {
  return std::make_unique<Sink>(where, options);
}
std::unique_ptr<FrameSink> open_pipe(const std::string&, const SinkOptions& options) {
  return std::make_unique<PipeSink>(options);
}

}  // namespace

const std::vector<RawFormat>& raw_formats() {
  static const std::vector<RawFormat> table = {
      {"bgr24", 3, CV_8U, false},     {"rgb24", 3, CV_8U, true},      {"bgra", 4, CV_8U, false},
      {"rgba", 4, CV_8U, true},       {"gray", 1, CV_8U, false},      {"bgr48le", 3, CV_16U, false},
      {"rgb48le", 3, CV_16U, true},   {"bgra64le", 4, CV_16U, false}, {"rgba64le", 4, CV_16U, true},
      {"gray16le", 1, CV_16U, false},
  };
  return table;
}

const std::vector<SinkKind>& sink_kinds() {
  static const std::vector<SinkKind> table = {
      {"pipe", "-: raw frames on standard output", is_pipe, open_pipe},
      {"image", ".png, .jpg or .exr, from an image", is_single, open_at<PictureSink>},
      {"video", ".mp4, .mov, .mkv or .webm", is_film, open_at<VideoSink>},
      {"folder", "a new folder", is_folder, open_at<FolderSink>},
  };
  return table;
}

bool sink_holds_alpha(const std::string& where, const SinkOptions& options) {
  const auto picture = [&](const std::string& extension) {
    return std::any_of(picture_formats().begin(), picture_formats().end(),
                       [&](const PictureFormat& format) { return format.extension == extension && format.alpha; });
  };
  if (is_pipe(where, options.single)) return options.pipe != "auto" && raw_format_of(options, 4).channels == 4;
  if (options.single) return picture(lower(fs::path(where).extension().string()));
  if (!is_film(where, false)) return picture("." + lower(options.pictures));
  const std::string extension = lower(fs::path(where).extension().string());
  return std::any_of(video_formats().begin(), video_formats().end(), [&](const VideoFormat& format) {
    const auto& takes = format.extensions;
    return (options.video == "auto" || options.video == format.name) && !format.alpha_pixels.empty() &&
           std::find(takes.begin(), takes.end(), extension) != takes.end();
  });
}

std::unique_ptr<FrameSink> open_sink(const std::string& where, const SinkOptions& options) {
  for (const SinkKind& kind : sink_kinds())
    if (kind.takes(where, options.single)) return kind.open(where, options);
  require(!options.single, "{}: the target is an image, so the output must be one (.png, .jpg, .exr)", where);
  fail("{}: the target is a clip, so the output must be a video (.mp4, .mov, .mkv, .webm) or a new folder", where);
}

}  // namespace facemat
