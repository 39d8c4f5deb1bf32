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
    files_ = list_source(config.root, {".png"}, {config.include, config.exclude}, "RGBA PNG files");
  }
  int64_t size() const override { return files_.size(); }
  Item item(int64_t index) const override {
    return {files_.names[index], {files_.path(index)}, class_of(config_.occluder_class, config_.root, files_.names[index])};
  }
  Occluder take(int64_t index, const Rng&) const override {
    return make_cutout(read_cutout(files_.path(index)), config_, files_.path(index).string());
  }

 private:
  OccluderSourceConfig config_;
  FileList files_;
};

}  // namespace

std::unique_ptr<OccluderSource> open_cutouts(const OccluderSourceConfig& config) { return std::make_unique<Cutouts>(config); }

}  // namespace facemat
