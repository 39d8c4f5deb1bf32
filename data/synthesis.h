#pragma once
// From sources to a sample: a clean face, occluders over it, the exact alpha.
//
//   I = O Occ + (1 - O) clean        A = S (1 - O)        S face mask, O occluder alpha, A visible-face alpha
//
// Everything random about sample i of a split is a function of (seed, split, i): neither workers nor order matter.

#include <memory>
#include <vector>

#include "data/config.h"
#include "data/manifest.h"
#include "data/sources/faces.h"
#include "data/sources/occluders.h"

namespace facemat {

// One frame of a sample, all of one size.
struct Frame {
  cv::Mat image;     // CV_8UC3, what a camera would give (after degradation)
  cv::Mat clean;     // CV_8UC3, the face without occluder
  cv::Mat alpha;     // CV_32FC1, A
  cv::Mat trimap;    // CV_8UC1
  cv::Mat occluder;  // CV_32FC4, premultiplied Occ with O
};

struct Sample {
  std::vector<Frame> frames;
  SampleRecord record;  // without hashes
};

// The opened sources of a config, and which identities belong to which split: a procedural or real face appears in one split
// only.
class Synthesis {
 public:
  // Opens every source. Throws Error as the sources do, and if a source has fewer faces than splits.
  explicit Synthesis(const DataConfig& config);

  // Sample `index` of split number `split`. Throws Error naming a file that cannot be used, or if recomposition fails.
  Sample sample(int split, int64_t index) const;

 private:
  struct FaceChoice {
    int source;
    int64_t face;
  };
  FaceChoice choose_face(int split, Rng rng) const;
  Frame frame(const FaceView& face, const cv::Mat& layer, int split, const Rng& rng, SampleRecord& record) const;

  DataConfig config_;
  std::vector<std::unique_ptr<FaceSource>> faces_;
  std::vector<std::unique_ptr<OccluderSource>> occluders_;
};

// Largest |I - (O Occ + (1 - O) clean)| over all pixels and channels, I and clean as stored (8 bit), in 0..1.
double recomposition_error(const cv::Mat& image, const cv::Mat& clean, const cv::Mat& occluder);

}  // namespace facemat
