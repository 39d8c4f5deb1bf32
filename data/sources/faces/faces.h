#pragma once
// The face source table. A source is a numbered collection of clean faces with their masks, or of pictures without one. Opening
// a source lists its items; pictures are read when one is taken.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/recipe/config.h"
#include "data/scene/scene.h"
#include "data/sources/pictures/item.h"

namespace facemat {

// A face that was taken: what it looks like at `time` (0..1 of a clip; stills have 0), as a square frame. Photographs stand
// still (the motion of a clip is the recipe's), drawn people and filmed ones move; the files of filmed ones are read when they
// are shown. Equal arguments, equal bytes; safe for several threads. Throws Error naming the file that cannot be used.
using Face = std::function<FaceView(double time)>;

class FaceSource {
 public:
  virtual ~FaceSource() = default;
  virtual int64_t size() const = 0;
  virtual Item item(int64_t index) const = 0;
  virtual std::string name(int64_t index) const { return item(index).name; }  // without asking for the files
  // Face `index` for `frames` frames of `side` x `side` pixels, whose times are 0, 1 / (frames - 1), ... 1; `look` makes what
  // the source draws by itself. Throws Error naming the file that cannot be used.
  virtual Face take(int64_t index, const Rng& look, int side, int frames) const = 0;
  // What a person should look at before samples are made of it.
  virtual std::vector<std::string> warnings() const { return {}; }
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
std::unique_ptr<FaceSource> open_procedural_faces(const FaceSourceConfig& config);
std::unique_ptr<FaceSource> open_face_folder(const FaceSourceConfig& config);
std::unique_ptr<FaceSource> open_celebamask(const FaceSourceConfig& config);
std::unique_ptr<FaceSource> open_face_clips(const FaceSourceConfig& config);
std::unique_ptr<FaceSource> open_no_face(const FaceSourceConfig& config);
std::unique_ptr<FaceSource> open_unlabelled(const FaceSourceConfig& config);
std::unique_ptr<FaceSource> open_mattes(const FaceSourceConfig& config);

}  // namespace facemat
