// CelebAMask-HQ (Lee et al., CVPR 2020) as distributed: CelebA-HQ-img/ID.jpg and CelebAMask-HQ-mask-anno/K/IDIDI_LABEL.png with
// K = ID / 2000; a label's file exists only if the label is in the picture.

#include <fmt/format.h>
#include <algorithm>
#include <opencv2/core.hpp>

#include "data/sources/faces.h"
#include "data/sources/photographs.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

int id_of(const fs::path& image) {
  const std::string stem = image.stem().string();
  const bool number = !stem.empty() && stem.size() <= 8 && stem.find_first_not_of("0123456789") == std::string::npos;
  require(number, "{}: pictures of CelebAMask-HQ are named by number, as 123.jpg", image.string());
  return std::stoi(stem);
}

class CelebaMask : public FaceSource {
 public:
  explicit CelebaMask(const FaceSourceConfig& config)
      : annotations_(fs::path(config.root) / "CelebAMask-HQ-mask-anno"),
        labels_(config.labels),
        cut_labels_(config.cut_labels) {
    require(!config.root.empty(), "faces: kind celebamask needs 'root'");
    require(fs::is_directory(annotations_), "{}: no such folder", annotations_.string());
    images_ = list_files(fs::path(config.root) / "CelebA-HQ-img", image_extensions());
    require(!images_.empty(), "{}: no pictures", (fs::path(config.root) / "CelebA-HQ-img").string());
    std::sort(images_.begin(), images_.end(), [](const fs::path& a, const fs::path& b) { return id_of(a) < id_of(b); });
  }
  int64_t size() const override { return static_cast<int64_t>(images_.size()); }
  FaceView view(int64_t index, const Rng& rng, int side, double time) const override {
    const cv::Mat image = read_image(images_[index]);
    const cv::Mat mask = resize(face_mask(id_of(images_[index])), image.size());
    return photograph_view(image, mask, rng, side, time, images_[index].string());
  }
  std::string item(int64_t index) const override { return images_[index].filename().string(); }

 private:
  fs::path file_of(int id, const std::string& label) const {
    return annotations_ / std::to_string(id / 2000) / fmt::format("{:05}_{}.png", id, label);
  }
  // The union of `labels`; empty if the picture has none of them.
  cv::Mat joined(int id, const std::vector<std::string>& labels) const {
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
    const cv::Mat face = joined(id, labels_), cut = joined(id, cut_labels_);
    require(!face.empty(), "{}: no file of the labels that make the face",
            file_of(id, labels_.empty() ? "skin" : labels_[0]).string());
    return cut.empty() ? face : cv::Mat(face.mul(1 - cut));
  }

  fs::path annotations_;
  std::vector<std::string> labels_, cut_labels_;
  std::vector<fs::path> images_;
};

}  // namespace

std::unique_ptr<FaceSource> open_celebamask(const FaceSourceConfig& config) { return std::make_unique<CelebaMask>(config); }

}  // namespace facemat
