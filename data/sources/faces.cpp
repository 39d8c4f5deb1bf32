#include "data/sources/faces.h"

#include "src/core/error.h"

namespace facemat {

const std::vector<FaceSourceEntry>& face_source_table() {
  static const std::vector<FaceSourceEntry> table = {
      {"procedural", "drawn faces", open_procedural_faces},
      {"folder", "pictures and masks with the same stem", open_face_folder},
      {"celebamask", "CelebAMask-HQ in its official layout", open_celebamask},
      {"clips", "filmed faces: folders of frames and masks", open_face_clips},
  };
  return table;
}

std::unique_ptr<FaceSource> open_face_source(const FaceSourceConfig& config) {
  std::string known;
  for (const FaceSourceEntry& entry : face_source_table()) {
    if (config.kind == entry.kind) return entry.open(config);
    known += (known.empty() ? "" : ", ") + std::string(entry.kind);
  }
  fail("faces: unknown kind '{}' (known: {})", config.kind, known);
}

}  // namespace facemat
