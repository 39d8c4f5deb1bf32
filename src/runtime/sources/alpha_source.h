#pragma once
// An alpha source: anything that gives a matte for a frame, described by a small YAML file (configs/sources). Foreign matting
// networks, depth and class maps turned to mattes without training, mattes in files, masks, and any of these together become a
// Predictor beside our own models.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "src/image/predictor.h"
#include "src/runtime/sources/alpha_settings.h"

namespace facemat {

inline constexpr int kDeepestCombination = 4;  // of sources that combine sources

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

// The entry of config.kind. Throws Error for an unknown one.
const AlphaKind& kind_of(const AlphaSourceConfig& config);

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
