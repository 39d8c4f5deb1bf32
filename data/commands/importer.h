#pragma once
// A folder of somebody's files as a checked source: every file is read once, what cannot be used is named, and what remains is
// written in one layout with a settings snippet that a build can start from.
//
//   OUT/source.yaml             `occluders:` or `faces:`, to be copied into settings or named as their base
//   OUT/contents.tsv            one line a picture: name, content hash (hash of its files, as in manifests)
//   OUT/pictures/NAME.png       occluders: straight RGBA, trimmed to the alpha, 16 bits where 8 would lose something
//   OUT/images/NAME.*           faces: the picture, its bytes as they were; or the largest face cut out of it as JPEG
//   OUT/masks/NAME.png          faces: grey, 1 = visible face, of the picture's size
//   OUT/trust/NAME.png          faces, with `ignore`: white where the mask says something
//
// NAME keeps the folders it had, so `occluder_class: folder` works afterwards as before.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "src/core/progress.h"

namespace facemat {

namespace fs = std::filesystem;

struct ImportOptions {
  // One of three: RGBA pictures; colour pictures and their alphas; photographs of faces and their masks. Partners share a stem.
  fs::path rgba;
  fs::path colour, alpha;
  fs::path images, masks;
  // Faces are cut out of their photographs by this annotator file's detector and crop rule (data/annotate/annotator_config.h);
  // empty: pictures stay as they are.
  fs::path cut;
  std::string suffix;  // what the stem of an alpha or mask has after the picture's, as "_mask"
  // What 1 means: "visible_face" (1 where the face is seen) or "occluder" (1 where it is not). Empty: what is usual, occluder
  // for alphas and visible_face for masks. Never guessed: see import_source.
  std::string polarity;
  int white = 255;          // value of an 8-bit alpha or mask that means 1; files of 0 and 1 have 1 there
  std::vector<int> labels;  // masks of labels: the values that make the face; empty: masks are levels
  int ignore = -1;          // with labels: the value of pixels that nobody labelled, which get trust 0; -1: none
  std::string name, licence = "unknown", occluder_class = "object";  // for source.yaml; name: empty: that of the folder
  std::string bad = "stop";                                          // a file that cannot be used: stop, or skip and list it
};

struct ImportReport {
  int64_t files = 0, taken = 0;
  std::vector<std::string> bad;  // one line for each file that was left out, in order of name
  // Pictures that look right under the stated polarity, and under the other: bright in the middle and dark at the border. The
  // rest shows neither.
  int64_t as_stated = 0, inverted = 0;
  int64_t lossy = 0;                  // partners in JPEG or lossy WebP files
  int64_t turned = 0;                 // pictures of which nobody can tell how their partners lie (may_be_unturned)
  double soft = 0;                    // mean share of soft pixels (0 < alpha < 1 as 8 bits show it) where alpha is not 0
  int64_t binary = 0;                 // pictures that have hardly any (below 0.5 %)
  std::vector<std::string> warnings;  // what a person should look at
  std::string content;                // hash of all content hashes, in order
};

// Makes `out` from the files the options name; it appears whole or not at all. Holds a picture a worker in memory. Throws Error
// if `out` exists; if not exactly one kind of input is named; for the first file (in order of name) that cannot be used (not
// read, of a format that is not read, without partner, two partners of one name, partner of other proportions, alpha or mask
// empty or full, what read_mask_file() of src/image/mask_file.h refuses, two files of one name; to be cut out: no face, or one
// too small), unless `bad` is "skip"; if none remains; and if more pictures look right under the other polarity than under the
// stated one.
ImportReport import_source(const ImportOptions& options, const fs::path& out, int workers, Progress& progress);

}  // namespace facemat
