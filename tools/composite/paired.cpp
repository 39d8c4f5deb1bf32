#include "tools/composite/paired.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/media/video/video.h"

namespace facemat {
namespace {

double unit_of(const VideoInfo& info) { return double(info.time_base.num) / info.time_base.den; }

// Frames of a source; of films that do not state it they are counted. 0: not known.
int64_t frames_of(const FrameSource& source, const std::string& path) {
  if (source.info().frames > 0 || !source.kind().film) return source.info().frames;
  return frames_in_film(path);
}

bool nearly_as_many(int64_t a, int64_t b) { return std::abs(a - b) <= std::max<int64_t>(1, std::max(a, b) / 100); }

// A side that a format of video made even.
int cut_side(int side, int wanted) { return wanted % 2 == 1 && side == wanted + 1 ? wanted : side; }

// OpenEXR pictures have none.
bool has_orientation(const fs::path& file) { return has_extension(file, image_extensions()); }

// Not of what cannot be read: that fails when its turn comes.
bool is_turned_in_doubt(const fs::path& target, const fs::path& file) {
  try {
    return has_orientation(target) && has_orientation(file) && may_be_unturned(target, file);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

PairedFrames::PairedFrames(const std::string& path, const std::string& what, const SourceOptions& options,
                           const FrameSource& target, const std::string& target_path)
    : path_(path), what_(what), source_(open_source(path, options)) {
  by_name_ = source_->kind().named && target.kind().named;
  if (single() || target.kind().live) return;
  if (by_name_) check_names(target_path);
  frames_ = frames_of(*source_, path);
  unit_ = unit_of(source_->info()), target_unit_ = unit_of(target.info()), target_start_ = target.info().start;
  target_end_ = std::max(0., (target.info().end - target_start_) * target_unit_);
  const int64_t wanted = frames_of(target, target_path);
  if (frames_ == 0 || wanted == 0) return;
  by_time_ = source_->kind().film && target.kind().film && !nearly_as_many(frames_, wanted);
  if (by_time_)
    note_ = fmt::format("{}: {} {} frames, the target {}: they are paired by their times", path, what, frames_, wanted);
  else if (frames_ < wanted)
    note_ = fmt::format("{}: {} {} frames, the target {}", path, what, frames_, wanted);
}

void PairedFrames::require_same(const std::string& name, const std::string& wanted) const {
  require(name == wanted, "{}: {} '{}' where the target has '{}' (both need the same names)", path_, what_, name, wanted);
}

void PairedFrames::check_names(const std::string& target_path) const {
  const auto own = open_source(path_), target = open_source(target_path);
  do {
    const std::string name = own->next_name(), wanted = target->next_name();
    if (name.empty() || wanted.empty()) return;
    require_same(name, wanted);
  } while (own->skip() && target->skip());
}

std::optional<cv::Mat> PairedFrames::next(const MediaFrame& target) {
  std::optional<cv::Mat> image;
  if (by_time_) {
    const double seconds = (target.time - target_start_) * target_unit_, step = target.duration * target_unit_;
    image = at(seconds, step);
    target_end_ = std::max(target_end_, seconds + step);
  } else {
    if (!single() || !still_) still_ = source_->next();
    if (still_ && by_name_) require_same(still_->name, target.name);
    if (still_) image = still_->image;
  }
  if (!image) return image;
  const cv::Size wanted = target.image.size(), cut(cut_side(image->cols, wanted.width), cut_side(image->rows, wanted.height));
  if (source_->kind().film && cut == wanted) image = (*image)(cv::Rect({}, wanted));
  return image;
}

// The frame whose time is nearest; none once the last one has gone.
std::optional<cv::Mat> PairedFrames::at(double seconds, double step) {
  constexpr double kRounding = 1e-6;  // between two the earlier one
  if (!shown_) shown_ = source_->next(), ahead_ = source_->next();
  if (!shown_) return std::nullopt;
  while (ahead_ && std::abs(begin_of(*ahead_) - seconds) + kRounding < std::abs(begin_of(*shown_) - seconds))
    shown_ = std::exchange(ahead_, source_->next());
  if (ahead_) return shown_->image;
  // Times are rounded, so what ends as the frame begins, or just behind, is over.
  const VideoInfo& own = source_->info();
  const double begin = begin_of(*shown_), shown = (own.end > shown_->time ? own.end - shown_->time : shown_->duration) * unit_;
  if (seconds > begin && seconds > begin + shown - std::min(step, shown) / 4) return std::nullopt;
  return shown_->image;
}

fs::path PairedFrames::file() const { return still_ ? file_of_frame(files(), still_->name) : fs::path(); }

std::string PairedFrames::turned_doubt(const std::vector<fs::path>& target_files) const {
  return facemat::turned_doubt(target_files, path_, source_->files(), what_);
}

void PairedFrames::skip() {
  if (!single() && !by_time_) source_->skip();  // by time there is nothing to go past
}

std::string PairedFrames::left_over() {
  while (by_time_ && ahead_ && begin_of(*ahead_) < target_end_) ahead_ = source_->next();
  if (single() || (by_time_ ? !ahead_ : !source_->skip())) return "";
  return fmt::format("{}: {} frames left after the target's last one (do both begin with the same one?)", path_, what_);
}

std::string turned_apart(const std::vector<std::filesystem::path>& target_files, const MediaFrame& target,
                         const std::filesystem::path& file, cv::Size size, const char* what) {
  const fs::path shown = file_of_frame(target_files, target.name);
  const std::string hint = has_orientation(shown) ? turned_hint(shown, size, "target", what) : "";
  return hint.empty() && has_orientation(file) ? turned_hint(file, target.image.size(), what, "target") : hint;
}

std::string turned_doubt(const std::vector<std::filesystem::path>& target_files, const std::string& where,
                         const std::vector<std::filesystem::path>& files, const std::string& what) {
  const bool single = files.size() == 1;
  for (size_t i = 0; i < target_files.size() && (single || i < files.size()); ++i) {  // both in one order
    const fs::path& file = files[single ? 0 : i];
    if (!is_turned_in_doubt(target_files[i], file)) continue;
    return fmt::format(
        "{}: {} another EXIF orientation than the target's pictures ({} and {}): look whether they lie "
        "right",
        where, what, file.filename().string(), target_files[i].filename().string());
  }
  return "";
}

std::filesystem::path file_of_frame(const std::vector<std::filesystem::path>& files, const std::string& name) {
  if (files.size() == 1) return files[0];
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const fs::path& file) { return file.stem().string() == name; });
  return found == files.end() ? fs::path() : *found;
}

}  // namespace facemat
