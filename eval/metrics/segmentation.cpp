#include "eval/metrics/segmentation.h"

namespace facemat {
namespace {

double ratio(int64_t part, int64_t whole) { return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole); }

}  // namespace

Confusion confusion(const AlphaPair& pair) {
  Confusion c;
  for_region(pair, [&](int y, int x) {
    const bool p = pair.prediction.at<uint8_t>(y, x) >= 128, g = pair.truth.at<uint8_t>(y, x) >= 128;
    ++(g ? (p ? c.tp : c.fn) : (p ? c.fp : c.tn));
  });
  return c;
}

double iou(const Confusion& c) { return ratio(c.tp, c.tp + c.fp + c.fn); }
double accuracy(const Confusion& c) { return ratio(c.tp + c.tn, c.tp + c.tn + c.fp + c.fn); }
double recall(const Confusion& c) { return ratio(c.tp, c.tp + c.fn); }
double precision(const Confusion& c) { return ratio(c.tp, c.tp + c.fp); }

}  // namespace facemat
