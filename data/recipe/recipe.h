#pragma once
// Everything random about one sample, drawn before anything is rendered: which items of which sources, where they lie, how they
// move, what light and camera do. A recipe and the sources make the sample's bytes again, without the settings they were drawn
// from. One line of manifest.jsonl holds one recipe (record.h).

#include <cstdint>
#include <string>
#include <vector>

#include "data/recipe/degrade.h"
#include "data/recipe/motion.h"
#include "data/recipe/placement.h"
#include "data/recipe/shadow.h"
#include "data/recipe/stream_effects.h"

namespace facemat {

// One item of a source. `content` is the hash of the item's files, so that a changed source is noticed; empty for drawn things.
struct Ingredient {
  std::string source;  // name in the settings' list
  int64_t index = 0;   // within the source
  std::string item;    // its name: a file or a number
  std::string content;
  std::string licence;
  std::string occluder_class;  // empty for faces
};

// What happens to one of the two streams, face or occluder, over the frames.
struct StreamRecipe {
  uint64_t look = 0;  // the random stream (Rng::of_key) of what a source draws by itself
  bool mirror = false;
  Affine placed;  // the same for all frames
  AffineMotion motion;
  Timing timing;
  StreamEffects effects;
};

struct FaceRecipe {
  Ingredient from;
  StreamRecipe stream;
  std::string outside = "mirrored";  // DataConfig::outside
};

struct OccluderRecipe {
  Ingredient from;
  StreamRecipe stream;
  CutoutPose pose;     // of a cut-out in frame 0, before mirroring and motion; unused for what draws itself
  double opacity = 1;  // factor on its alpha
  double gain = 0;     // of a cut-out in the scene's light, before that light; 0: its own brightness is kept
  std::string harmonise = "none";
};

struct TrimapRecipe {
  int foreground = 1, background = 1;  // sides of the elliptical kernels, pixels
};

struct Recipe {
  std::string split, name;
  int64_t index = 0;
  int size = 512;  // side of the frames, pixels
  int frames = 1;
  bool still = true;
  FaceRecipe face;
  std::vector<OccluderRecipe> occluders;  // the last lies on top
  AffineMotion both;                      // of face and cut-outs together
  Timing both_timing;
  Shadow shadow;
  Degradation degradation;
  uint64_t noise = 0;  // the random stream of all noise
  TrimapRecipe trimap;
};

// What is told of the frames a recipe made; shares are means over the frames.
struct Measured {
  double face_share = 0;     // mean of S
  double covered_share = 0;  // share of the face that is covered
  double soft_share = 0;     // share of pixels with 0 < alpha < 1, as 8 bits show it
  double recomposition = 0;  // largest |I - (O Occ + (1 - O) clean)| before degradation and encoding
  double trusted_share = 1;  // mean of the trust
};

// The classes of its occluders, the one on top last.
std::vector<std::string> occluder_classes(const Recipe& recipe);

// Whether a sample or split may be called so: nothing that files could be called outside of their folder, nor under another
// name (by a 0 among its letters).
bool is_plain_name(const std::string& name);

// Throws Error, prefixed by `where`, if a recipe from a file could not have been drawn: sizes, frames and numbers out of
// bounds, names that leave their folder.
void check(const Recipe& recipe, const std::string& where);

// One line of JSON, and back to the same values (doubles in full). Throws Error, prefixed by `where`, on anything malformed.
std::string recipe_to_json(const Recipe& recipe);
Recipe recipe_from_json(const std::string& line, const std::string& where);

}  // namespace facemat
