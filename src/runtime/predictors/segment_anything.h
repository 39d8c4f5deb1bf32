#pragma once
// Segment Anything (Kirillov et al., "Segment Anything", 2023) in two ONNX files: an encoder that looks at a frame once, and
// the decoder as its authors export it, which answers prompts about that frame: points, boxes and rough masks.
//
// Encoder: one input [1,3,S,S] (S is 1024), one output, the embedding [1,256,64,64]. Its frame is scaled so that the longer
// side is S, normalised, and then padded with zeros at the right and below. Decoder, by name: image_embeddings, point_coords
// [1,N,2], point_labels [1,N] (1 wanted, 0 not, 2 and 3 the corners of a box, -1 none), mask_input [1,1,256,256],
// has_mask_input [1], orig_im_size [2] -> masks [1,M,H,W] (logits), iou_predictions [1,M]. Other sizes than these are taken
// from the files.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/runtime/predictors/foreign_network.h"

namespace facemat {

struct SegmentAnythingConfig {
  std::string decoder;          // ONNX file
  std::string answer = "best";  // of several masks the one whose IoU the decoder predicts highest: best; or the first: first
  bool soft = true;             // the mask is the logits' sigmoid; false: 1 where they are above 0
};
void fields(FieldVisitor& visit, SegmentAnythingConfig& config);

// What is asked about one object. Places are in pixels of the frame from its upper left corner, as those of faces (face.h): the
// first pixel reaches from 0 to 1.
struct PromptPoint {
  cv::Point2d at;
  bool wanted = true;  // on the object; false: beside it
};
struct ObjectPrompt {
  std::vector<PromptPoint> points;
  cv::Rect2d box;  // empty: none
  cv::Mat mask;    // CV_32FC1 0..1 of the frame's size; empty: none. A logit of kMaskLogit (2 mask - 1)
};
inline constexpr double kMaskLogit = 8;            // our choice: the decoder's own low-resolution logits reach some tens
inline constexpr size_t kMostPromptPoints = 1024;  // of an object

class SegmentAnything {
 public:
  // `encoder`: its file, its input and output where they are several, and how its picture is made (colour, range, mean, std;
  // width and height: S where the file leaves it open, 0 for 1024). Throws Error naming the file: missing, too large, no ONNX
  // model, or without the ports above (the true ones are listed).
  SegmentAnything(const NetworkConfig& encoder, const SegmentAnythingConfig& config, int threads = 0);
  ~SegmentAnything();
  SegmentAnything(SegmentAnything&&) noexcept;

  // Looks at `frame` (CV_8UC3 BGR), unless it has the pixels of the frame before, whose embedding is kept.
  void see(const cv::Mat& frame);
  // The mask of what `prompt` asks for in the frame seen last: CV_32FC1, 0..1, of its size. Throws Error naming the decoder if
  // it fails, or answers with other shapes or with numbers that are not finite.
  cv::Mat mask(const ObjectPrompt& prompt);

  int64_t encodings() const;  // frames looked at so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facemat
