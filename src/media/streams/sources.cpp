#include "src/media/streams/sources.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <set>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/media/pictures/pictures.h"
#include "src/media/pictures/profile.h"
#include "src/media/video/video.h"

namespace facemat {
namespace {

class PictureSource : public FrameSource {
 public:
  PictureSource(std::vector<fs::path> files, const SourceOptions& options) : files_(std::move(files)), options_(options.read) {
    info_ = constant_rate({}, static_cast<int>(std::lround(options.rate * 1000)), 1000);
    info_.frames = info_.likely_frames = static_cast<int64_t>(files_.size());
    info_.has_alpha = has_alpha(files_.front());
    std::set<std::string> names;
    for (const fs::path& file : files_)
      require(names.insert(file.stem().string()).second, "{}: two pictures of one name (but for the extension)", file.string());
    const FoundProfile first = find_profile(start_of(files_.front()));
    if (!first.bytes.empty()) info_.profile = profile_name(first.bytes);
    info_.profile_fault = first.fault;
  }

  std::optional<MediaFrame> next() override {
    if (at_ == files_.size()) return std::nullopt;
    const fs::path& file = files_[at_];
    return MediaFrame{file.stem().string(), read_picture(file, options_), static_cast<int64_t>(at_++), 1, profile_of(file)};
  }
  bool skip() override { return at_ < files_.size() && ++at_; }
  std::string next_name() const override { return at_ < files_.size() ? files_[at_].stem().string() : ""; }
  const VideoInfo& info() const override { return info_; }
  std::vector<fs::path> files() const override { return files_; }

 private:
  static std::string start_of(const fs::path& file) {
    constexpr uint64_t kWithin = 2 << 20;  // profiles stand before the pixels
    return read_file_start(file, kWithin);
  }
  static std::shared_ptr<const std::string> profile_of(const fs::path& file) {
    std::string profile = colour_profile(start_of(file));
    return profile.empty() ? nullptr : std::make_shared<const std::string>(std::move(profile));
  }

  std::vector<fs::path> files_;
  ReadOptions options_;
  VideoInfo info_;
  size_t at_ = 0;
};

class FilmSource : public FrameSource {
 public:
  explicit FilmSource(VideoReader reader) : reader_(std::move(reader)) {}
  std::optional<MediaFrame> next() override {
    std::optional<MediaFrame> frame = reader_.next_frame();
    if (frame) frame->name = next_name(), ++at_;
    return frame;
  }
  bool skip() override { return reader_.skip() && ++at_; }
  std::string next_name() const override { return fmt::format("{:06}", at_); }
  const VideoInfo& info() const override { return reader_.info(); }

