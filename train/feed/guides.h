#pragma once
// What networks are given beside the frames of a batch: drawn for each clip (data/store/clip_guides.h), as tensors.

#include <vector>

#include "data/store/clip_guides.h"
#include "src/model/networks/guides.h"
#include "train/config.h"

namespace facemat {

// What the network of a run is given while it learns from a pass, and while it is judged.
GuidePlan guide_plan(const TrainConfig& config, const TrainPass& pass);
GuidePlan judging_guide_plan(const TrainConfig& config);

// Of all clips of a batch, as tensors [B,T,C,H,W]; undefined where they have none. Starts no threads (planes.h).
Guides collate_guides(const std::vector<ClipGuides>& guides, const std::vector<Clip>& clips);

}  // namespace facemat
