// Pictures with their own alpha: RGBA PNG files in one folder or its subfolders.

#include "data/sources/listing.h"
#include "data/sources/occluders.h"
#include "src/core/error.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

class Cutouts : public OccluderSource {
 public:
  explicit Cutouts(const OccluderSourceConfig& config) : config_(config) {
    require(!config.root.empty(), "occluders: kind cutouts needs 'root'");
    names_ = files_below(config.root, {".png"});
    require(!names_.empty(), "{}: no RGBA PNG files", config.root);
    names_ = filtered(names_, {config.include, config.exclude}, config.root);
  }
  int64_t size() const override { return static_cast<int64_t>(names_.size()); }
  Item item(int64_t index) const override {
    return {names_[index], {file(index)}, class_of(config_.occluder_class, config_.root, names_[index])};
  }
  Occluder take(int64_t index, const Rng&) const override {
    return make_cutout(read_cutout(file(index)), config_, file(index).string());
  }

 private:
  fs::path file(int64_t index) const { return fs::path(config_.root) / names_[index]; }

  OccluderSourceConfig config_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<OccluderSource> open_cutouts(const OccluderSourceConfig& config) { return std::make_unique<Cutouts>(config); }

}  // namespace facemat
