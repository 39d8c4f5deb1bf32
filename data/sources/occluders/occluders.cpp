#include "data/sources/occluders/occluders.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {

const std::vector<OccluderSourceEntry>& occluder_source_table() {
  static const std::vector<OccluderSourceEntry> table = {
      {"procedural", "drawn objects", open_procedural_occluders},
      {"cutouts", "RGBA pictures, placed over the face", open_cutouts},
      {"pairs", "colour and alpha in two files (SIMD, AM-2k, hands, objects)", open_pairs},
      {"shapes", "random shapes filled with textures (RandOcc)", open_shapes},
      {"sprites", "soft RGBA puffs, several laid over each other", open_sprites},
  };
  return table;
}

std::unique_ptr<OccluderSource> open_occluder_source(const OccluderSourceConfig& config) {
  return find_entry(occluder_source_table(), &OccluderSourceEntry::kind, config.kind, "occluders: unknown kind").open(config);
}

Cutout make_cutout(const cv::Mat& picture, const OccluderSourceConfig& config, const std::string& where) {
  constexpr int kMostSide = 1024;
  const cv::Mat alpha = layer_alpha(picture);
  const cv::Rect box = bounding_box(alpha, 0.5f / 255);
  require(!box.empty(), "{}: the cut-out is fully transparent", where);
  Cutout cutout;
  cutout.rule = config.fit_face ? Rule::kFitFace : config.toward_face ? Rule::kTowardFace : Rule::kFree;
  cv::Mat trimmed = picture(box);
  const int side = std::max(box.width, box.height);
  if (side > kMostSide) {
    const double scale = static_cast<double>(kMostSide) / side;
    trimmed = resize(trimmed, {std::max(1, cvRound(box.width * scale)), std::max(1, cvRound(box.height * scale))});
  }
  cv::copyMakeBorder(trimmed, cutout.layer, kCutoutBorder, kCutoutBorder, kCutoutBorder, kCutoutBorder, cv::BORDER_CONSTANT,
                     cv::Scalar::all(0));
  if (config.from_outside) cutout.limb = limb_of(layer_alpha(cutout.layer));
  return cutout;
}

}  // namespace facemat
