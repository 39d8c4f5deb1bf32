#pragma once
// Pictures with their own alpha: RGBA PNG or WebP files in one folder (`root`) or its subfolders, an item each.

#include "data/sources/occluders/occluders.h"
#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/image/codec.h"

namespace facemat {

class RgbaFiles : public OccluderSource {
 public:
  explicit RgbaFiles(const OccluderSourceConfig& config) : config_(config) {
    require(!config.root.empty(), "occluders: kind {} needs 'root'", config.kind);
    files_ = list_source(config.root, alpha_image_extensions(), {config.include, config.exclude}, "RGBA files");
    for (const std::string& name : files_below(config.root, kWithoutAlpha))
      fail("{}: {}", (fs::path(config.root) / name).string(), kNoAlpha);
  }
  int64_t size() const override { return files_.size(); }
  Item item(int64_t index) const override {
    return {files_.names[index], {file(index)}, class_of(config_.occluder_class, config_.root, files_.names[index])};
  }

 protected:
  const OccluderSourceConfig& config() const { return config_; }
  fs::path file(int64_t index) const { return files_.path(index); }

 private:
  OccluderSourceConfig config_;
  FileList files_;
};

}  // namespace facemat
