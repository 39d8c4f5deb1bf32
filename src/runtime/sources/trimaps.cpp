#include "src/runtime/sources/trimaps.h"

#include "src/core/error.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

constexpr int kMostSide = 511;  // pixels of an ellipse

bool is_one_sided(const cv::Mat& trimap) {
  const TrimapCounts counts = count_trimap(trimap);
  return counts.unknown == 0 || counts.face == 0 || counts.background == 0;
}

void check_guide(const cv::Mat& guide, cv::Size frame, const char* what) {
  require(guide.size() == frame, "the {} is {}x{}, its frame {}x{}", what, guide.cols, guide.rows, frame.width, frame.height);
}

}  // namespace

void fields(FieldVisitor& visit, SourceTrimapConfig& config) {
  visit("from", config.from, "given: with the frame; hint: made of the hint", {"given", "hint"});
  visit("threshold", config.threshold, "of a hint: from here on it is face", {0.001, 1});
  visit("face_side", config.face_side, "of a hint: pixels of the ellipse by which the known face is eroded", {1, kMostSide});
  visit("background_side", config.background_side, "likewise the known background", {1, kMostSide});
  visit("one_sided", config.one_sided, "a given trimap that leaves nothing to solve: refused, or kept as the matte",
        {"refused", "kept"});
}

cv::Mat trimap_of_hint(const cv::Mat& hint, const SourceTrimapConfig& config) {
  require(hint.type() == CV_32FC1, "a hint is one channel of floats");
  cv::Mat face;
  cv::Mat(hint >= config.threshold).convertTo(face, CV_32F, 1 / 255.0);
  return make_trimap(face, config.face_side, config.background_side);
}

cv::Mat trimap_for(const FrameGuides& guides, const SourceTrimapConfig& config, cv::Size frame) {
  if (config.from == "hint") {
    require(!guides.hint.empty(),
            "trimap.from hint: there is no hint (hint.file: the settings of a source whose matte is one)");
    check_guide(guides.hint, frame, "hint");
    return trimap_of_hint(guides.hint, config);
  }
  require(
      !guides.trimap.empty(),
      "this source needs a trimap with each frame (facemat eval: --trimap, or the dataset's; facemat composite: --trimap), or "
      "trimap.from hint");
  check_guide(guides.trimap, frame, "trimap");
  return guides.trimap;
}

bool keeps(const cv::Mat& trimap, const SourceTrimapConfig& config) {
  return (config.from == "hint" || config.one_sided == "kept") && is_one_sided(trimap);
}

cv::Mat alpha_of_one_side(const cv::Mat& trimap) {
  const TrimapCounts counts = count_trimap(trimap);
  require(counts.face > 0 || counts.background > 0, "the trimap knows no pixel: there is nothing to go by");
  cv::Mat alpha = alpha_of_trimap(trimap);
  alpha.setTo(counts.face > 0 ? 1 : 0, trimap == kUnknown);
  return alpha;
}

cv::Mat alpha_of_trimap(const cv::Mat& trimap) {
  cv::Mat alpha(trimap.size(), CV_32FC1, cv::Scalar(0.5));
  return with_known_of(alpha, trimap);
}

cv::Mat with_known_of(const cv::Mat& alpha, const cv::Mat& trimap) {
  cv::Mat out = alpha.clone();
  out.setTo(0, trimap == 0);
  out.setTo(1, trimap == 255);
  return out;
}

}  // namespace facemat
