#include "eval/judge/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>
#include <system_error>

#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/sheet.h"

namespace facemat {
namespace {

struct Place {
  int64_t clip;
  size_t frame;  // index into the result's frames
  double sad;
};

// Each clip's frame of the highest SAD, clips in descending order of it.
std::vector<Place> worst_frames(const std::vector<FrameScore>& frames) {
  std::vector<Place> places;
  for (size_t i = 0; i < frames.size(); ++i) {
    const double sad = frames[i].regions.at("whole").at("sad");
    if (frames[i].frame == 0)
      places.push_back({static_cast<int64_t>(places.size()), i, sad});
    else if (sad > places.back().sad)
      places.back().frame = i, places.back().sad = sad;
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.sad > b.sad; });
  return places;
}

struct Chosen {
  const char* kind;
  Place place;
};

// The worst, those around the middle, and the best; where clips are few, the worst come first.
std::vector<Chosen> choose_cases(const std::vector<Place>& places, const CaseCounts& wanted) {
  const auto count = static_cast<int>(places.size());
  const int worst = std::min(wanted.worst, count), best = std::min(wanted.best, count - worst);
  const int between = count - worst - best, median = std::min(wanted.median, between);
  const int begin = std::clamp(count / 2 - median / 2, worst, worst + between - median);
  std::vector<Chosen> cases;
  cases.reserve(places.size());
  for (int i = 0; i < worst; ++i) cases.push_back({"worst", places[i]});
  for (int i = begin; i < begin + median; ++i) cases.push_back({"median", places[i]});
  for (int i = count - best; i < count; ++i) cases.push_back({"best", places[i]});
  return cases;
}

struct Looked {
  TrueFrame truth;
  Matte matte;
};

// Judges the clip again up to the chosen frame: pictures of all frames would not fit into memory.
Looked look_again(MatteSource& source, const TrueClip& clip, int64_t index, int wanted) {
  for (int t = 0;; ++t) {
    const TrueFrame truth = clip.frame(t);
    Matte matte = source.matte(index, t, truth);
    if (t == wanted) return {truth, std::move(matte)};
  }
}

// Pictures of an earlier result of this name, but for those that are `replaced`; nothing else that may lie there.
void remove_old_cases(const fs::path& folder, const std::set<fs::path>& replaced) {
  static const std::regex kPicture("[0-9]{3}_(image|gt|pred|error|uncertainty)\\.png");
  for (const fs::path& file : list_files(folder, {".png"})) {
    const fs::path name = file.filename();
    if (replaced.count(name) == 0 && std::regex_match(name.string(), kPicture)) fs::remove(file);
  }
}

Case stored_case(const Chosen& chosen, const Looked& f, size_t number, CasePictures& pictures) {
  Case c{chosen.kind, chosen.place.frame, {}, {}, {}, {}, {}};
  c.image = pictures.add(number, "image", f.truth.image);
  c.truth = pictures.add(number, "gt", to_u8(f.truth.alpha));
  c.prediction = pictures.add(number, "pred", to_u8(f.matte.alpha));
  c.error = pictures.add(number, "error", error_map(cv::abs(f.matte.alpha - f.truth.alpha)));
  if (!f.matte.uncertainty.empty()) c.uncertainty = pictures.add(number, "uncertainty", error_map(f.matte.uncertainty));
  return c;
}

}  // namespace

CasePictures::CasePictures(const fs::path& result_file)
    : folder_(beside(result_file.parent_path() / result_file.stem(), "_cases")), pending_(pending_place(folder_)) {
  remove_abandoned(folder_);
  if (!fs::is_directory(pending_)) return;
  const Lock nobody_else(pending_, "writes these pictures");  // of another system, with this number
  std::error_code ignored;
  fs::remove_all(pending_, ignored);
}

CasePictures::~CasePictures() {
  std::error_code ignored;
  if (!kept_) fs::remove_all(pending_, ignored);
}

std::string CasePictures::add(size_t number, const char* kind, const cv::Mat& picture) {
  if (picture.empty()) return {};
  const std::string name = fmt::format("{:03d}_{}.png", number, kind);
  make_folder(pending_);
  if (!lock_) lock_.emplace(pending_, "writes these pictures");
  write_plain(pending_ / name, encode_image(".png", picture));
  return (folder_.filename() / name).generic_string();
}

void CasePictures::sync() const {
  if (fs::is_directory(pending_)) sync_filesystem(pending_);
}

void CasePictures::keep() {
  kept_ = true;  // whatever comes of the last step
  const bool any = fs::is_directory(pending_);
  if (any && !fs::exists(folder_)) return give_name(pending_, folder_);
  std::set<fs::path> replaced;
  if (any)
    for (const fs::path& file : list_files(pending_, {".png"})) {
      give_name(file, folder_ / file.filename());
      replaced.insert(file.filename());
    }
  if (fs::is_directory(folder_)) remove_old_cases(folder_, replaced);
  fs::remove(pending_);
}

std::vector<Case> store_cases(MatteSource& source, const ClipSource& clips, const EvaluationResult& result,
                              const CaseCounts& wanted, CasePictures& pictures) {
  std::vector<Case> cases;
  for (const Chosen& chosen : choose_cases(worst_frames(result.frames), wanted)) {
    const Looked looked =
        look_again(source, clips.clip(chosen.place.clip), chosen.place.clip, result.frames[chosen.place.frame].frame);
    cases.push_back(stored_case(chosen, looked, cases.size(), pictures));
  }
  pictures.sync();
  return cases;
}

}  // namespace facemat
