#include "eval/judge/clips.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <set>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

const std::vector<std::string> kFlowExtensions = {".flo"};

// A frame with its path without extension, relative to its folder; frames of films have no names.
struct NamedFile {
  std::string name;
  FrameFile file;
};
struct NaturalLess {
  bool operator()(const std::string& a, const std::string& b) const { return natural_less(a, b); }
};
// The frames of each still "a" or clip "b/", in order.
using Side = std::map<std::string, std::vector<NamedFile>, NaturalLess>;

constexpr int64_t kMostFilmFrames = 10'000'000;

int64_t count_frames(const fs::path& film) {
  VideoReader reader(film);
  int64_t count = reader.info().frames;
  if (count <= 0)
    while (reader.skip()) ++count;
  require(count <= kMostFilmFrames, "{}: states {} frames (allowed: up to {})", film.string(), count, kMostFilmFrames);
  return count;
}

std::vector<NamedFile> film_frames(const fs::path& film) {
  std::vector<NamedFile> frames;
  for (int64_t t = 0, count = count_frames(film); t < count; ++t) frames.push_back({"", {film, static_cast<int>(t)}});
  return frames;
}

// What is in a folder of pictures with one of `extensions`, and of films where they may stand for clips. Names end in `suffix`,
// which is left off; files without it do not count.
Side side_of(const fs::path& folder, const std::vector<std::string>& extensions, bool films, const std::string& suffix = "") {
  std::vector<std::string> wanted = extensions;
  if (films) wanted.insert(wanted.end(), video_extensions().begin(), video_extensions().end());
  const bool pictures = extensions != kFlowExtensions;  // others may lie beside flows
  const std::vector<std::string> files = pictures ? pictures_below(folder, wanted) : files_below(folder, wanted);
  Side side;
  std::set<std::string> names;
  for (const std::string& file : files) {
    const bool film = films && is_video(file);
    std::string name = fs::path(file).replace_extension().generic_string();
    if (!ends_with(name, suffix)) continue;
    if (!film) refuse_foreign(folder, {file});
    name.resize(name.size() - suffix.size());
    require(names.insert(name).second, "{}: two files of one name (but for the extension)", (folder / file).string());
    const std::string parent = fs::path(name).parent_path().generic_string();
    auto& frames = side[film ? name + "/" : parent.empty() ? name : parent + "/"];
    require(frames.empty() || (!film && !frames.back().file.in_film()), "{}: there are other frames of this name",
            (folder / file).string());
    if (film)
      frames = film_frames(folder / file);
    else
      frames.push_back({name, {folder / file, -1}});
  }
  require(suffix.empty() || files.empty() || !side.empty(), "{}: no names that end in '{}'", folder.string(), suffix);
  require(!side.empty(), "{}: no pictures there", folder.string());
  return side;
}

