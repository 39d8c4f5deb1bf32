#pragma once
// An alpha source: anything that gives a matte for a frame, described by a small YAML file (configs/sources). Foreign matting
// networks, depth and class maps turned to mattes without training, classical matting over a trimap, Segment Anything, mattes
// in files, masks, and any of these together become a Predictor beside our own models.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "src/core/progress.h"
#include "src/image/predictor.h"
#include "src/runtime/sources/alpha_settings.h"

namespace facemat {

inline constexpr int kDeepestCombination = 4;  // of sources that combine sources

// What a source is made for, beside its settings.
struct SourceContext {
  int threads = 0;               // of one operator or method; 0: as many as the machine has
  int depth = 0;                 // levels of sources around it
  Progress* progress = nullptr;  // told how far a frame is by methods that iterate; null: nobody is
  // What is done around it to frames before it sees them, so that places in the frame are no longer where they were: sources
  // that know places or mattes of whole frames are refused there.
  bool scaled = false;
  bool moved = false;  // mirrored or cropped
  // Frames are asked for in another order than a film's, or again: sources that know them by their numbers are refused.
  bool jumps = false;
};

// THE ALPHA KIND TABLE. To add one: a function in alpha_source.cpp and a line in its table; the tests run them all. A kind has
// one of the three functions.
struct AlphaKind {
  std::string name, help;
  bool takes_classes = false;  // a class map beside the first map
  // Of a foreign network's maps (CV_32FC1 of one size; `classes` empty unless taken) and region (face_region.h): alpha, 1 =
  // visible face, CV_32FC1.
  cv::Mat (*alpha)(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes,
                   const cv::Mat& region) = nullptr;
  // Of anything else a Predictor.
  std::unique_ptr<Predictor> (*make)(const AlphaSourceConfig& config, const SourceContext& context) = nullptr;
  // Of a frame (CV_8UC3) and its trimap, which has unknown pixels and known ones of both sides, the matte.
  SolvedMatte (*solve)(const AlphaSourceConfig& config, const cv::Mat& frame, const cv::Mat& trimap,
                       const SourceContext& context) = nullptr;
};
const std::vector<AlphaKind>& alpha_kinds();

// The entry of config.kind. Throws Error for an unknown one.
const AlphaKind& kind_of(const AlphaSourceConfig& config);

// The source as a Predictor. `threads`: of one operator; 0: as many as the machine has. `progress` may be null and must live as
// long as the source. What else is between it and the frames (FaceMatter, say) is told by the context. Throws Error as
// ForeignNetwork, Matter, SegmentAnything and make_face_detector do, for sources that cannot be read and for more than
// kDeepestCombination levels of them. Which guides it takes with each frame its wishes() say: kinds that solve over a trimap
// need one, or a hint to make it of (trimap.from), and throw Error as check_problem does (matting_problem.h); models need what
// their contracts name.
std::unique_ptr<Predictor> make_alpha_source(const AlphaSourceConfig& config, const SourceContext& context);
std::unique_ptr<Predictor> make_alpha_source(const AlphaSourceConfig& config, int threads = 0);
std::unique_ptr<Predictor> open_alpha_source(const fs::path& yaml, const std::vector<std::string>& set = {}, int threads = 0);

// The same recipe for maps somebody else made: no network is run. `map`: one channel, float as a network gives it, or 8 or 16
// bits (class ids and depth by their values, mattes and masks by their share of white); of kinds that solve over one the
// trimap. `classes`: of kind hybrid, likewise. `frame`: CV_8UC3, for refine, the region `detected` and those kinds only. Throws
// Error for what is missing, for sizes that differ, and for all other kinds.
cv::Mat alpha_of_picture(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes = {},
                         const cv::Mat& frame = {});

// A picture of such a map: CV_8UC1 of its very values from 8 bits, CV_32FC1 0..1 from 16. Throws Error naming `path` for
// colours and for fewer bits, whose values decoders stretch.
cv::Mat read_map(const fs::path& path);

// The model files the source runs, those of the sources in it too, for hashing; none if they are not named.
std::vector<fs::path> model_files_of(const AlphaSourceConfig& config);

}  // namespace facemat
