#pragma once
// What a network is given beside the frames of a clip (the guide table, src/core/contract.h), as pictures: drawn from
// what is true of the clip. Faults (data/augment) are drawn once for a clip, whose frames share them, so that a clip's guides
// are a function of its stream alone. Training makes tensors of them (train/feed/guides.h), evaluation shows them to what it
// judges.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data/augment/given_background.h"
#include "data/augment/given_trimap.h"
#include "data/augment/rough_mask.h"
#include "data/store/dataset.h"
#include "src/core/random.h"
#include "src/image/guides.h"

namespace facemat {

class FieldVisitor;

// How guides are drawn: what may be wrong with them.
struct GuideConfig {
  TrimapGuideConfig trimap;
  RoughMaskConfig hint = hint_faults(), segmentation = segmentation_faults();
  BackgroundGuideConfig background;
};
void fields(FieldVisitor& visit, GuideConfig& config);

struct GuidePlan {
  std::vector<std::string> names;  // trimap, hint, background, segmentation: those that are asked for
  GuideConfig config;
  bool judging = false;  // trimaps have their fixed kernels and no faults, so that networks are judged on the same ones
};

// `layers` with those that guides are made from.
Layers with_layers_for(const GuidePlan& plan, Layers layers);

// A picture a frame, of the frames' size and the types of src/image/guides.h; those that are not asked for are empty.
using ClipGuides = GuideSet<std::vector<cv::Mat>>;

// Where alpha cannot be believed at all a trimap that is made of it calls it unknown; the dataset's own stays as it is. The
// background is the picture behind the foreground where the clip has it (Clip::backgrounds); for faces, whose surroundings stay
// as they are, the clean face: what the occluders cover. Throws Error naming the clip if a layer is not there.
ClipGuides draw_guides(const Clip& clip, const GuidePlan& plan, const Rng& rng);

// Those of clip `index` of a set that networks are judged on: the same whoever asks.
ClipGuides held_out_guides(const Clip& clip, const GuidePlan& plan, int64_t index);

// Those of frame `t` alone: as a clip of one frame, and as predictors take them.
ClipGuides guides_of_frame(const ClipGuides& guides, size_t t);
FrameGuides pictures_of_frame(const ClipGuides& guides, size_t t);

}  // namespace facemat
