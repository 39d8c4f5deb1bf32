// Filmed faces: one folder a clip, frames and masks joined by their name without extension,
//
//   ROOT/NAME/image/0001.jpg  ROOT/NAME/mask/0001.png       or       ROOT/image/NAME/0001.jpg  ROOT/mask/NAME/0001.png
//
// The second is how datasets of this project lie on disk (images: clean, masks: alpha, trust: trust, and a list of samples
// without occluder). Trust maps lie in a third folder beside the two. The square is chosen in the frame that is
// shown first, and rests.
//
// Frames are played as RVM's training sampler does (Lin et al., WACV 2022): speed one of 1/2, 1, 2, 3, 4, 5, in reverse with
// probability 1/2, over the clip's end back to its start. Frame f of a sample, f = time (frames - 1), shows the clip's frame
//
//   (start + floor(speed g)) mod length,   g = f, or frames - 1 - f in reverse,   start uniform over the clip
//
// (there the start is the number of the sample plus a shift).

#include <algorithm>
#include <array>
#include <cmath>

#include "data/sources/faces/faces.h"
#include "data/sources/faces/photographs.h"
#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/core/folder.h"

namespace facemat {
namespace {

struct ClipFrame {
  fs::path picture, mask, trust;  // trust: empty if there is none
};

struct Playing {
  double speed = 1;
  int64_t start = 0;
  bool reverse = false;
};

Playing draw_playing(Rng rng, int64_t length) {
  constexpr std::array<double, 6> kSpeeds = {0.5, 1, 2, 3, 4, 5};
  Playing playing;
  playing.speed = kSpeeds[static_cast<size_t>(rng.integer(0, kSpeeds.size() - 1))];
  playing.start = rng.integer(0, length - 1);
  playing.reverse = rng.chance(0.5);
  return playing;
}

int64_t shown(const Playing& playing, double time, int frames, int64_t length) {
  constexpr double kSlack = 1e-6;  // time (frames - 1) of a whole frame may be a hair below it
  const double f = time * (frames - 1), g = playing.reverse ? frames - 1 - f : f;
  return (playing.start + static_cast<int64_t>(std::floor(playing.speed * g + kSlack))) % length;
}

class FaceClips : public FaceSource {
 public:
  explicit FaceClips(const FaceSourceConfig& config)
      : config_(config),
        root_(config.root),
        images_(config.images.empty() ? "image" : config.images),
        masks_(config.masks.empty() ? "mask" : config.masks) {
    require(!config.root.empty(), "faces: kind clips needs 'root'");
    const std::vector<std::string> folders = folders_in(root_);
    const auto has = [&](const std::string& name) { return std::find(folders.begin(), folders.end(), name) != folders.end(); };
    by_kind_ = has(images_) && has(masks_);
    names_ = by_kind_ ? folders_in(root_ / images_) : folders;
    require(!names_.empty(), "{}: no clips ({})", root_.string(), layout());
    names_ = filtered(names_, {config.include, config.exclude}, root_);
    std::vector<fs::path> middles;
    for (const std::string& name : names_) {
      const std::vector<ClipFrame> frames = frames_of(name);
      middles.push_back(frames[frames.size() / 2].mask);
    }
    refuse_inverted(
        size(), [&](int64_t i) { return middles[i]; }, config.root, config);
  }
  int64_t size() const override { return static_cast<int64_t>(names_.size()); }
  std::string name(int64_t index) const override { return names_[index]; }
  // The first, middle and last frames stand for the clip: reading all for one sample would take longer than making it.
  Item item(int64_t index) const override {
    const std::vector<ClipFrame> frames = frames_of(names_[index]);
    Item item{names_[index], {}, ""};
    for (const size_t i : {size_t{0}, frames.size() / 2, frames.size() - 1})
      for (const fs::path& file : {frames[i].picture, frames[i].mask, frames[i].trust})
        if (!file.empty()) item.files.push_back(file);
    return item;
  }
  Face take(int64_t index, const Rng& look, int side, int frames) const override {
    const std::vector<ClipFrame> clip = frames_of(names_[index]);
    const auto length = static_cast<int64_t>(clip.size());
    const Playing playing = draw_playing(look.fork("playing"), length);
    const auto at = [clip, frames, length, playing, config = config_](double time) {
      const ClipFrame& frame = clip[shown(playing, time, frames, length)];
      return read_photograph(frame.picture, frame.mask, frame.trust, config);
    };
    const cv::Rect square = square_of(at(0), config_, look, side);
    return
        [at, square, side, config = config_](double time) { return view_of(at(time), square, side, leaves_face_out(config)); };
  }

 private:
  std::string layout() const {
    return "NAME/" + images_ + " with NAME/" + masks_ + ", or " + images_ + "/NAME with " + masks_ + "/NAME";
  }
  fs::path folder(const std::string& name, const std::string& kind) const {
    return by_kind_ ? root_ / kind / name : root_ / name / kind;
  }
  // Listed when needed: a source may hold millions of frames.
  std::vector<ClipFrame> frames_of(const std::string& name) const {
    const fs::path images = folder(name, images_), masks = folder(name, masks_);
    for (const fs::path& kind : {images, masks})
      require(fs::is_directory(kind), "{}: no such folder ({})", kind.string(), layout());
    const std::vector<FilePair> pairs = joined(images, masks, {config_.mask_suffix, false, "mask"}, {});
    std::vector<ClipFrame> frames;
    for (const FilePair& pair : pairs) frames.push_back({images / pair.picture, masks / pair.partner, {}});
    if (config_.trust.empty()) return frames;
    std::vector<std::string> pictures;
    for (const FilePair& pair : pairs) pictures.push_back(pair.picture);
    const std::vector<fs::path> trusts = trust_maps(images, folder(name, config_.trust), pictures);
    for (size_t i = 0; i < frames.size(); ++i) frames[i].trust = trusts[i];
    return frames;
  }

  FaceSourceConfig config_;
  fs::path root_;
  std::string images_, masks_;  // names of the folders of frames and of masks
  bool by_kind_ = false;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<FaceSource> open_face_clips(const FaceSourceConfig& config) { return std::make_unique<FaceClips>(config); }

}  // namespace facemat
