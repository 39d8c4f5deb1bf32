#include "data/store/clip_guides.h"

#include <algorithm>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

using Pictures = std::vector<cv::Mat>;

bool asks_for(const GuidePlan& plan, const char* name) {
  return std::find(plan.names.begin(), plan.names.end(), name) != plan.names.end();
}

// A layer of the clip that guides are made from.
const Pictures& needed(const Clip& clip, const Pictures& layer, const char* what) {
  require(layer.size() == clip.images.size(), "{}: a guide needs {} of every frame", clip.name, what);
  return layer;
}

int shorter(const cv::Mat& picture) { return std::min(picture.cols, picture.rows); }

// 1 where it is at least 1/2, else 0.
cv::Mat hardened(const cv::Mat& mask) {
  cv::Mat out;
  cv::Mat(mask >= 0.5f).convertTo(out, CV_32F, 1. / 255);
  return out;
}

Pictures rough_masks(const Clip& clip, const RoughMask& faults) {
  Pictures masks;
  for (const cv::Mat& alpha : needed(clip, clip.alphas, "alpha")) masks.push_back(rough_mask(alpha, faults));
  return masks;
}

RoughMask segmentation_of(const GuidePlan& plan, const Rng& rng) {
  return draw_rough_mask(rng.fork("segmentation"), plan.config.segmentation);
}

Pictures trimaps_of(const Clip& clip, const GuidePlan& plan, const Rng& rng) {
  const TrimapGuideConfig& config = plan.config.trimap;
  const TrimapFaults faults = plan.judging ? TrimapFaults() : draw_trimap_faults(rng.fork("trimap faults"), config);
  if (config.from == "dataset") {
    Pictures trimaps;
    for (const cv::Mat& trimap : needed(clip, clip.trimaps, "trimap")) trimaps.push_back(degraded_trimap(trimap, faults));
    return trimaps;
  }
  const Pictures& alphas = needed(clip, clip.alphas, "alpha");
  const TrimapKernels kernels = draw_trimap_kernels(rng.fork("trimap"), config, shorter(alphas[0]), plan.judging);
  const RoughMask segmentation = segmentation_of(plan, rng);  // the one that is given as such
  Pictures trimaps;
  for (const cv::Mat& alpha : alphas) {
    cv::Mat trimap;
    if (config.from == "face")
      trimap = whole_face_trimap(alpha, (kernels.background + 1) / 2);
    else if (config.from == "segmentation")
      trimap = make_trimap(hardened(rough_mask(alpha, segmentation)), kernels.foreground, kernels.background);
    else
      trimap = make_trimap(alpha, kernels.foreground, kernels.background);
    trimaps.push_back(degraded_trimap(trimap, faults));
    if (!clip.trusts.empty()) trimaps.back().setTo(kUnknown, clip.trusts[trimaps.size() - 1] <= 0);
  }
  return trimaps;
}

// What lies over the background of frame `t`, CV_32FC1: the foreground, or for faces the occluders; empty: nobody knows.
cv::Mat covering_of(const Clip& clip, size_t t) {
  if (!clip.backgrounds.empty()) return clip.alphas.empty() ? cv::Mat() : clip.alphas[t];
  if (clip.occluders.empty()) return {};
  cv::Mat opacity, covering;
  cv::extractChannel(clip.occluders[t], opacity, 3);
  opacity.convertTo(covering, CV_32F, 1. / 255);
  return covering;
}

Pictures backgrounds_of(const Clip& clip, const GuidePlan& plan, const Rng& rng) {
  const bool behind = !clip.backgrounds.empty();
  const Pictures& pictures = needed(clip, behind ? clip.backgrounds : clip.cleans, "the picture without the foreground");
  const BackgroundFaults faults = draw_background_faults(rng.fork("background"), plan.config.background);
  Pictures backgrounds;
  for (size_t t = 0; t < pictures.size(); ++t)
    backgrounds.push_back(given_background(pictures[t], covering_of(clip, t), faults, rng.fork("background noise", t)));
  return backgrounds;
}

}  // namespace

void fields(FieldVisitor& visit, GuideConfig& c) {
  visit.group("trimap", c.trimap, "the trimap");
  visit.group("hint", c.hint, "a mask as a hint: what is wrong with it");
  visit.group("segmentation", c.segmentation, "a soft segmentation: what is wrong with it");
  visit.group("background", c.background, "the picture without the foreground: how it differs from what is behind it");
}

Layers with_layers_for(const GuidePlan& plan, Layers layers) {
  layers.trimap |= asks_for(plan, "trimap") && plan.config.trimap.from == "dataset";
  const bool background = asks_for(plan, "background");
  layers.background |= background, layers.clean |= background, layers.occluder |= background;
  return layers;
}

ClipGuides draw_guides(const Clip& clip, const GuidePlan& plan, const Rng& rng) {
  ClipGuides guides;
  if (asks_for(plan, "trimap")) guides.trimap = trimaps_of(clip, plan, rng);
  if (asks_for(plan, "hint")) guides.hint = rough_masks(clip, draw_rough_mask(rng.fork("hint"), plan.config.hint));
  if (asks_for(plan, "background")) guides.background = backgrounds_of(clip, plan, rng);
  if (asks_for(plan, "segmentation")) guides.segmentation = rough_masks(clip, segmentation_of(plan, rng));
  return guides;
}

ClipGuides held_out_guides(const Clip& clip, const GuidePlan& plan, int64_t index) {
  return draw_guides(clip, plan, Rng().fork("held-out guides", static_cast<uint64_t>(index)));
}

ClipGuides guides_of_frame(const ClipGuides& guides, size_t t) {
  ClipGuides one;
  for (const GuideEntry& entry : guide_table())
    if (const auto& frames = entry.of(guides); !frames.empty()) entry.of(one) = {frames.at(t)};
  return one;
}

FrameGuides pictures_of_frame(const ClipGuides& guides, size_t t) {
  FrameGuides pictures;
  for (const GuideEntry& entry : guide_table())
    if (const auto& frames = entry.of(guides); !frames.empty()) entry.of(pictures) = frames.at(t);
  return pictures;
}

}  // namespace facemat
