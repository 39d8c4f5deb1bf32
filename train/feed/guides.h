#pragma once
// What networks are given beside the frames of a batch: drawn for each clip (data/store/clip_guides.h), as tensors.

#include <vector>

#include "data/store/clip_guides.h"
#include "src/model/networks/guides.h"
#include "train/config.h"

namespace facemat {

// What is given while the network of a run learns from a pass: to it, and to the pass's teacher if that is asked for anything;
// and what the network is given while it is judged. Each takes what it needs. The first reads the teacher's file and throws
// Error if it cannot.
GuidePlan guide_plan(const TrainConfig& config, const TrainPass& pass);
GuidePlan judging_guide_plan(const TrainConfig& config);

// Of all clips of a batch, as tensors [B,T,C,H,W]; undefined where they have none. Starts no threads (planes.h).
Guides collate_guides(const std::vector<ClipGuides>& guides, const std::vector<Clip>& clips);

}  // namespace facemat
