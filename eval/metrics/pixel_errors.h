#pragma once
// SAD, MSE and MAD, computed from exact integer sums (reference: Composition-1k's evaluation code).

#include "eval/metrics/pair.h"

namespace facemat {

double sad(const AlphaPair& pair);  // sum |p - g| / 1000
double mse(const AlphaPair& pair);  // mean (p - g)^2; 0 for an empty region
double mad(const AlphaPair& pair);  // mean |p - g|; 0 for an empty region

}  // namespace facemat
