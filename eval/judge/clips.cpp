#include "eval/judge/clips.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

const std::vector<std::string> kFlowExtensions = {".flo"}, kFilmExtensions = {".mp4", ".mov", ".mkv", ".webm", ".avi"};

// A frame with its path without extension, relative to its folder; frames of films have no names.
struct NamedFile {
  std::string name;
  FrameFile file;
};
// The frames of each still "a" or clip "b/", in order.
using Side = std::map<std::string, std::vector<NamedFile>>;

std::string relative_name(const fs::path& file, const fs::path& folder) {
  return fs::relative(file, folder).replace_extension().generic_string();
}

void add_picture(const fs::path& file, const fs::path& folder, Side& side) {
  const std::string name = relative_name(file, folder), parent = fs::path(name).parent_path().generic_string();
  auto& frames = side[parent.empty() ? name : parent + "/"];
  require(frames.empty() || (!frames.back().file.in_film() && frames.back().name != name), "{}: two pictures of one name",
          file.string());
  frames.push_back({name, {file, -1}});
}

constexpr int64_t kMostFilmFrames = 10'000'000;

int64_t count_frames(const fs::path& film) {
  VideoReader reader(film);
  int64_t count = reader.info().frames;
  if (count <= 0)
    while (reader.skip()) ++count;
  require(count <= kMostFilmFrames, "{}: states {} frames (allowed: up to {})", film.string(), count, kMostFilmFrames);
  return count;
}

void add_film(const fs::path& file, const fs::path& folder, Side& side) {
  auto& frames = side[relative_name(file, folder) + "/"];
  require(frames.empty(), "{}: there are other frames of this name", file.string());
  for (int64_t t = 0, count = count_frames(file); t < count; ++t) frames.push_back({"", {file, static_cast<int>(t)}});
}

Side side_of(const fs::path& folder, const std::vector<std::string>& extensions, bool films) {
  require(fs::is_directory(folder), "{}: no such folder", folder.string());
  std::vector<fs::path> places = {folder};
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_directory()) places.push_back(entry.path());
  std::sort(places.begin(), places.end());
  Side side;
  for (const fs::path& place : places) {
    for (const fs::path& file : list_files(place, extensions)) add_picture(file, folder, side);
    if (films)
      for (const fs::path& file : list_files(place, kFilmExtensions)) add_film(file, folder, side);
  }
  require(!side.empty(), "{}: no pictures there", folder.string());
  return side;
}

// A folder beside that of the true mattes; without one, no frame has a partner there.
class Partners {
 public:
  Partners(const fs::path& folder, const char* what, bool films,
           const std::vector<std::string>& extensions = image_extensions())
      : folder_(folder), what_(what) {
    if (!folder.empty()) side_ = side_of(folder, extensions, films);
  }

  // The partner of each of the true clip's frames; `but_last`: the last one needs none.
  std::vector<FrameFile> of(const std::string& clip, const std::vector<NamedFile>& truth, bool but_last = false) const {
    if (folder_.empty()) return std::vector<FrameFile>(truth.size());
    const auto found = side_.find(clip);
    static const std::vector<NamedFile> kNone;
    const auto& own = found == side_.end() ? kNone : found->second;
    const bool named = !truth.front().file.in_film() && (own.empty() || !own.front().file.in_film());
    return named ? by_name(own, truth, but_last) : by_order(own, truth, clip, but_last);
  }

 private:
  std::vector<FrameFile> by_name(const std::vector<NamedFile>& own, const std::vector<NamedFile>& truth, bool but_last) const {
    std::vector<FrameFile> files;
    for (size_t t = 0; t < truth.size(); ++t) {
      const auto same = std::find_if(own.begin(), own.end(), [&](const NamedFile& f) { return f.name == truth[t].name; });
      require(same != own.end() || (but_last && t + 1 == truth.size()),
              "{}: no {} named '{}' (there is a true matte of that name)", folder_.string(), what_, truth[t].name);
      files.push_back(same == own.end() ? FrameFile{} : same->file);
    }
    return files;
  }

