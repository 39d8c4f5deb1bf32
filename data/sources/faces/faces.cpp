#include "data/sources/faces/faces.h"

#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {

const std::vector<FaceSourceEntry>& face_source_table() {
  static const std::vector<FaceSourceEntry> table = {
      {"procedural", "drawn faces", open_procedural_faces},
      {"folder", "pictures and masks with the same stem", open_face_folder},
      {"celebamask", "CelebAMask-HQ in its official layout", open_celebamask},
      {"clips", "filmed faces: folders of frames and masks", open_face_clips},
      {"no_face", "pictures without a face", open_no_face},
      {"unlabelled", "pictures of faces without masks", open_unlabelled},
      {"mattes", "foregrounds with mattes over backgrounds, as Composition-1k has them", open_mattes},
  };
  return table;
}

std::unique_ptr<FaceSource> open_face_source(const FaceSourceConfig& config) {
  require(config.crop != "unknown" || config.kind == "mattes", "faces: crop: unknown is for sources of kind mattes");
  return find_entry(face_source_table(), &FaceSourceEntry::kind, config.kind, "faces: unknown kind").open(config);
}

}  // namespace facemat
