#pragma once
// An alpha source: anything that gives a matte for a frame, described by a small YAML file (configs/sources). Foreign matting
// networks, depth and class maps turned to mattes without training, mattes in files, masks, and any of these together become a
// Predictor beside our own models.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/image/predictor.h"
#include "src/runtime/faces/face_matter.h"
#include "src/runtime/sources/augment.h"
#include "src/runtime/sources/conversions.h"
#include "src/runtime/sources/face_region.h"
#include "src/runtime/sources/foreign_network.h"
#include "src/runtime/sources/masks.h"
#include "src/runtime/sources/refine.h"
#include "src/runtime/sources/smooth.h"

namespace facemat {

namespace fs = std::filesystem;

// Mattes that exist as pictures: the first frame's is the first file by name, and so on.
struct MatteFilesConfig {
  std::string folder;
  int first = 0;  // number, from 0, of the file that belongs to the first frame
};
void fields(FieldVisitor& visit, MatteFilesConfig& config);

// One of the sources that are combined.
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

inline constexpr int kDeepestCombination = 4;  // of sources that combine sources

struct AlphaSourceConfig {
  std::string kind = "matte";             // a name of alpha_kinds()
  std::string polarity = "visible_face";  // kinds matte and files: what their 1 means, visible_face | occluder
  bool published = false;                 // the formula as others published it, with its traps; false: mended
  NetworkConfig network, class_network;   // network.model: of kind model the exported model; class_network: of kind hybrid,
                                          // whose network gives the depth
  MatteFilesConfig files;
  BoxMaskConfig box;
  CombineConfig combine;
  FaceConfig faces;   // of kind faces, which takes the one source in combine.sources
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

// Throws Error for settings that contradict each other. Models need not be there.
void check(const AlphaSourceConfig& config);

// THE ALPHA KIND TABLE. To add one: a function in alpha_source.cpp and a line in its table; the tests run them all.
struct AlphaKind {
  std::string name, help;
  bool takes_classes = false;  // a class map beside the first map
  // Maps (CV_32FC1 of one size; `classes` empty unless taken) and region (face_region.h) -> alpha, 1 = visible face, CV_32FC1.
  // nullptr for kinds that run no foreign network; these have `make`.
  cv::Mat (*alpha)(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes, const cv::Mat& region);
  std::unique_ptr<Predictor> (*make)(const AlphaSourceConfig& config, int threads, int depth);
};
const std::vector<AlphaKind>& alpha_kinds();

// The settings of `yaml`, then `set` ("a.b=c"), checked. Files a YAML file names (models, folders of mattes, combined sources)
// are relative to that file, be it `yaml` or one of its bases; those named in `set` are left as they are.
AlphaSourceConfig load_alpha_source(const fs::path& yaml, const std::vector<std::string>& set = {});

// The source as a Predictor. `threads`: of one operator; 0: as many as the machine has. Throws Error as ForeignNetwork, Matter
// and make_face_detector do, for sources that cannot be read and for more than kDeepestCombination levels of them.
std::unique_ptr<Predictor> make_alpha_source(const AlphaSourceConfig& config, int threads = 0);
std::unique_ptr<Predictor> open_alpha_source(const fs::path& yaml, const std::vector<std::string>& set = {}, int threads = 0);

// The same recipe for maps somebody else made: no network is run. `map`: one channel, float as a network gives it, or 8 or 16
// bits (class ids and depth by their values, mattes and masks by their share of white). `classes`: of kind hybrid, likewise.
// `frame`: CV_8UC3, for refine and the region `detected` only. Throws Error for what is missing, for sizes that differ, and for
// kinds that run no foreign network.
cv::Mat alpha_of_picture(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes = {},
                         const cv::Mat& frame = {});

// A picture of such a map: CV_8UC1 of its very values from 8 bits, CV_32FC1 0..1 from 16. Throws Error naming `path` for
// colours and for fewer bits, whose values decoders stretch.
cv::Mat read_map(const fs::path& path);

// The model files the source runs, those of combined sources too, for hashing; none if they are not named.
std::vector<fs::path> model_files_of(const AlphaSourceConfig& config);

}  // namespace facemat