  // Films have no names, so what they are paired with must be as long.
  std::vector<FrameFile> by_order(const std::vector<NamedFile>& own, const std::vector<NamedFile>& truth,
                                  const std::string& clip, bool but_last) const {
    require(own.size() == truth.size() || (but_last && own.size() + 1 == truth.size()),
            "{}: {} {} frames of '{}', the true clip has {}", folder_.string(), own.size(), what_, clip, truth.size());
    std::vector<FrameFile> files(truth.size());
    for (size_t t = 0; t < own.size(); ++t) files[t] = own[t].file;
    return files;
  }

  fs::path folder_;
  const char* what_;
  Side side_;
};

void check_size(const cv::Mat& picture, const cv::Mat& truth, const fs::path& path) {
  require(picture.size() == truth.size(), "{}: {}x{} pixels, the true matte has {}x{}", path.string(), picture.cols,
          picture.rows, truth.cols, truth.rows);
}

cv::Mat read_truth(const fs::path& path, bool zero_one) {
  cv::Mat alpha = read_mask(path);
  double high = 0;
  cv::minMaxLoc(alpha, nullptr, &high);
  constexpr double kOne = 1 / 255.0;
  if (zero_one) {
    require(high <= kOne * 1.001, "{}: holds values above 1 of 255, so it is no mask of zeros and ones", path.string());
    return alpha * 255;
  }
  require(high == 0 || high > kOne * 1.001,
          "{}: holds only the values 0 and 1 of 255 and looks black (say --gt-zero-one if 1 means face)", path.string());
  return alpha;
}

// Middlebury's optical flow: "PIEH", width, height as 32-bit integers, then x, y as floats, row by row, little-endian. Motions
// above 1e9 mean unknown.
cv::Mat read_flow(const fs::path& path, cv::Size size) {
  constexpr size_t kHeader = 12;
  const uint64_t wanted = kHeader + static_cast<uint64_t>(size.area()) * sizeof(cv::Vec2f);
  const std::string bytes = read_file(path, std::max<uint64_t>(wanted, kHeader) + 1);
  int32_t width = 0, height = 0;
  require(bytes.size() >= kHeader && bytes.compare(0, 4, "PIEH") == 0, "{}: no optical flow in Middlebury's .flo format",
          path.string());
  std::memcpy(&width, bytes.data() + 4, 4), std::memcpy(&height, bytes.data() + 8, 4);
  require(width == size.width && height == size.height && bytes.size() == wanted,
          "{}: a flow of {}x{} in {} bytes, the true matte has {}x{}", path.string(), width, height, bytes.size(), size.width,
          size.height);
  cv::Mat flow(size, CV_32FC2);
  std::memcpy(flow.data, bytes.data() + kHeader, bytes.size() - kHeader);
  for (cv::Vec2f& v : cv::Mat_<cv::Vec2f>(flow))
    if (!(std::abs(v[0]) < 1e9F && std::abs(v[1]) < 1e9F)) v = cv::Vec2f(NAN, NAN);
  return flow;
}

// The frames of a clip in order; the readers stay open between them.
class PictureFrames {
 public:
  PictureFrames(const PictureClip& clip, bool zero_one) : clip_(clip), zero_one_(zero_one) {}

  TrueFrame frame(int t) {
    const PictureFrame& files = clip_.frames[t];
    TrueFrame frame;
    frame.alpha = files.truth.in_film() ? truths_.matte(files.truth) : read_truth(files.truth.path, zero_one_);
    if (!files.image.empty()) check_size(frame.image = images_.image(files.image), frame.alpha, files.image.path);
    if (!files.trimap.empty()) check_size(frame.trimap = read_trimap(files.trimap.path), frame.alpha, files.trimap.path);
    if (!files.mask.empty()) check_size(frame.mask = to_u8(read_mask(files.mask.path)), frame.alpha, files.mask.path);
    if (!files.flow.empty()) frame.flow = read_flow(files.flow.path, frame.alpha.size());
    return frame;
  }

 private:
  const PictureClip& clip_;
  bool zero_one_;
  FrameReader truths_, images_;
};

TrueFrame frame_of(const Clip& clip, int t) {
  const auto at = [&](const std::vector<cv::Mat>& pictures) { return pictures.empty() ? cv::Mat() : pictures[t]; };
  return {clip.images[t], clip.alphas[t], at(clip.trimaps), {}, at(clip.cleans), {}, at(clip.trusts)};
}

bool is_jpeg(const fs::path& path) { return read_file_start(path, 2) == "\xff\xd8"; }

}  // namespace

