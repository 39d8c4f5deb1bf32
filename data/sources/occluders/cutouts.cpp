// Pictures with their own alpha, each a cut-out.

#include "data/sources/occluders/rgba_files.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

class Cutouts : public RgbaFiles {
 public:
  using RgbaFiles::RgbaFiles;
  Occluder take(int64_t index, const Rng&) const override {
    return make_cutout(read_cutout(file(index)), config(), file(index).string());
  }
};

}  // namespace

std::unique_ptr<OccluderSource> open_cutouts(const OccluderSourceConfig& config) { return std::make_unique<Cutouts>(config); }

}  // namespace facemat
