#include "eval/metrics/metrics.h"

#include "eval/metrics/connectivity.h"
#include "eval/metrics/gradient.h"
#include "eval/metrics/pixel_errors.h"
#include "eval/metrics/segmentation.h"
#include "src/core/error.h"

namespace facemat {
namespace {

double grad(const AlphaPair& pair) { return gradient_error(pair); }
double face_iou(const AlphaPair& pair) { return iou(confusion(pair)); }

}  // namespace

const std::vector<MetricEntry>& metric_table() {
  static const std::vector<MetricEntry> table = {
      {"sad", "SAD", "sum of absolute differences of alpha, divided by 1000", 1, true, sad},
      {"mse", "MSE x1e3", "mean squared difference of alpha", 1e3, true, mse},
      {"mad", "MAD x1e3", "mean absolute difference of alpha", 1e3, true, mad},
      {"grad", "Grad", "squared difference of Gaussian gradient amplitudes (sigma 1.4), min-max stretched, sum divided by 1000",
       1, true, grad},
      {"conn", "Conn", "connectivity error (theta 0.15, step 0.1, 4-connected), sum divided by 1000", 1, true,
       connectivity_error},
      {"iou", "IoU", "intersection over union of both mattes at 128 of 255", 1, false, face_iou},
  };
  return table;
}

const MetricEntry& find_metric(const std::string& name) {
  std::string known;
  for (const MetricEntry& entry : metric_table()) {
    if (name == entry.name) return entry;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  fail("unknown metric '{}' (known: {})", name, known);
}

}  // namespace facemat
