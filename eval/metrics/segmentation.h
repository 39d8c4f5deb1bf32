#pragma once
// Mattes judged as masks: both made binary at 128 of 255.

#include "eval/metrics/pair.h"

namespace facemat {

struct Confusion {
  int64_t tp = 0, fp = 0, fn = 0, tn = 0;  // positive: visible face
};
Confusion confusion(const AlphaPair& pair);

// Ratios of a confusion; 1 where the denominator is 0 (nothing to find, nothing found).
double iou(const Confusion& c);
double accuracy(const Confusion& c);
double recall(const Confusion& c);
double precision(const Confusion& c);

}  // namespace facemat
