#pragma once
// An annotator file: which networks label photographs, and by which rules. configs/annotators holds them.

#include <filesystem>
#include <string>
#include <vector>

#include "data/annotate/cleaning.h"
#include "data/annotate/parser.h"
#include "data/annotate/trust.h"
#include "data/annotate/verdict.h"
#include "src/core/config.h"
#include "src/runtime/faces/detector.h"
#include "src/runtime/faces/landmark_network.h"

namespace facemat {

namespace fs = std::filesystem;

struct AnnotatorConfig {
  std::string pictures =
      "photographs";  // photographs: faces are cut out of them | crops: each is one, square, and stays as it is
  DetectorConfig detector;
  CropConfig crop;      // the crop rule (src/runtime/faces/face.h)
  int smallest = 224;   // sides of a crop, pixels: smaller ones are refused ...
  int largest = 512;    // ... larger ones made this small
  int most_faces = 16;  // of one photograph: with more of them it is refused
  int jpeg_quality = 95;
  std::vector<ParserConfig> parsers;
  LandmarkConfig landmarks;
  MeshConfig mesh;
  CleaningConfig cleaning;
  TrustConfig trust;
  RejectConfig reject;
};
void fields(FieldVisitor& visit, AnnotatorConfig& config);

// Throws Error for settings that contradict each other. Files need not be there.
void check(const AnnotatorConfig& config);

// The settings of `yaml`, then `set` ("a.b=c"), checked. Networks that the file names are relative to it; those named in `set`
// are left as they are. Throws Error for a file that is missing.
AnnotatorConfig load_annotator(const fs::path& yaml, const std::vector<std::string>& set = {});

// The files of its networks.
std::vector<fs::path> model_files_of(const AnnotatorConfig& config);

}  // namespace facemat
