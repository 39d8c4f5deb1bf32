// Pictures of faces without masks, at any depth below a folder: crops with the face in the middle, as facemat data label makes
// them and the runtime cuts them out. Nobody has said where the face is, so nothing of it can be believed, and only what covers
// it is known: samples for training passes whose labels are a network's (labels: teacher in train/config.h).

#include "data/sources/faces/faces.h"
#include "data/sources/faces/photographs.h"
#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

class Unlabelled : public FaceSource {
 public:
  explicit Unlabelled(const FaceSourceConfig& config) : config_(config) {
    require(!config.images.empty(), "faces: kind unlabelled needs 'images'");
    require(config.masks.empty() && config.trust.empty(),
            "faces: kind unlabelled has neither 'masks' nor 'trust' (pictures with masks are a source of kind folder)");
    require(config.crop == "centre", "faces: kind unlabelled shows the middle of its pictures (crop: centre), not '{}'",
            config.crop);
    files_ = list_source(config.images, image_extensions(), {config.include, config.exclude}, "pictures");
  }
  int64_t size() const override { return files_.size(); }
  Item item(int64_t index) const override { return {files_.names[index], {files_.path(index)}, ""}; }
  Face take(int64_t index, const Rng& look, int side, int) const override {
    const fs::path file = files_.path(index);
    const cv::Mat image = read_image(file);
    return still_face({image, unbelievable_label(image.size()), file.string()}, config_, look, side);
  }

 private:
  FaceSourceConfig config_;
  FileList files_;
};

}  // namespace

std::unique_ptr<FaceSource> open_unlabelled(const FaceSourceConfig& config) { return std::make_unique<Unlabelled>(config); }

}  // namespace facemat
