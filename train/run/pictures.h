#pragma once
// What a network makes of a few samples, to look at while it learns.

#include <opencv2/core.hpp>
#include <string>
#include <utility>
#include <vector>

#include "data/store/dataset.h"
#include "src/model/networks/network.h"
#include "train/feed/guides.h"

namespace facemat {

// The last frames of the first `count` clips of `split` as sample_sheet() lays them out, by the clips' names. The uncertainty
// is the network's own or, if it has none, that of `teacher` (may be null). `guides`: what both are given besides, as in
// validation. Modes of both stay as they are.
std::vector<std::pair<std::string, cv::Mat>> sample_pictures(MattingNetwork& network, MattingNetwork* teacher,
                                                             const DatasetSplit& split, int count, const torch::Device& device,
                                                             const GuidePlan& guides);

}  // namespace facemat
