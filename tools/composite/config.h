#pragma once
// The settings of facemat-composite.

#include <string>

#include "src/core/config.h"
#include "src/media/frames/cuts.h"
#include "src/runtime/compose/compositor.h"
#include "src/runtime/faces/face_matter.h"
#include "src/runtime/sources/smooth.h"

namespace facemat {

struct FacesConfig {
  std::string use = "auto";  // auto: with a model, not with another source; always; never: whole frames
  FaceConfig find;
};
inline void fields(FieldVisitor& visit, FacesConfig& c) {
  visit("use", c.use, "find faces and show the model their crops: auto (with --model), always, or never (whole frames)",
        Choices{"auto", "always", "never"});
  fields(visit, c.find);
}

struct CompositeConfig {
  std::string effect;  // name in the effect table; empty: a swap is given, or the usual filter
  CompositeOptions blend;
  FacesConfig faces;
  SmoothConfig smooth;
  int max_side = 0;     // longest side the model sees of a whole frame, pixels; 0: that of its training pictures
  bool stills = false;  // a folder holds independent pictures: forget the past before each
  double rate = 25;     // frames a second of a video made from pictures in files

  std::string cuts = "auto";  // or "off"
  double cut_threshold = kCutThreshold;
  std::string size_changes = "error";  // or "scale"

  std::string matrix = "auto";  // of films that do not state theirs
  bool deinterlace = false;

  int bits = 8;                  // 8 or 16
  std::string layer = "swap";    // or "target": what green screen and RGBA show
  std::string green = "00b140";  // colour of the screen, RRGGBB
  bool premultiplied = false;    // RGBA with colours multiplied by alpha
  std::string video = "auto", pictures = "png", pipe = "auto";
};

inline void fields(FieldVisitor& visit, CompositeConfig& c) {
  visit("effect", c.effect, "filter put on the face when there is no swap; empty: the usual one");
  fields(visit, c.blend);
  visit.group("faces", c.faces, "faces in real frames");
  visit.group("smooth", c.smooth, "mattes averaged over time where the picture rests");
  visit("max_side", c.max_side,
        "longest side the model sees of a whole frame, in pixels; larger frames are shrunk; 0: that of its training pictures",
        {0, 16384});
  visit("stills", c.stills, "a folder holds independent pictures, not the frames of one clip");
  visit("rate", c.rate, "frames a second of a video made from pictures in files", {1, 240});
  visit("cuts", c.cuts, "forget the past where a new shot begins: auto or off", Choices{"auto", "off"});
  visit("cut_threshold", c.cut_threshold, "how unlike two frames of different shots are, 0 to 1", {0, 1});
  visit("size_changes", c.size_changes, "a frame of another size in a video: error, or scale it to the first one's",
        Choices{"error", "scale"});
  visit("matrix", c.matrix, "colour matrix of films that do not state theirs: auto (bt709 from 720 lines up, else bt601)",
        Choices{"auto", "bt601", "bt709", "bt2020"});
  visit("deinterlace", c.deinterlace, "of frames that hold two moments the first: every other line, those between filled in");
  visit("bits", c.bits, "8 or 16: depth that frames are read, blended and written at", {8, 16});
  visit("layer", c.layer, "what green screen and RGBA show: the swap (or filter), or the target's own face",
        Choices{"swap", "target"});
  visit("green", c.green, "colour of the screen, RRGGBB");
  visit("premultiplied", c.premultiplied, "RGBA with colours multiplied by alpha; OpenEXR always is");
  visit("video", c.video, "how videos are coded: auto (by extension and alpha), h264, prores or vp9");
  visit("pictures", c.pictures, "files of an output folder: png, jpg or exr");
  visit("pipe", c.pipe, "pixels of raw frames on standard output: auto, bgr24, rgb24, bgra, rgba, gray, rgb48le ...");
}

}  // namespace facemat
