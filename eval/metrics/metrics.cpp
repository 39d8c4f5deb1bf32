#include "eval/metrics/metrics.h"

#include "eval/metrics/connectivity.h"
#include "eval/metrics/gradient.h"
#include "eval/metrics/pixel_errors.h"
#include "eval/metrics/segmentation.h"
#include "src/core/text.h"

namespace facemat {
namespace {

std::vector<double> grad(const AlphaPair& pair, const Regions& regions) { return gradient_error(pair, regions); }
std::vector<double> conn(const AlphaPair& pair, const Regions& regions) { return connectivity_error(pair, regions); }

template <double (*ratio)(const Confusion&)>
std::vector<double> of_masks(const AlphaPair& pair, const Regions& regions) {
  std::vector<double> values;
  for (const Confusion& c : confusion(pair, regions)) values.push_back(ratio(c));
  return values;
}

}  // namespace

const std::vector<MetricEntry>& metric_table() {
  static const std::vector<MetricEntry> table = {
      {"sad", "SAD", "sum of absolute differences of alpha, divided by 1000", 1, true, sad},
      {"mse", "MSE x1e3", "mean squared difference of alpha", 1e3, true, mse},
      {"mad", "MAD x1e3", "mean absolute difference of alpha", 1e3, true, mad},
      {"grad", "Grad", "squared difference of Gaussian gradient amplitudes (sigma 1.4), min-max stretched, sum divided by 1000",
       1, true, grad},
      {"conn", "Conn", "connectivity error (theta 0.15, step 0.1, 4-connected), sum divided by 1000", 1, true, conn},
      {"iou", "IoU", "intersection over union of both mattes, made binary at 128 of 255", 1, false, of_masks<iou>},
      {"accuracy", "accuracy", "share of pixels on which both binary mattes agree", 1, false, of_masks<accuracy>},
      {"precision", "precision", "share of the predicted binary face that is face", 1, false, of_masks<precision>},
      {"recall", "recall", "share of the true binary face that is predicted", 1, false, of_masks<recall>},
  };
  return table;
}

const MetricEntry& find_metric(const std::string& name) { return find_entry(metric_table(), name, "metric"); }

double over_whole(const MetricEntry& metric, const AlphaPair& pair) {
  return metric.compute(pair, Regions::whole(pair.truth.size())).front();
}

}  // namespace facemat
