// Pictures and masks in two folders, joined by their path below the folder without extension: images/anna.jpg, masks/anna.png.

#include "data/sources/faces/faces.h"
#include "data/sources/faces/photographs.h"
#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/image/codec.h"

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
  }
  int64_t size() const override { return static_cast<int64_t>(pairs_.size()); }
  Item item(int64_t index) const override { return {pairs_[index].picture, {picture(index), mask(index)}, ""}; }
  Face take(int64_t index, const Rng&, int side, int) const override {
    const cv::Mat image = read_image(picture(index));
    return photograph(image, read_face_mask(mask(index), config_), side, mask(index).string());
  }

 private:
  fs::path picture(int64_t index) const { return fs::path(config_.images) / pairs_[index].picture; }
  fs::path mask(int64_t index) const { return fs::path(config_.masks) / pairs_[index].partner; }

  FaceSourceConfig config_;
  std::vector<FilePair> pairs_;
};

}  // namespace

std::unique_ptr<FaceSource> open_face_folder(const FaceSourceConfig& config) { return std::make_unique<FaceFolder>(config); }

}  // namespace facemat
