#pragma once
// What can be written of a frame.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/image/predictor.h"
#include "src/media/frames/frame.h"
#include "tools/composite/config.h"

namespace facemat {

// A frame on its way through the stages.
struct CompositeFrame {
  MediaFrame target;
  bool done = false;    // every output has it from an earlier run: it is here for the model's memory alone
  bool beyond = false;  // the swap or the mattes have ended before: it is not written
  cv::Mat alpha;        // of the target itself, at its depth; empty: it is opaque
  Matte matte;
  double face_height = 0;         // of its largest face in pixels; 0: not known
  cv::Mat swap;                   // of the target's depth; empty if no output shows it
  std::vector<cv::Mat> pictures;  // one for each output that is asked for
};

// THE OUTPUT TABLE. To add one: a function in outputs.cpp and a line in its table.
struct OutputKind {
  std::string name, help;  // the option's
  bool alpha;              // straight BGRA
  bool (*shows_swap)(const CompositeConfig& config);
  cv::Mat (*picture)(const CompositeFrame& frame, const CompositeConfig& config, const cv::Mat& region);
};
const std::vector<OutputKind>& output_kinds();

// BGRA as BGR and its alpha; BGR stays, without.
void split_alpha(cv::Mat& picture, cv::Mat& alpha);

// `picture` with the target's own alpha: as a fourth channel where the output `holds` it, else over black.
cv::Mat with_target_alpha(const cv::Mat& picture, const cv::Mat& alpha, bool holds);

// "RRGGBB" as BGR 0..255. Throws Error.
cv::Scalar screen_colour(const std::string& text);

// `image` at the depth of another (CV_8U, CV_16U or CV_32F), rounded half up.
cv::Mat at_depth(const cv::Mat& image, int depth);

}  // namespace facemat
