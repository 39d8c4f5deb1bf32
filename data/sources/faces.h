#pragma once
// The face source table. A source is a numbered collection of clean faces with their masks.

#include <memory>
#include <string>
#include <vector>

#include "data/config.h"
#include "data/scene.h"

namespace facemat {

class FaceSource {
 public:
  virtual ~FaceSource() = default;
  virtual int64_t size() const = 0;
  // Face `index` as a square frame of `side` pixels at `time` (0..1 of a clip). Equal arguments, equal bytes. Throws Error
  // naming the file that cannot be used.
  virtual FaceView view(int64_t index, const Rng& rng, int side, double time) const = 0;
  virtual std::string item(int64_t index) const = 0;  // file or number, for the manifest
};

struct FaceSourceEntry {
  const char* kind;
  const char* about;
  std::unique_ptr<FaceSource> (*open)(const FaceSourceConfig& config);
};
const std::vector<FaceSourceEntry>& face_source_table();

// Throws Error for an unknown kind, listing the known ones, and for folders that are missing, empty, or do not fit.
std::unique_ptr<FaceSource> open_face_source(const FaceSourceConfig& config);

// --- the kinds
// ------------------------------------------------------------------------------------------------------------------
std::unique_ptr<FaceSource> open_procedural_faces(const FaceSourceConfig& config);
std::unique_ptr<FaceSource> open_face_folder(const FaceSourceConfig& config);
std::unique_ptr<FaceSource> open_celebamask(const FaceSourceConfig& config);

}  // namespace facemat
