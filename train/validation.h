#pragma once
// Validation during training: the network over a held-out split, judged by the metrics of eval/metrics.

#include <map>
#include <string>

#include "data/dataset.h"
#include "src/model/network.h"

namespace facemat {

// Means over all frames of `split`, whole image: metric name -> value. Leaves the network's mode as it was.
std::map<std::string, double> validate(MattingNetwork& network, const DatasetSplit& split);

}  // namespace facemat
