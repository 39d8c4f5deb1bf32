#pragma once
// From a photograph to labelled faces: found, cut out, parsed, cleaned, judged.

#include <memory>
#include <string>
#include <vector>

#include "data/annotate/annotator_config.h"
#include "src/runtime/faces/detector.h"

namespace facemat {

// A face of a photograph. Places in pixels of the photograph.
struct LabelledFace {
  std::string reject;    // why it is not kept, one line; empty: it is
  cv::Rect2d box;        // as the detector has it
  cv::Rect crop;         // what was cut out, which may reach beyond the photograph
  bool moved = false;    // the crop was pushed into the photograph (Framing)
  double score = 0;      // of the landmarks
  bool natural = false;  // something covers it
  FaceFacts facts;
  cv::Mat image, mask, trust;  // CV_8UC3, CV_8UC1 0/255 twice, of one size; as far as it got for a face that is not kept
};

// One stream of pictures, one thread. The same picture gives the same bytes whatever was labelled before.
class Annotator {
 public:
  // Opens all networks, each with one thread. Throws Error naming the file: missing, no ONNX file, other inputs and outputs
  // than the settings say, another number of classes than the class table, fewer landmarks than the settings name.
  explicit Annotator(const AnnotatorConfig& config);
  ~Annotator();
  Annotator(Annotator&&) noexcept;

  // The faces of `photograph` (CV_8UC3), the detector's best first; those that cannot be used with the reason. Throws Error if
  // there is none, or more than config.most_faces.
  std::vector<LabelledFace> label(const cv::Mat& photograph);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Seconds of processors that all annotators of the process have taken so far, by stage.
struct StageSeconds {
  double detect = 0, landmarks = 0, parse = 0, rules = 0;
};
StageSeconds stage_seconds();

}  // namespace facemat
