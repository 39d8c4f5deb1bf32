// CelebAMask-HQ (Lee et al., CVPR 2020) as distributed: CelebA-HQ-img/ID.jpg and CelebAMask-HQ-mask-anno/K/IDIDI_LABEL.png with
// K = ID / 2000; a label's file exists only if the label is in the picture. Trust maps, which are not distributed with it, are
// TRUST/ID.png of the labels' size.

#include <fmt/format.h>
#include <algorithm>
#include <opencv2/core.hpp>

#include "data/sources/faces/faces.h"
#include "data/sources/faces/photographs.h"
#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

int id_of(const std::string& image) {
  const std::string stem = fs::path(image).stem().string();
  const bool number = !stem.empty() && stem.size() <= 8 && stem.find_first_not_of("0123456789") == std::string::npos;
  require(number, "{}: pictures of CelebAMask-HQ are named by number, as 123.jpg", image);
  return std::stoi(stem);
}

// A misspelt label would pass for one that no picture has.
void require_known(const std::vector<std::string>& labels) {
  static const std::vector<std::string> known = {"skin",   "nose",  "eye_g", "l_eye",  "r_eye", "l_brow",
                                                 "r_brow", "l_ear", "r_ear", "mouth",  "u_lip", "l_lip",
                                                 "hair",   "hat",   "ear_r", "neck_l", "neck",  "cloth"};
  for (const std::string& label : labels)
    require(std::find(known.begin(), known.end(), label) != known.end(), "faces: unknown label '{}' (known: {})", label,
            fmt::join(known, ", "));
}

class CelebaMask : public FaceSource {
 public:
  explicit CelebaMask(const FaceSourceConfig& config)
      : images_(fs::path(config.root) / "CelebA-HQ-img"),
        annotations_(fs::path(config.root) / "CelebAMask-HQ-mask-anno"),
        labels_(config.labels.empty() ? usual_labels() : config.labels),
        cut_labels_(config.cut_labels),
        config_(config) {
    require(!config.root.empty(), "faces: kind celebamask needs 'root'");
    require(config.ignore < 0, "faces: kind celebamask has no 'ignore': each of its labels is a file");
    require_known(labels_);
    require_known(cut_labels_);
    require_folder(annotations_);
    names_ = files_below(images_, image_extensions());
    require(!names_.empty(), "{}: no pictures", images_.string());
    names_ = filtered(names_, {config.include, config.exclude}, images_);
    std::sort(names_.begin(), names_.end(), [](const auto& a, const auto& b) { return id_of(a) < id_of(b); });
    if (!config.trust.empty()) trusts_ = trust_maps(images_, fs::path(config.root) / config.trust, names_);
  }
  int64_t size() const override { return static_cast<int64_t>(names_.size()); }
  std::string name(int64_t index) const override { return names_[index]; }
  Item item(int64_t index) const override {
    Item item{names_[index], {images_ / names_[index]}, ""};
    for (const auto* labels : {&labels_, &cut_labels_})
      for (const std::string& label : *labels) {
        const fs::path file = file_of(id_of(names_[index]), label);
        if (fs::exists(file)) item.files.push_back(file);
      }
    if (!trusts_.empty()) item.files.push_back(trusts_[index]);
    return item;
  }
  Face take(int64_t index, const Rng& look, int side, int) const override {
    const fs::path file = images_ / names_[index], trust = trusts_.empty() ? fs::path() : trusts_[index];
    const cv::Mat image = read_image(file);
    const Photograph photograph = fitted(image, {face_mask(id_of(names_[index])), {}}, trust, config_, file, file.string());
    return still_face(photograph, config_, look, side);
  }

 private:
  fs::path file_of(int id, const std::string& label) const {
    return annotations_ / std::to_string(id / 2000) / fmt::format("{:05}_{}.png", id, label);
  }
  // The union of `labels`; empty if the picture has none of them.
  cv::Mat union_of(int id, const std::vector<std::string>& labels) const {
    cv::Mat all;
    for (const std::string& label : labels) {
      const fs::path file = file_of(id, label);
      if (!fs::exists(file)) continue;
      const cv::Mat mask = read_mask(file);
      require(all.empty() || all.size() == mask.size(), "{}: {}x{} pixels, the other labels have {}x{}", file.string(),
              mask.cols, mask.rows, all.cols, all.rows);
      all = all.empty() ? mask : cv::Mat(cv::max(all, mask));
    }
    return all;
  }
  cv::Mat face_mask(int id) const {
    const cv::Mat face = union_of(id, labels_), cut = union_of(id, cut_labels_);
    require(!face.empty(), "{}: no file of the labels that make the face",
            file_of(id, labels_.empty() ? "skin" : labels_[0]).string());
    if (cut.empty()) return face;
    require(cut.size() == face.size(), "{}: {}x{} pixels, the other labels have {}x{}", file_of(id, cut_labels_[0]).string(),
            cut.cols, cut.rows, face.cols, face.rows);
    return face.mul(1 - cut);
  }

  fs::path images_, annotations_;
  std::vector<std::string> labels_, cut_labels_, names_;
  FaceSourceConfig config_;
  std::vector<fs::path> trusts_;  // one a picture, or none
};

}  // namespace

std::unique_ptr<FaceSource> open_celebamask(const FaceSourceConfig& config) { return std::make_unique<CelebaMask>(config); }

}  // namespace facemat
