#pragma once
// dtSSD (Erofeev et al., BMVC 2015) in RVM's scaling.

#include "eval/metrics/pair.h"

namespace facemat {

// sqrt(mean(((p_t - p_(t-1)) - (g_t - g_(t-1)))^2)) over the whole image, for one pair of successive frames. Printed times 100.
double dtssd(const AlphaPair& before, const AlphaPair& now);

}  // namespace facemat
