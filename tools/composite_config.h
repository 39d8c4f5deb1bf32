#pragma once
// The settings of facemat-composite.

#include <string>

#include "src/core/config.h"
#include "src/runtime/compositor.h"

namespace facemat {

struct CompositeConfig {
  std::string effect;  // name in the effect table; empty: a swap is given
  CompositeOptions blend;
  int max_side = 0;     // longest side the model sees, pixels; 0: that of its training pictures
  bool stills = false;  // a folder holds independent pictures: forget the past before each
  double rate = 25;     // frames a second of a video made from a folder
};

inline void fields(FieldVisitor& visit, CompositeConfig& c) {
  visit("effect", c.effect, "filter put on the face when there is no swap; empty: none");
  fields(visit, c.blend);
  visit("max_side", c.max_side,
        "longest side the model sees, in pixels; larger frames are shrunk; 0: that of its training pictures", {0, 16384});
  visit("stills", c.stills, "a folder holds independent pictures, not the frames of one clip");
  visit("rate", c.rate, "frames a second of a video made from a folder", {1, 240});
}

}  // namespace facemat