 private:
  VideoReader reader_;
  int64_t at_ = 0;
};

// --- what a text names ---

constexpr const char* kCamera = "camera:";

bool is_pipe(const std::string& what) { return what == "-"; }
bool is_camera(const std::string& what) { return starts_with(what, kCamera); }
bool is_pattern(const std::string& what) {
  static const std::regex mark(R"(.*([*?]|%\d*d)[^/]*)");
  return !fs::exists(what) && std::regex_match(what, mark);
}
bool is_folder(const std::string& what) { return fs::is_directory(what); }
// By its name; of a name that says nothing by its content.
bool is_film(const std::string& what) {
  return is_video(what) || (!is_picture(what) && !has_extension(what, foreign_image_extensions()) && holds_film(what));
}
bool is_single(const std::string& what) { return is_picture(what); }

// --- how it is opened ---

std::unique_ptr<FrameSource> open_picture(const std::string& what, const SourceOptions& options) {
  return std::make_unique<PictureSource>(std::vector<fs::path>{what}, options);
}

std::unique_ptr<FrameSource> open_folder(const std::string& what, const SourceOptions& options) {
  std::vector<fs::path> files = pictures_in(what, picture_extensions());
  require(!files.empty(), "{}: the folder holds no images ({})", what, fmt::join(picture_extensions(), ", "));
  return std::make_unique<PictureSource>(std::move(files), options);
}

// "shot_%04d.png" and "shot_*.png": * stands for any characters, ? for one, %d and %04d for digits.
bool matches(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return name.empty();
  const size_t mark = pattern[0] == '%' ? std::min(pattern.find_first_not_of("0123456789", 1), pattern.size()) : 0;
  if (mark > 0 && mark < pattern.size() && pattern[mark] == 'd') {
    const size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
    for (size_t taken = digits; taken > 0; --taken)
      if (matches(name.substr(taken), pattern.substr(mark + 1))) return true;
    return false;
  }
  if (pattern[0] != '*')
    return !name.empty() && (pattern[0] == '?' || pattern[0] == name[0]) && matches(name.substr(1), pattern.substr(1));
  for (size_t taken = 0; taken <= name.size(); ++taken)
    if (matches(name.substr(taken), pattern.substr(1))) return true;
  return false;
}

std::vector<fs::path> matching(const fs::path& folder, const std::string& pattern) {
  std::vector<fs::path> files;
  for (fs::path& file : list_files(folder, with_foreign(picture_extensions()))) {
    const std::string name = file.filename().string();
    if (!matches(name, pattern)) continue;
    refuse_foreign(folder, {name});
    files.push_back(std::move(file));
  }
  return files;
}

std::unique_ptr<FrameSource> open_pattern(const std::string& what, const SourceOptions& options) {
  const fs::path pattern = what;
  const fs::path folder = pattern.has_parent_path() ? pattern.parent_path() : fs::path(".");
  std::vector<fs::path> files = matching(folder, pattern.filename().string());
  require(!files.empty(), "{}: no image has such a name ({})", what, fmt::join(picture_extensions(), ", "));
  return std::make_unique<PictureSource>(std::move(files), options);
}

std::unique_ptr<FrameSource> open_film(const std::string& what, const SourceOptions& options) {
  return std::make_unique<FilmSource>(VideoReader(fs::path(what), options.read));
}

std::unique_ptr<FrameSource> open_pipe(const std::string& what, const SourceOptions& options) {
  require(!options.raw.empty(),
          "-: frames on a pipe need --raw FORMAT:WIDTHxHEIGHT@RATE (--raw bgr24:640x480@25), or --raw y4m");
  StreamInput input{"standard input", "yuv4mpegpipe", "pipe:0", {}, false};
  if (options.raw != "y4m") {
    static const std::regex form(R"(([a-z0-9]+):(\d{1,5}x\d{1,5})@(\d{1,6}(/\d{1,6}|\.\d{1,3})?))");
    std::smatch match;
    require(std::regex_match(options.raw, match, form),
            "--raw {}: not of the form FORMAT:WIDTHxHEIGHT@RATE (bgr24:640x480@25, rgba:1280x720@30000/1001) or y4m",
            options.raw);
    input.format = "rawvideo";
    input.settings = {{"pixel_format", match[1]}, {"video_size", match[2]}, {"framerate", match[3]}};
  }
  return std::make_unique<FilmSource>(VideoReader(input, options.read));
}

std::vector<std::string> cameras() {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/dev", error))
    if (starts_with(entry.path().filename().string(), "video")) found.push_back(entry.path().string());
  std::sort(found.begin(), found.end(), natural_less);
  return found;
}

std::unique_ptr<FrameSource> open_camera(const std::string& what, const SourceOptions& options) {
  std::string device = what.substr(std::string(kCamera).size());
  if (!device.empty() && device.find_first_not_of("0123456789") == std::string::npos) device = "/dev/video" + device;
  const std::vector<std::string> there = cameras();
  require(fs::exists(device), "{}: no such camera ({})", what,
          there.empty() ? "this machine has none" : fmt::format("there are: {}", fmt::join(there, ", ")));
  static const std::regex form(R"((\d{1,5}x\d{1,5})?(@(\d{1,4}(/\d{1,4}|\.\d{1,3})?))?)");
  std::smatch match;
  require(std::regex_match(options.camera, match, form),
          "camera settings '{}': not of the form WIDTHxHEIGHT@RATE (1280x720@30)", options.camera);
  StreamInput input{what, "video4linux2", device, {}, true};
  if (match[1].matched) input.settings.push_back({"video_size", match[1]});
  if (match[3].matched) input.settings.push_back({"framerate", match[3]});
  return std::make_unique<FilmSource>(VideoReader(input, options.read));
}

}  // namespace

const std::vector<SourceKind>& source_kinds() {
  static const std::vector<SourceKind> table = {
      {"pipe", "-: raw frames on standard input", is_pipe, open_pipe, false, false, false, true},
      {"camera", "camera:0 or camera:/dev/video0", is_camera, open_camera, false, false, false, true},
      {"pattern", "shot_%04d.png or 'shot_*.png'", is_pattern, open_pattern, false, true, false, false},
      {"folder", "a folder of images", is_folder, open_folder, false, true, false, false},
      {"video", "a video", is_film, open_film, false, false, true, false},
      {"image", "an image", is_single, open_picture, true, false, false, false},
  };
  return table;
}

const SourceKind& source_kind_of(const std::string& what) {
  const auto& table = source_kinds();
  const auto kind = std::find_if(table.begin(), table.end(), [&](const SourceKind& k) { return k.takes(what); });
  const bool in_files = kind == table.end() || kind->film || kind->single;
  require(!in_files || fs::exists(what), "{}: no such file or folder", what);
  require(kind != table.end() || !has_extension(what, foreign_image_extensions()), "{}: {}", what, kForeignFormat);
  require(kind != table.end(), "{}: not an image, a folder of images or a video (images: {}; videos: {})", what,
          fmt::join(picture_extensions(), ", "), fmt::join(video_extensions(), ", "));
  return *kind;
}

std::unique_ptr<FrameSource> open_source(const std::string& what, const SourceOptions& options) {
  const SourceKind& kind = source_kind_of(what);
  std::unique_ptr<FrameSource> source = kind.open(what, options);
  source->kind_ = &kind;
  return source;
}

}  // namespace facemat
