// Colour and alpha in two files, joined by their path without extension plus a suffix: two folders (`colours`, `alphas`), or,
// with a `root`, all sibling folders of these names below it.
//
//   SIMD            root: SIMD/train, colours: fg, alphas: alpha                  hair_easy/fg/1.jpg, hair_easy/alpha/1.jpg
//   AM-2k           root: am2k/train, colours: fg, alphas: mask                   fg/m_1.png, mask/m_1.png
//   HIU             root: hiu, colours: fg, alphas: alpha, alpha_suffix: _mask    fg/7.jpg, alpha/7_mask.png
//   11k Hands       colours: Hands, alphas: 11k-hands_masks, unpaired: skip       Hands/Hand_1.jpg, 11k-hands_masks/Hand_1.png
//   NatOcc objects  colours: object_image_sr, alphas: object_mask_x4
//
// Colours are taken as they are. A hard mask of a photograph (hands, objects) takes a rim of its background along; `shrink`
// cuts it off. The alpha's values are those of read_matte() (data/sources/pictures/masks.h).

#include <algorithm>
#include <opencv2/core.hpp>

#include "data/sources/occluders/occluders.h"
#include "data/sources/pictures/listing.h"
#include "data/sources/pictures/masks.h"
#include "src/core/error.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

class Pairs : public OccluderSource {
 public:
  explicit Pairs(const OccluderSourceConfig& config) : config_(config) {
    require(!config.colours.empty() && !config.alphas.empty(), "occluders: kind pairs needs 'colours' and 'alphas'");
    const Joining joining{config.alpha_suffix, config.unpaired == "skip", "alpha"};
    const Filter filter{config.include, config.exclude};
    const bool siblings = !config.root.empty();
    colours_ = siblings ? config.root : config.colours;
    alphas_ = siblings ? config.root : config.alphas;
    pairs_ = siblings ? joined_siblings(config.root, config.colours, config.alphas, joining, filter)
                      : joined(config.colours, config.alphas, joining, filter);
  }
  int64_t size() const override { return static_cast<int64_t>(pairs_.size()); }
  Item item(int64_t index) const override {
    const FilePair& pair = pairs_[index];
    return {pair.picture,
            {colours_ / pair.picture, alphas_ / pair.partner},
            class_of(config_.occluder_class, colours_, pair.picture)};
  }
  Occluder take(int64_t index, const Rng&) const override {
    constexpr double kStatedAt = 512;  // pixels of the longer side, for `shrink`
    const fs::path colour_file = colours_ / pairs_[index].picture, alpha_file = alphas_ / pairs_[index].partner;
    const cv::Mat colour = read_image(colour_file), whole = read_matte(alpha_file, config_.binary);
    if (colour.size() != whole.size())
      fail("{}: {}x{} pixels, but its alpha {} has {}x{}{}", colour_file.string(), colour.cols, colour.rows,
           alpha_file.string(), whole.cols, whole.rows, turned_hint(colour_file, whole.size()));
    require(!bounding_box(whole, 0.5f / 255).empty(), "{}: the alpha is 0 everywhere", alpha_file.string());
    const cv::Mat alpha = shrunk(whole, cvRound(config_.shrink * std::max(whole.cols, whole.rows) / kStatedAt));
    const cv::Rect box = bounding_box(alpha, 0.5f / 255);
    require(!box.empty(), "{}: nothing is left of the alpha with shrink: {}", alpha_file.string(), config_.shrink);
    return make_cutout(premultiply(to_float(colour(box)), alpha(box)), config_, alpha_file.string());
  }

 private:
  OccluderSourceConfig config_;
  fs::path colours_, alphas_;  // what the names start at
  std::vector<FilePair> pairs_;
};

}  // namespace

std::unique_ptr<OccluderSource> open_pairs(const OccluderSourceConfig& config) { return std::make_unique<Pairs>(config); }

}  // namespace facemat
