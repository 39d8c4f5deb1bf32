// Pictures, masks and, if there are any, trust maps in folders of their own, joined by their path below the folder without
// extension: images/anna.jpg, masks/anna.png, trust/anna.png.

#include "data/sources/faces/faces.h"
#include "data/sources/faces/photographs.h"
#include "data/sources/pictures/listing.h"
#include "src/core/error.h"

namespace facemat {
namespace {

class FaceFolder : public FaceSource {
 public:
  explicit FaceFolder(const FaceSourceConfig& config) : config_(config) {
    require(!config.images.empty() && !config.masks.empty(), "faces: kind folder needs 'images' and 'masks'");
    pairs_ = joined(config.images, config.masks, {config.mask_suffix, config.unpaired == "skip", "mask"},
                    {config.include, config.exclude});
    refuse_inverted(
        size(), [&](int64_t i) { return mask(i); }, config.masks, config);
    if (config.trust.empty()) return;
    std::vector<std::string> pictures;
    for (const FilePair& pair : pairs_) pictures.push_back(pair.picture);
    trusts_ = trust_maps(config.images, config.trust, pictures);
  }
  int64_t size() const override { return static_cast<int64_t>(pairs_.size()); }
  Item item(int64_t index) const override {
    Item item{pairs_[index].picture, {picture(index), mask(index)}, ""};
    if (!trusts_.empty()) item.files.push_back(trusts_[index]);
    return item;
  }
  std::string name(int64_t index) const override { return pairs_[index].picture; }
  Face take(int64_t index, const Rng& look, int side, int) const override {
    const fs::path trust = trusts_.empty() ? fs::path() : trusts_[index];
    return still_face(read_photograph(picture(index), mask(index), trust, config_), config_, look, side);
  }
  std::string warning() const override {
    return turned_warning(
        size(), [&](int64_t i) { return picture(i); }, [&](int64_t i) { return mask(i); }, config_.images);
  }

 private:
  fs::path picture(int64_t index) const { return fs::path(config_.images) / pairs_[index].picture; }
  fs::path mask(int64_t index) const { return fs::path(config_.masks) / pairs_[index].partner; }

  FaceSourceConfig config_;
  std::vector<FilePair> pairs_;
  std::vector<fs::path> trusts_;  // one a picture, or none
};

}  // namespace

std::unique_ptr<FaceSource> open_face_folder(const FaceSourceConfig& config) { return std::make_unique<FaceFolder>(config); }

}  // namespace facemat
