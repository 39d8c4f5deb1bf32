#pragma once
// Mattes judged as masks: both made binary at 128 of 255.

#include "eval/metrics/pair.h"

namespace facemat {

struct Confusion {
  int64_t tp = 0, fp = 0, fn = 0, tn = 0;  // positive: visible face
  Confusion& operator+=(const Confusion& other);
};

// A pixel is face where its 8-bit value is at least the threshold. FaceExtraction's COFW script takes {128, 255}: of the truth
// only full alpha counts.
struct Binarisation {
  int prediction = 128, truth = 128;
};
std::vector<Confusion> confusion(const AlphaPair& pair, const Regions& regions, const Binarisation& at = {});

// Ratios of a confusion; 1 where the denominator is 0 (nothing to find, nothing found).
double iou(const Confusion& c);
double accuracy(const Confusion& c);
double recall(const Confusion& c);
double precision(const Confusion& c);

// Mean of the IoU of face and of background; a class that neither matte has is left out, as nanmean does. Of the sums over all
// frames of a data set this is the mIoU of segmentation tables (MMSegmentation, NatOcc); 1 if no pixel was counted.
double mean_iou(const Confusion& c);

}  // namespace facemat
