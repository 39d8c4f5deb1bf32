// Pictures without a face, at any depth below a folder: alpha is 0 everywhere, and certain. What a frame shows of a picture is
// a random square of it. Occluders are laid over them as over a face, so that a hand alone is no sign of one.

#include "data/sources/faces/faces.h"
#include "data/sources/faces/photographs.h"
#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

class NoFace : public FaceSource {
 public:
  explicit NoFace(const FaceSourceConfig& config) {
    require(!config.images.empty(), "faces: kind no_face needs 'images'");
    require(config.masks.empty() && config.trust.empty(),
            "faces: kind no_face has neither 'masks' nor 'trust': no face is there, for certain");
    files_ = list_source(config.images, image_extensions(), {config.include, config.exclude}, "pictures");
  }
  int64_t size() const override { return files_.size(); }
  Item item(int64_t index) const override { return {files_.names[index], {files_.path(index)}, ""}; }
  Face take(int64_t index, const Rng& look, int side, int) const override {
    const fs::path file = files_.path(index);
    const cv::Mat image = read_image(file);
    const Photograph photograph{image, {cv::Mat(image.size(), CV_32FC1, cv::Scalar(0)), {}}, file.string()};
    return [view = view_of(photograph, any_square(image.size(), look.fork("crop")), side, /*may_be_empty=*/true)](double) {
      return view;
    };
  }

 private:
  FileList files_;
};

}  // namespace

std::unique_ptr<FaceSource> open_no_face(const FaceSourceConfig& config) { return std::make_unique<NoFace>(config); }

}  // namespace facemat
