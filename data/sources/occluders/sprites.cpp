// Soft sprites (smoke, steam, dust): RGBA pictures whose alpha is soft everywhere, several laid over each other, drifting
// upwards.

#include <algorithm>
#include <cmath>

#include "data/scene/patch.h"
#include "data/sources/occluders/rgba_files.h"
#include "src/core/error.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

// Smoke has little colour of its own: every puff of a sample shares one pale tint.
cv::Mat tinted(cv::Mat layer, const cv::Vec3f& tint, float density) {
  for (int y = 0; y < layer.rows; ++y)
    for (auto *p = layer.ptr<cv::Vec4f>(y), *end = p + layer.cols; p < end; ++p) {
      const float alpha = (*p)[3] * density;
      const float shade = (*p)[3] > 0 ? ((*p)[0] + (*p)[1] + (*p)[2]) / (3 * (*p)[3]) : 0;  // of the sprite itself
      const float light = 0.7f + 0.3f * shade;
      *p = {tint[0] * light * alpha, tint[1] * light * alpha, tint[2] * light * alpha, alpha};
    }
  return layer;
}

// Several puffs of one picture, each with its own place, size and density, drifting upwards with the scene's time.
Patch puffs(const cv::Mat& picture, const Rng& look, const Scene& scene) {
  Rng stream = look.fork("puffs");
  const auto count = stream.integer(3, 8);
  const double wind = stream.uniform(-0.25, 0.25), rise = stream.uniform(0.1, 0.35);
  const auto grey = static_cast<float>(stream.uniform(0.65, 0.95));
  const float red = static_cast<float>(stream.uniform(0.95, 1.03)), blue = static_cast<float>(stream.uniform(0.97, 1.05));
  const cv::Vec3f tint(grey * blue, grey, grey * red);
  const double width = scene.layout.width;
  const cv::Point2d centre(0.5f * (scene.layout.forehead + scene.layout.chin));
  Patch out;
  for (int64_t i = 0; i < count; ++i) {
    const double down = stream.uniform(-0.6, 0.8), across = stream.uniform(-0.7, 0.7);
    const cv::Point2d start = centre + cv::Point2d(across, down) * width;
    const double scale = stream.uniform(0.5, 1.2) * width / picture.cols * (1 + 0.25 * scene.time);
    const double turned = stream.uniform(0, 360), turning = stream.uniform(-40, 40);
    const double degrees = turned + turning * scene.time;
    const auto density = static_cast<float>(stream.uniform(0.35, 0.9) * (1 - 0.3 * scene.time));
    const cv::Point2d at = start + cv::Point2d(wind, -rise) * (width * scene.time);
    const cv::Point2d middle((picture.cols - 1) / 2.0, (picture.rows - 1) / 2.0);
    Patch puff = warped(picture, similarity(middle, scale, degrees, at), scene.size);
    puff.layer = tinted(puff.layer, tint, density);
    out = over(puff, out);
  }
  return out;
}

class Sprites : public RgbaFiles {
 public:
  using RgbaFiles::RgbaFiles;
  Occluder take(int64_t index, const Rng& look) const override {
    const cv::Mat picture = read_cutout(file(index));
    require(!bounding_box(layer_alpha(picture), 0.5f / 255).empty(), "{}: the cut-out is fully transparent",
            file(index).string());
    return Drawing([picture, look](const Scene& scene) { return puffs(picture, look, scene); });
  }
};

}  // namespace

std::unique_ptr<OccluderSource> open_sprites(const OccluderSourceConfig& config) { return std::make_unique<Sprites>(config); }

}  // namespace facemat
