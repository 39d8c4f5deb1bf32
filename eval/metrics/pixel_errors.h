#pragma once
// SAD, MSE and MAD, computed from exact integer sums (reference: Composition-1k's evaluation code). One value for each region.

#include "eval/metrics/pair.h"

namespace facemat {

std::vector<double> sad(const AlphaPair& pair, const Regions& regions);  // sum |p - g| / 1000
std::vector<double> mse(const AlphaPair& pair, const Regions& regions);  // mean (p - g)^2; 0 for an empty region
std::vector<double> mad(const AlphaPair& pair, const Regions& regions);  // mean |p - g|; 0 for an empty region

}  // namespace facemat