// A folder beside that of the true mattes; without one, no frame has a partner there.
class Partners {
 public:
  Partners(const fs::path& folder, const char* what, bool films,
           const std::vector<std::string>& extensions = image_extensions(), const std::string& suffix = "")
      : folder_(folder), what_(what) {
    if (!folder.empty()) side_ = side_of(folder, extensions, films, suffix);
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
      if (same == own.end() && !(but_last && t + 1 == truth.size()))
        fail("{}: no {} named '{}' (there is a true matte of that name{})", folder_.string(), what_, truth[t].name,
             suffix_advice(truth[t].name));
      files.push_back(same == own.end() ? FrameFile{} : same->file);
    }
    return files;
  }

  // For a message: that a name which is like `name` but for its end is told by a suffix. f10 is not like f1.
  std::string suffix_advice(const std::string& name) const {
    const bool predictions = std::string_view(what_) == "prediction";
    for (const auto& [key, frames] : side_)
      for (const NamedFile& frame : frames) {
        const bool longer = frame.name.size() > name.size();
        const std::string &shorter = longer ? name : frame.name, &other = longer ? frame.name : name;
        if (shorter.empty() || !starts_with(other, shorter) || (longer && !predictions)) continue;  // films have no names
        const std::string end = other.substr(shorter.size());
        if (!end.empty() && (end[0] < '0' || end[0] > '9'))
          return fmt::format("; for '{}' say {} {}", frame.name, longer ? "--pred-suffix" : "--gt-suffix", end);
      }
    return "";
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

MaskPlanes read_truth(const fs::path& path, const MaskValues& values) {
  return read_mask_file(
      path, values,
      {"say --gt-zero-one if 1 means face",
       "say --gt-labels with those of the face, as 1,10,14, and --gt-ignore with the one that nobody labelled"});
}

cv::Mat read_region(const fs::path& path, const MaskValues& values) {
  return to_u8(read_mask_file(path, values, {"say --mask-zero-one if 1 is the region", "a region is 0 and 255"}).value);
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
  PictureFrames(const PictureClip& clip, const PictureValues& values) : clip_(clip), values_(values) {}

  TrueFrame frame(int t) {
    const PictureFrame& files = clip_.frames[t];
    TrueFrame frame;
    if (files.truth.in_film()) {
      require(values_.truth.labels.empty() && values_.truth.white == 0,
              "{}: films hold levels, 255 means 1 (--gt-zero-one and --gt-labels are of pictures)", files.truth.path.string());
      frame.alpha = truths_.matte(files.truth);
      if (values_.truth.inverted) frame.alpha = 1 - frame.alpha;
    } else {
      const MaskPlanes planes = read_truth(files.truth.path, values_.truth);
      frame.alpha = planes.value, frame.trust = planes.trust;
    }
    const auto fitting = [&](const cv::Mat& picture, const char* what, const FrameFile& file) {
      require_fitting(file, picture.size(), what, files.truth, frame.alpha.size());
      return picture;
    };
    if (!files.image.empty()) frame.image = fitting(images_.image(files.image), "image", files.image);
    for (const GuideEntry& entry : guide_table()) {
      const FrameFile& file = entry.of(files.guides);
      if (!file.empty()) entry.of(frame.guides) = fitting(guide(entry, file), entry.name, file);
    }
    frame.trimap = frame.guides.trimap;
    if (!files.mask.empty()) frame.mask = fitting(read_region(files.mask.path, values_.mask), "mask", files.mask);
    if (!files.flow.empty()) frame.flow = read_flow(files.flow.path, frame.alpha.size());
    return frame;
  }

 private:
  cv::Mat guide(const GuideEntry& entry, const FrameFile& file) {
    if (entry.kind == GuideKind::kTrimap) return read_trimap(file.path, values_.trimap);
    FrameReader& reader = entry.of(guides_);
    return entry.kind == GuideKind::kColours ? reader.image(file) : reader.matte(file);
  }

  const PictureClip& clip_;
  const PictureValues& values_;
  FrameReader truths_, images_;
  GuideSet<FrameReader> guides_;
};

TrueFrame frame_of(const Clip& clip, const ClipGuides& guides, int t) {
  const auto at = [&](const std::vector<cv::Mat>& pictures) { return pictures.empty() ? cv::Mat() : pictures[t]; };
  return {clip.images[t],   clip.alphas[t],
          at(clip.trimaps), {},
          at(clip.cleans),  {},
          at(clip.trusts),  pictures_of_frame(guides, static_cast<size_t>(t))};
}

// Files beside a true matte that may be turned otherwise.
int64_t unclear_partners(const PictureFrame& frame) {
  if (frame.truth.in_film()) return 0;
  std::vector<const FrameFile*> partners = {&frame.image, &frame.mask, &frame.prediction};
  for (const GuideEntry& entry : guide_table()) partners.push_back(&entry.of(frame.guides));
  return std::count_if(partners.begin(), partners.end(), [&](const FrameFile* file) {
    return !file->empty() && !file->in_film() && may_be_unturned(file->path, frame.truth.path);
  });
}

}  // namespace

ClipSource clips_of(const DatasetSplit& split, const GuidePlan& plan) {
  return {split.size(), [split, plan](int64_t index) {
            const auto clip = std::make_shared<const Clip>(split.clip(index));
            const auto guides = std::make_shared<const ClipGuides>(held_out_guides(*clip, plan, index));
            return TrueClip{clip->name, clip->classes, clip->covered, static_cast<int>(clip->images.size()),
                            [clip, guides](int t) { return frame_of(*clip, *guides, t); }};
          }};
}

