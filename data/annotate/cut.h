#pragma once
// A face out of its photograph: what labelling and importing share, by the crop rule of the runtime.

#include <opencv2/core.hpp>
#include <string>

#include "data/annotate/annotator_config.h"

namespace facemat {

struct Cut {
  cv::Rect crop;       // whole pixels of the photograph, square; may reach beyond it
  bool moved = false;  // pushed into the photograph (Framing)
  int side = 0;        // pixels of the picture that is cut out
  std::string reject;  // why none is, one line; empty: one is
};

// Where `face` is cut out of a photograph of that size: framed(), on whole pixels, from config.smallest on, made no larger than
// config.largest.
Cut cut_of(const Face& face, const AnnotatorConfig& config, cv::Size photograph);

// The picture of a cut: copied, then made smaller by an area average. `photograph`: any type, so masks go along.
cv::Mat cut_out(const cv::Mat& photograph, const Cut& cut, const CropConfig& config);

// The part of that picture that shows the photograph itself and not what lies beyond it.
cv::Rect picture_in(const Cut& cut, cv::Size photograph);

// `face` of the photograph, in pixels of that picture.
Face in_cut(const Face& face, const Cut& cut);

}  // namespace facemat
