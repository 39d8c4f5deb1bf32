// Pictures and masks in two folders, joined by the stem of their names.

#include <map>

#include "data/sources/faces.h"
#include "data/sources/photographs.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

struct Pair {
  fs::path image, mask;
};

std::vector<Pair> find_pairs(const FaceSourceConfig& config) {
  require(!config.images.empty() && !config.masks.empty(), "faces: kind folder needs 'images' and 'masks'");
  std::map<std::string, fs::path> masks;
  for (const fs::path& mask : list_files(config.masks, image_extensions())) masks[mask.stem().string()] = mask;
  std::vector<Pair> pairs;
  for (const fs::path& image : list_files(config.images, image_extensions())) {
    const auto mask = masks.find(image.stem().string());
    require(mask != masks.end(), "{}: no mask with this stem in {}", image.string(), config.masks);
    pairs.push_back({image, mask->second});
  }
  require(!pairs.empty(), "{}: no pictures (known: .png, .jpg, .jpeg)", config.images);
  return pairs;
}

class FaceFolder : public FaceSource {
 public:
  explicit FaceFolder(const FaceSourceConfig& config) : pairs_(find_pairs(config)), occluder_(config.polarity == "occluder") {
    constexpr size_t kLooked = 32;
    std::vector<cv::Mat> masks;
    for (size_t i = 0; i < std::min(pairs_.size(), kLooked); ++i) masks.push_back(mask_of(i));
    refuse_inverted(masks, config.masks, config.polarity);
  }
  int64_t size() const override { return static_cast<int64_t>(pairs_.size()); }
  FaceView view(int64_t index, const Rng& rng, int side, double time) const override {
    return photograph_view(read_image(pairs_[index].image), mask_of(index), rng, side, time, pairs_[index].mask.string());
  }
  std::string item(int64_t index) const override { return pairs_[index].image.filename().string(); }

 private:
  cv::Mat mask_of(int64_t index) const {
    const cv::Mat mask = read_mask(pairs_[index].mask);
    return occluder_ ? cv::Mat(1 - mask) : mask;
  }

  std::vector<Pair> pairs_;
  bool occluder_;
};

}  // namespace

std::unique_ptr<FaceSource> open_face_folder(const FaceSourceConfig& config) { return std::make_unique<FaceFolder>(config); }

}  // namespace facemat
