#pragma once
// `facemat data label`: photographs and films to a source of faces with masks.
//
//   OUT/faces/images/NAME.jpg   square crops of faces that nothing covers
//   OUT/faces/masks/NAME.png    0/255, visible face
//   OUT/faces/trust/NAME.png    0/255, where the mask can be believed
//   OUT/natural/...             likewise, of faces that something covers: not to put occluders over
//   OUT/manifest.tsv            a row for each: where it comes from, licence, sizes, shares, content (record.h)
//   OUT/rejects.tsv             what was left out, and why
//   OUT/source.yaml             settings of a dataset over the faces, as they are or to copy from
//   OUT/annotator.yaml          what labelled them
//   OUT/sheets/...              to be looked at
//
// NAME keeps the folders it had; further faces of a photograph end in @2, @3, ..., frames of a film in @000123.
//
// It works in OUT.partial, journals each input and gives OUT its name at the end; equal inputs give equal bytes for any number
// of workers and however often it was stopped.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/annotate/annotator_config.h"
#include "src/core/progress.h"

namespace facemat {

struct LabelOptions {
  std::vector<fs::path> inputs;  // photographs, films, folders of them
  AnnotatorConfig annotator;
  std::string licence;  // of the inputs
  std::string source;   // name in the manifest; empty: that of OUT
  int every = 25;       // of a film, every so many frames are labelled
  fs::path rejects;     // names of pictures that a person does not want, one a line; empty: none
  bool resume = false;  // go on with OUT.partial if it is there
  int workers = 1;
};

struct LabelReport {
  int64_t looked_at = 0, faces = 0, natural = 0, rejects = 0;
  std::vector<std::pair<std::string, int64_t>> reasons;  // numbers left out as 'N', the most frequent first
};

// Throws Error if `out` exists; without a licence; if OUT.partial exists and `resume` is false, or was begun with other inputs
// or settings; as Annotator does; if nothing could be labelled. What was finished stays in OUT.partial. An input that cannot be
// used is a line in rejects.tsv.
LabelReport label_pictures(const LabelOptions& options, const fs::path& out, Progress& progress);

}  // namespace facemat
