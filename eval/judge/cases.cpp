#include "eval/judge/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

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

fs::path cases_folder(const fs::path& result_file) { return result_file.stem().string() + "_cases"; }

// Pictures of an earlier result of this name, and nothing else that may lie there.
void remove_old_cases(const fs::path& folder) {
  static const std::regex kPicture("[0-9]{3}_(image|gt|pred|error|uncertainty)\\.png");
  if (!fs::is_directory(folder)) return;
  for (const fs::path& file : list_files(folder, {".png"}))
    if (std::regex_match(file.filename().string(), kPicture)) fs::remove(file);
}

std::string store(const fs::path& result_file, size_t number, const char* kind, const cv::Mat& picture) {
  if (picture.empty()) return {};
  const fs::path inner = cases_folder(result_file) / fmt::format("{:03d}_{}.png", number, kind);
  write_image(result_file.parent_path() / inner, picture);
  return inner.generic_string();
}

Case stored_case(const Chosen& chosen, const Looked& f, size_t number, const fs::path& result_file) {
  const auto keep = [&](const char* kind, const cv::Mat& picture) { return store(result_file, number, kind, picture); };
  Case c{chosen.kind, chosen.place.frame, {}, {}, {}, {}, {}};
  c.image = keep("image", f.truth.image);
  c.truth = keep("gt", to_u8(f.truth.alpha));
  c.prediction = keep("pred", to_u8(f.matte.alpha));
  c.error = keep("error", error_map(cv::abs(f.matte.alpha - f.truth.alpha)));
  if (!f.matte.uncertainty.empty()) c.uncertainty = keep("uncertainty", error_map(f.matte.uncertainty));
  return c;
}

}  // namespace

std::vector<Case> store_cases(MatteSource& source, const ClipSource& clips, const EvaluationResult& result,
                              const CaseCounts& wanted, const fs::path& result_file) {
  remove_old_cases(result_file.parent_path() / cases_folder(result_file));
  std::vector<Case> cases;
  for (const Chosen& chosen : choose_cases(worst_frames(result.frames), wanted)) {
    const Looked looked =
        look_again(source, clips.clip(chosen.place.clip), chosen.place.clip, result.frames[chosen.place.frame].frame);
    cases.push_back(stored_case(chosen, looked, cases.size(), result_file));
  }
  return cases;
}

}  // namespace facemat
