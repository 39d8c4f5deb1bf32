#include "tools/composite/guides.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "tools/composite/outputs.h"

namespace facemat {
namespace {

cv::Mat share_in(const cv::Mat& picture, const std::string& where) {
  return grey_of(picture, "a colour picture is no mask (allowed: black, white and grey between)", where);
}

// Whether the values of a picture in `file` may be a little beside what was meant. `file` empty: the frame of a film.
bool is_lossy(const fs::path& file) {
  return file.empty() || (has_extension(file, image_extensions()) && read_image_size(file).lossy);
}

// `files`: those that the guide may be in.
[[noreturn]] void refuse_size(const cv::Mat& guide, const MediaFrame& frame, const char* name, const std::string& path,
                              const std::vector<fs::path>& files, const std::vector<fs::path>& target_files) {
  fail("{}: the {} of frame '{}' is {}x{}, the target {}x{}{}", path, name, frame.name, guide.cols, guide.rows,
       frame.image.cols, frame.image.rows,
       turned_apart(target_files, frame, file_of_frame(files, frame.name), guide.size(), name));
}

// Films name their frames by numbers, which may be written with other zeros.
bool same_name(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const std::optional<int64_t> number = read_number<int64_t>(a);
  return number && number == read_number<int64_t>(b);
}

// "looks at no guides", "looks at: trimap, background".
std::string looks_text(const GuideWishes& wishes) {
  std::vector<std::string> names;
  for (const GuideEntry& entry : guide_table())
    if (entry.of(wishes) != Wish::kNone) names.emplace_back(entry.name);
  return names.empty() ? "looks at no guides" : fmt::format("looks at: {}", fmt::join(names, ", "));
}

}  // namespace

cv::Mat grey_of(const cv::Mat& picture, const char* refusal, const std::string& where) {
  std::vector<cv::Mat> channels;
  cv::split(to_float(picture), channels);
  constexpr double kNearlyGrey = 8 / 255.;  // films and JPEG keep grey only so far
  const double colour =
      std::max(cv::norm(channels[0], channels[1], cv::NORM_INF), cv::norm(channels[1], channels[2], cv::NORM_INF));
  require(colour <= kNearlyGrey, "{}: {}", where, refusal);
  return cv::min(cv::max((channels[0] + channels[1] + channels[2]) / 3, 0), 1);
}

// --- hints that are carried on

CarriedHints::CarriedHints(const std::string& path, const FrameSource& target, const std::string& target_path)
    : path_(path), source_(open_source(path)), target_files_(target.files()) {
  if (source_->kind().single) return;
  const bool has_names = target.kind().named || target.kind().single;
  const bool late = has_names ? !same_name(source_->next_name(), target.next_name())
                              : read_number<int64_t>(source_->next_name()).value_or(0) > 0;
  if (late) first_ = source_->next_name();
  has_names ? check_names(target_path) : check_numbers();
}

void CarriedHints::check_names(const std::string& target_path) const {
  const auto own = open_source(path_), target = open_source(target_path);
  for (std::string name = own->next_name(); !name.empty(); name = own->next_name()) {
    while (!target->next_name().empty() && !same_name(target->next_name(), name)) target->skip();
    require(!target->next_name().empty(), "{}: the hint '{}' belongs to no frame of the target, or is the second of one", path_,
            name);
    own->skip(), target->skip();
  }
}

void CarriedHints::check_numbers() const {
  const auto own = open_source(path_);
  int64_t last = -1;
  for (std::string name = own->next_name(); !name.empty(); own->skip(), name = own->next_name()) {
    const std::optional<int64_t> number = read_number<int64_t>(name);
    require(number.has_value(), "{}: the hint '{}' is not named by a frame's number (allowed: as 000120)", path_, name);
    require(*number > last, "{}: the hint '{}' is the second of its frame", path_, name);
    last = *number;
  }
}

bool CarriedHints::belongs_to(const MediaFrame& frame) const {
  if (source_->kind().single) return !begun_;
  const std::string name = source_->next_name();
  return !name.empty() && same_name(name, frame.name);
}

cv::Mat CarriedHints::next(const MediaFrame& frame, bool fresh) {
  const bool own = belongs_to(frame);
  if (own) hint_ = share_in(source_->next()->image, path_);
  if (!own && !begun_) return {};
  shots_ += fresh && !own;
  begun_ = true;
  if (hint_.size() != frame.image.size()) {
    if (own) refuse_size(hint_, frame, "hint", path_, source_->files(), target_files_);
    refuse_size(hint_, frame, "matte before, taken for a hint,", path_, {}, {});
  }
  return hint_;
}

std::string CarriedHints::doubt() const {
  const std::string turned = doubt_of_turning();
  if (first_.empty()) return turned;
  return fmt::format("{}: frames before '{}' have no hint{}", path_, first_, turned.empty() ? "" : "; " + turned);
}

// Those of single pictures lie on the first frame's.
std::string CarriedHints::doubt_of_turning() const {
  auto target = target_files_.begin();
  for (const fs::path& file : source_->files()) {
    target = std::find_if(target, target_files_.end(), [&](const fs::path& one) {
      return source_->kind().single || same_name(one.stem().string(), file.stem().string());
    });
    if (target == target_files_.end()) return "";
    const std::string doubt = turned_doubt({*target}, path_, {file}, "the hints have");
    if (!doubt.empty()) return doubt;
  }
  return "";
}

std::string CarriedHints::note(bool whole) const {
  std::string text;
  if (shots_ > 0)
    text = fmt::format("{}: {} new shot{} began without a hint of {} own, and took the matte before for one", path_, shots_,
                       shots_ == 1 ? "" : "s", shots_ == 1 ? "its" : "their");
  const bool left = whole && source_->kind().named && !source_->next_name().empty();
  if (left) text += fmt::format("{}{}: the hint '{}' came to no frame", text.empty() ? "" : "\n", path_, source_->next_name());
  return text;
}

// --- all of them

GuideInputs::GuideInputs(const CompositeCommand& command, const CompositeConfig& config, const GuideWishes& wishes,
                         const std::string& who, const FrameSource& target)
    : trimap_values_(stated_trimap_values(command.trimap_values)), target_files_(target.files()) {
  SourceOptions options = reading_of(command, config);
  options.read.bits = 8, options.raw.clear(), options.camera.clear();
  for (const GuideEntry& entry : guide_table()) {
    const std::string& path = entry.of(command.guides);
    const Wish wish = entry.of(wishes);
    require(path.empty() || wish != Wish::kNone, "--{}: {} {}", entry.name, who, looks_text(wishes));
    require(!path.empty() || wish != Wish::kNeeded, "{}: needs --{} PATH ({})", who, entry.name, entry.about);
    if (path.empty()) continue;
    const SourceKind& kind = source_kind_of(path);
    const bool carried = std::string_view(entry.name) == "hint" && !config.stills && (kind.single || kind.named);
    if (carried) {
      hints_.emplace(path, target, command.target);
      waits_ = wish == Wish::kNeeded;
    } else {
      const std::string what = fmt::format("the {}s have", entry.name);
      inputs_.push_back({&entry, path, std::make_unique<PairedFrames>(path, what, options, target, command.target), {}});
    }
  }
}

cv::Mat GuideInputs::guide_in(const cv::Mat& picture, const Input& input, const MediaFrame& frame) const {
  if (input.entry->kind == GuideKind::kColours) return at_depth(picture, CV_8U);
  const std::string where = input.frames->single() ? input.path : fmt::format("{}: frame '{}'", input.path, frame.name);
  if (input.entry->kind == GuideKind::kShare) return share_in(picture, where);
  const cv::Mat grey = grey_of(picture, "a colour picture is no trimap (allowed: black, grey and white)", where);
  return trimap_of_levels(to_u8(grey), trimap_values_, trimap_values_.stated && is_lossy(input.frames->file()), where);
}

bool GuideInputs::advance(Input& input, const MediaFrame& frame) {
  if (!input.frames->single() || input.guide.empty()) {
    const std::optional<cv::Mat> stored = input.frames->next(frame);
    if (!stored) {
      ended_by_ = input.path;
      return false;
    }
    input.guide = guide_in(*stored, input, frame);
  }
  if (input.guide.size() != frame.image.size())
    refuse_size(input.guide, frame, input.entry->name, input.path, input.frames->files(), target_files_);
  return true;
}

std::optional<FrameGuides> GuideInputs::next(const MediaFrame& frame, bool fresh) {
  FrameGuides guides;
  for (Input& input : inputs_) {
    if (!advance(input, frame)) return std::nullopt;
    input.entry->of(guides) = input.guide;
  }
  if (hints_) guides.hint = hints_->next(frame, fresh);
  too_early_ = waits_ && guides.hint.empty();
  return guides;
}

void GuideInputs::carry(const cv::Mat& alpha) {
  if (hints_) hints_->carry(alpha);
}

void GuideInputs::skip() {
  for (Input& input : inputs_) input.frames->skip();
}

std::vector<PairedFrames*> GuideInputs::films() {
  std::vector<PairedFrames*> films;
  for (Input& input : inputs_) films.push_back(input.frames.get());
  return films;
}

}  // namespace facemat
