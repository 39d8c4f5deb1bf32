#include "data/procedural/face.h"
#include "data/sources/faces.h"

namespace facemat {
namespace {

class ProceduralFaces : public FaceSource {
 public:
  explicit ProceduralFaces(int64_t count) : count_(count) {}
  int64_t size() const override { return count_; }
  // The number alone makes the person; `rng` makes the photograph.
  FaceView view(int64_t index, const Rng& rng, int side, double time) const override {
    return render_face(Rng(0).fork("identity", index), rng, side, time);
  }
  std::string item(int64_t index) const override { return std::to_string(index); }

 private:
  int64_t count_;
};

}  // namespace

std::unique_ptr<FaceSource> open_procedural_faces(const FaceSourceConfig& config) {
  return std::make_unique<ProceduralFaces>(config.count);
}

}  // namespace facemat
