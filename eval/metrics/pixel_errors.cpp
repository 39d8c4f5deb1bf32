#include "eval/metrics/pixel_errors.h"

namespace facemat {

double sad(const AlphaPair& pair) { return static_cast<double>(error_sums(pair).absolute) / 255 / 1000; }

double mse(const AlphaPair& pair) {
  const ErrorSums sums = error_sums(pair);
  return sums.pixels == 0 ? 0 : static_cast<double>(sums.squared) / 65025 / static_cast<double>(sums.pixels);
}

double mad(const AlphaPair& pair) {
  const ErrorSums sums = error_sums(pair);
  return sums.pixels == 0 ? 0 : static_cast<double>(sums.absolute) / 255 / static_cast<double>(sums.pixels);
}

}  // namespace facemat