ClipSource clips_of(const DatasetSplit& split) {
  return {split.size(), [split](int64_t index) {
            const auto clip = std::make_shared<const Clip>(split.clip(index));
            return TrueClip{clip->name, clip->classes, clip->covered, static_cast<int>(clip->images.size()),
                            [clip](int t) { return frame_of(*clip, t); }};
          }};
}

std::vector<PictureClip> pair_pictures(const PictureFolders& folders) {
  const Side truths = side_of(folders.truth, image_extensions(), true);
  const Partners images(folders.images, "image", true), predictions(folders.predictions, "prediction", true),
      trimaps(folders.trimaps, "trimap", false), masks(folders.masks, "mask", false),
      flows(folders.flows, "flow", false, kFlowExtensions);
  std::vector<PictureClip> stills, clips;
  for (const auto& [key, truth] : truths) {
    const auto image = images.of(key, truth), prediction = predictions.of(key, truth), trimap = trimaps.of(key, truth),
               mask = masks.of(key, truth), flow = flows.of(key, truth, /*but_last=*/true);
    const bool still = key.back() != '/';
    PictureClip clip{still ? key : key.substr(0, key.size() - 1), {}};
    for (size_t t = 0; t < truth.size(); ++t)
      clip.frames.push_back({truth[t].file, image[t], trimap[t], mask[t], flow[t], prediction[t]});
    (still ? stills : clips).push_back(std::move(clip));
  }
  stills.insert(stills.end(), clips.begin(), clips.end());
  return stills;
}

cv::Mat FrameReader::image(const FrameFile& file) { return file.in_film() ? film_frame(file) : read_image(file.path); }

cv::Mat FrameReader::matte(const FrameFile& file) {
  if (!file.in_film()) return read_mask(file.path);
  cv::Mat grey;
  cv::cvtColor(film_frame(file), grey, cv::COLOR_BGR2GRAY);
  return to_float(grey);
}

cv::Mat FrameReader::film_frame(const FrameFile& file) {
  if (film_ != file.path || next_ > file.film_frame) film_ = file.path, reader_.emplace(file.path), next_ = 0;
  for (;; ++next_) {
    std::optional<cv::Mat> frame = reader_->next();
    require(frame.has_value(), "{}: ends after {} frames, it states more", file.path.string(), next_);
    if (next_ == file.film_frame) {
      ++next_;
      return *frame;
    }
  }
}

ClipSource clips_of(std::vector<PictureClip> clips, bool truth_is_zero_one) {
  const auto shared = std::make_shared<const std::vector<PictureClip>>(std::move(clips));
  return {static_cast<int64_t>(shared->size()), [shared, truth_is_zero_one](int64_t index) {
            const PictureClip& clip = (*shared)[index];
            const auto frames = std::make_shared<PictureFrames>(clip, truth_is_zero_one);
            const auto frame = [shared, frames](int t) { return frames->frame(t); };  // `frames` refers to what `shared` holds
            return TrueClip{clip.name, {}, {}, static_cast<int>(clip.frames.size()), frame};
          }};
}

std::vector<std::string> format_warnings(const std::vector<PictureClip>& clips) {
  struct Count {
    int64_t jpeg = 0, deep = 0, film = 0;
  } truth, prediction;
  const auto look = [](const FrameFile& file, Count& count) {
    if (file.empty()) return;
    count.film += file.in_film();
    if (file.in_film()) return;
    count.jpeg += is_jpeg(file.path);
    count.deep += read_image_size(file.path).bit_depth == 16;
  };
  for (const PictureClip& clip : clips)
    for (const PictureFrame& frame : clip.frames) look(frame.truth, truth), look(frame.prediction, prediction);
  std::vector<std::string> warnings;
  const auto warn = [&](const Count& count, const std::string& what) {
    constexpr const char* kChanged = "whose compression changes alpha: figures are off (use PNG)";
    if (count.jpeg > 0) warnings.push_back(fmt::format("{} {} are JPEG files, {}", count.jpeg, what, kChanged));
    if (count.film > 0) warnings.push_back(fmt::format("{} {} are frames of films, {}", count.film, what, kChanged));
    if (count.deep > 0) warnings.push_back(fmt::format("{} {} have 16 bits and are rounded to 8", count.deep, what));
  };
  warn(truth, "true mattes"), warn(prediction, "predicted mattes");
  return warnings;
}

}  // namespace facemat