std::vector<PictureClip> pair_pictures(const PictureFolders& folders) {
  const Side truths = side_of(folders.truth, image_extensions(), true, folders.truth_suffix);
  const Partners images(folders.images, "image", true),
      predictions(folders.predictions, "prediction", true, image_extensions(), folders.prediction_suffix),
      masks(folders.masks, "mask", false), flows(folders.flows, "flow", false, kFlowExtensions);
  std::vector<Partners> guides;  // in the table's order
  for (const GuideEntry& entry : guide_table())
    guides.emplace_back(entry.of(folders.guides), entry.name, entry.kind != GuideKind::kTrimap);
  std::vector<PictureClip> stills, clips;
  for (const auto& [key, truth] : truths) {
    const auto image = images.of(key, truth), prediction = predictions.of(key, truth), mask = masks.of(key, truth),
               flow = flows.of(key, truth, /*but_last=*/true);
    const bool still = key.back() != '/';
    PictureClip clip{still ? key : key.substr(0, key.size() - 1), {}};
    for (size_t t = 0; t < truth.size(); ++t)
      clip.frames.push_back({truth[t].file, image[t], mask[t], flow[t], prediction[t], {}});
    for (size_t i = 0; i < guides.size(); ++i) {
      const std::vector<FrameFile> own = guides[i].of(key, truth);
      for (size_t t = 0; t < own.size(); ++t) guide_table()[i].of(clip.frames[t].guides) = own[t];
    }
    (still ? stills : clips).push_back(std::move(clip));
  }
  stills.insert(stills.end(), clips.begin(), clips.end());
  return stills;
}

std::string turned_apart(const FrameFile& file, cv::Size own, const char* what, const FrameFile& true_file, cv::Size truth) {
  const std::string hint = file.in_film() ? "" : turned_hint(file.path, truth, what, "true matte");
  return hint.empty() && !true_file.in_film() ? turned_hint(true_file.path, own, "true matte", what) : hint;
}

void require_fitting(const FrameFile& file, cv::Size own, const char* what, const FrameFile& true_file, cv::Size truth,
                     const std::string& advice) {
  if (own == truth) return;
  const std::string hint = turned_apart(file, own, what, true_file, truth);
  fail("{}: {}x{} pixels, the true matte has {}x{}{}", file.path.string(), own.width, own.height, truth.width, truth.height,
       hint.empty() ? advice : hint);
}

cv::Mat FrameReader::image(const FrameFile& file) { return file.in_film() ? film_frame(file) : read_image(file.path); }

cv::Mat FrameReader::matte(const FrameFile& file) {
  if (!file.in_film()) return read_predicted_matte(file.path);
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

ClipSource clips_of(std::vector<PictureClip> clips, const PictureValues& values) {
  struct Shared {
    std::vector<PictureClip> clips;
    PictureValues values;
  };
  const auto shared = std::make_shared<const Shared>(Shared{std::move(clips), values});
  return {static_cast<int64_t>(shared->clips.size()), [shared](int64_t index) {
            const PictureClip& clip = shared->clips[index];
            const auto frames = std::make_shared<PictureFrames>(clip, shared->values);
            const auto frame = [shared, frames](int t) { return frames->frame(t); };  // `frames` refers to what `shared` holds
            return TrueClip{clip.name, {}, {}, static_cast<int>(clip.frames.size()), frame};
          }};
}

std::vector<std::string> format_warnings(const std::vector<PictureClip>& clips) {
  struct Count {
    int64_t lossy = 0, deep = 0, film = 0;
  } truth, prediction;
  const auto look = [](const FrameFile& file, Count& count) {
    if (file.empty()) return;
    count.film += file.in_film();
    if (file.in_film()) return;
    const ImageSize size = read_image_size(file.path);
    count.lossy += is_lossy_mask(size);
    count.deep += size.bit_depth == 16;
  };
  int64_t turned = 0;
  for (const PictureClip& clip : clips)
    for (const PictureFrame& frame : clip.frames) {
      look(frame.truth, truth), look(frame.prediction, prediction);
      turned += unclear_partners(frame);
    }
  std::vector<std::string> warnings;
  const auto say = [&](int64_t count, const std::string& what, const std::string& one, const std::string& many) {
    if (count > 0) warnings.push_back(fmt::format("{} {}{} {}", count, what, count == 1 ? "" : "s", count == 1 ? one : many));
  };
  const auto warn = [&](const Count& count, const std::string& what) {
    const std::string changed = ", whose compression changes alpha: figures are off (use PNG)";
    say(count.lossy, what, "is a JPEG or lossy WebP file" + changed, "are JPEG or lossy WebP files" + changed);
    say(count.film, what, "is a frame of a film" + changed, "are frames of films" + changed);
    say(count.deep, what, "has 16 bits and is rounded to 8", "have 16 bits and are rounded to 8");
  };
  warn(truth, "true matte"), warn(prediction, "predicted matte");
  say(turned, "file", "has another EXIF orientation than the true matte beside it: look at it",
      "have another EXIF orientation than the true mattes beside them: look at one");
  return warnings;
}

}  // namespace facemat
