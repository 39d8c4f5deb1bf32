// Random shapes filled with textures, as RandOcc (arXiv 2205.06218): an item is a picture, the shape (random_shape.h) is drawn.
// A folder is drawn first, then one of its pictures, so that the classes of DTD (images/CLASS/*.jpg) are alike. There the whole
// picture is stretched over the shape's square; here it is a square part of it, at least half as wide, so that little of a
// small source repeats.

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "data/procedural/drawing/random_shape.h"
#include "data/sources/occluders/occluders.h"
#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

cv::Mat square_part(const cv::Mat& picture, Rng rng) {
  const int shorter = std::min(picture.cols, picture.rows);
  const int side = std::max(1, static_cast<int>(std::lround(shorter * rng.uniform(0.5, 1))));
  const auto x = static_cast<int>(rng.integer(0, picture.cols - side)),
             y = static_cast<int>(rng.integer(0, picture.rows - side));
  return picture(cv::Rect(x, y, side, side));
}

class Shapes : public OccluderSource {
 public:
  explicit Shapes(const OccluderSourceConfig& config) : config_(config) {
    require(!config.textures.empty(), "occluders: kind shapes needs 'textures'");
    files_ = list_source(config.textures, image_extensions(), {config.include, config.exclude}, "pictures");
  }
  int64_t size() const override { return files_.size(); }
  Item item(int64_t index) const override { return {files_.names[index], {files_.path(index)}, "texture"}; }
  bool by_folder() const override { return true; }
  Occluder take(int64_t index, const Rng& look) const override {
    constexpr int kSide = 512;
    const cv::Mat texture = resize(square_part(read_image(files_.path(index)), look.fork("part")), {kSide, kSide});
    const cv::Mat alpha = random_shape(look.fork("shape"), kSide);
    return make_cutout(premultiply(to_float(texture), alpha), config_, files_.path(index).string());
  }

 private:
  OccluderSourceConfig config_;
  FileList files_;
};

}  // namespace

std::unique_ptr<OccluderSource> open_shapes(const OccluderSourceConfig& config) { return std::make_unique<Shapes>(config); }

}  // namespace facemat
