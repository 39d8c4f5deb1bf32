#include "data/procedural/faces/face.h"
#include "data/sources/faces/faces.h"
#include "src/core/error.h"

namespace facemat {
namespace {

class ProceduralFaces : public FaceSource {
 public:
  explicit ProceduralFaces(int64_t count) : count_(count) {}
  int64_t size() const override { return count_; }
  Item item(int64_t index) const override { return {std::to_string(index), {}, ""}; }
  // The number alone makes the person; `look` makes the photograph.
  Face take(int64_t index, const Rng& look, int side, int) const override {
    return [person = Rng(0).fork("identity", static_cast<uint64_t>(index)), look, side](double time) {
      return render_face(person, look, side, time);
    };
  }

 private:
  int64_t count_;
};

}  // namespace

std::unique_ptr<FaceSource> open_procedural_faces(const FaceSourceConfig& config) {
  require(config.trust.empty(), "faces: kind procedural has no 'trust': what is drawn is certain everywhere");
  return std::make_unique<ProceduralFaces>(config.count);
}

}  // namespace facemat
