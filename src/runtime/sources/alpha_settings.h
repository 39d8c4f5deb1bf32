#pragma once
// What may be said of an alpha source (alpha_source.h): its settings, their checks, and how they are read from YAML files.

#include <filesystem>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/runtime/classical/knn.h"
#include "src/runtime/classical/matting_problem.h"
#include "src/runtime/classical/shared_sampling.h"
#include "src/runtime/classical/window_laplacian.h"
#include "src/runtime/faces/face_matter.h"
#include "src/runtime/predictors/augment.h"
#include "src/runtime/predictors/foreign_network.h"
#include "src/runtime/predictors/segment_anything.h"
#include "src/runtime/sources/conversions.h"
#include "src/runtime/sources/face_region.h"
#include "src/runtime/sources/masks.h"
#include "src/runtime/sources/prompts.h"
#include "src/runtime/sources/refine.h"
#include "src/runtime/sources/smooth.h"
#include "src/runtime/sources/trimaps.h"

namespace facemat {

namespace fs = std::filesystem;

// Mattes that exist as pictures: the first frame's is the first file by name, and so on.
struct MatteFilesConfig {
  std::string folder;
  int first = 0;    // number, from 0, of the file that belongs to the first frame
  int white = 255;  // the value of 8 bits that means 1
};
void fields(FieldVisitor& visit, MatteFilesConfig& config);

// Another source: one of those that are combined, or the one whose matte is a hint.
struct CombinedSource {
  std::string file;   // its settings, relative to the file that names it
  std::string model;  // instead of its network.model, likewise; empty: its own
};
void fields(FieldVisitor& visit, CombinedSource& source);

struct CombineConfig {
  std::string rule = "min";  // min: what any of them takes for covered is covered | max | product
  std::vector<CombinedSource> sources;
};
void fields(FieldVisitor& visit, CombineConfig& config);

struct AlphaSourceConfig {
  std::string kind = "matte";             // a name of alpha_kinds()
  std::string polarity = "visible_face";  // kinds matte, files and segment_anything: what their 1 means, visible_face |
                                          // occluder
  bool published = false;                 // the formula as others published it, with its traps; false: mended
  NetworkConfig network, class_network;   // network.model: of kind model the exported model, of kind segment_anything the
                                          // encoder; class_network: of kind hybrid, whose network gives the depth
  MatteFilesConfig files;
  BoxMaskConfig box;
  CombineConfig combine;
  FaceConfig faces;     // of kind faces, which takes the one source in combine.sources
  CombinedSource hint;  // whose matte is the hint: a prompt's mask, or what a trimap is made of; no file: a hint that is given
  SegmentAnythingConfig segment_anything;
  PromptConfig prompts;       // of kind segment_anything
  SourceTrimapConfig trimap;  // of the kinds that solve over one, whose settings are these:
  WindowConfig windows;       // closed_form, learning_based
  KnnConfig knn;
  SharedSamplingConfig shared_sampling;
  SolverConfig solver;
  FaceRegion region;  // outside it alpha is 0; a published form knows none
  DepthConfig depth;
  SegmentationConfig segmentation;
  RefineConfig refine;
  HardenConfig harden;
  WorkingSize working_size;
  AugmentConfig augment;
  SmoothConfig smooth;
};
void fields(FieldVisitor& visit, AlphaSourceConfig& config);

// Throws Error for settings that contradict each other and for unknown kinds. Models need not be there.
void check(const AlphaSourceConfig& config);

// The settings of `yaml`, then `set` ("a.b=c"), checked. Files a YAML file names (models, folders of mattes, combined sources)
// are relative to that file, be it `yaml` or one of its bases; those named in `set` are left as they are.
AlphaSourceConfig load_alpha_source(const fs::path& yaml, const std::vector<std::string>& set = {});

// True if nothing is to be augmented: one variant, the frame itself.
bool augments_nothing(const AugmentConfig& config);

}  // namespace facemat
