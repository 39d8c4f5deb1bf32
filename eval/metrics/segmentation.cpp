#include "eval/metrics/segmentation.h"

namespace facemat {
namespace {

double ratio(int64_t part, int64_t whole) { return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole); }

Confusion run_confusion(const uint8_t* p, const uint8_t* g, int count, const Binarisation& at) {
  int64_t tp = 0, predicted = 0, truth = 0;
  for (int i = 0; i < count; ++i) {
    const int is_p = p[i] >= at.prediction, is_g = g[i] >= at.truth;
    tp += is_p & is_g, predicted += is_p, truth += is_g;
  }
  return {tp, predicted - tp, truth - tp, count - predicted - truth + tp};
}

}  // namespace

Confusion& Confusion::operator+=(const Confusion& other) {
  tp += other.tp, fp += other.fp, fn += other.fn, tn += other.tn;
  return *this;
}

std::vector<Confusion> confusion(const AlphaPair& pair, const Regions& regions, const Binarisation& at) {
  return regions.sums<Confusion>([&](int y, int begin, int end) {
    return run_confusion(pair.prediction.ptr<uint8_t>(y) + begin, pair.truth.ptr<uint8_t>(y) + begin, end - begin, at);
  });
}

double iou(const Confusion& c) { return ratio(c.tp, c.tp + c.fp + c.fn); }
double accuracy(const Confusion& c) { return ratio(c.tp + c.tn, c.tp + c.tn + c.fp + c.fn); }
double recall(const Confusion& c) { return ratio(c.tp, c.tp + c.fn); }
double precision(const Confusion& c) { return ratio(c.tp, c.tp + c.fp); }

double mean_iou(const Confusion& c) {
  const Confusion background{c.tn, c.fn, c.fp, c.tp};
  const bool has_face = c.tp + c.fp + c.fn > 0, has_background = c.tn + c.fp + c.fn > 0;
  if (has_face != has_background) return 1;  // the one class there is was found everywhere
  return (iou(c) + iou(background)) / 2;
}

}  // namespace facemat
