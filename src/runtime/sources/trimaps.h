#pragma once
// Where the trimap of a source that solves over one comes from: given with the frame, or made of a hint.

#include <opencv2/core.hpp>
#include <string>

#include "src/core/config.h"
#include "src/image/predictor.h"

namespace facemat {

struct SourceTrimapConfig {
  std::string from = "given";  // given: with the frame | hint: made of the hint, another source's matte
                               // (AlphaSourceConfig::hint) or one that is given with the frame
  // Of a hint: where it is at least `threshold`, eroded by an ellipse of face_side pixels, is face; where it is less, eroded by
  // background_side, is background; between is unknown. Our choice: bands of 10 pixels each way, for crops of 512.
  double threshold = 0.5;
  int face_side = 21, background_side = 21;
  // A given trimap without unknown pixels, or that knows one side alone: refused | kept: alpha is what it knows, everywhere
  // (with one side alone that is what every method finds). One made of a hint is always kept: no face was found, say.
  std::string one_sided = "refused";
};
void fields(FieldVisitor& visit, SourceTrimapConfig& config);

// The trimap (src/image/trimap.h) for a frame of that size. Throws Error for a guide that is missing or of another size.
cv::Mat trimap_for(const FrameGuides& guides, const SourceTrimapConfig& config, cv::Size frame);

cv::Mat trimap_of_hint(const cv::Mat& hint, const SourceTrimapConfig& config);

// Whether there is nothing to solve in `trimap`, and it is to be kept: then alpha_of_one_side() is the answer.
bool keeps(const cv::Mat& trimap, const SourceTrimapConfig& config);
// CV_32FC1: the trimap's known pixels; the unknown ones are as the known ones, all of one side. Throws Error if none is known.
cv::Mat alpha_of_one_side(const cv::Mat& trimap);

// CV_32FC1: the trimap as a matte, 0.5 where it is unknown.
cv::Mat alpha_of_trimap(const cv::Mat& trimap);

// `alpha` with what `trimap` knows, in place of what filters made of it.
cv::Mat with_known_of(const cv::Mat& alpha, const cv::Mat& trimap);

}  // namespace facemat
