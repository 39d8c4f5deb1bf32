#include "eval/metrics/temporal.h"

#include <cmath>

#include "src/core/error.h"

namespace facemat {

double dtssd(const AlphaPair& before, const AlphaPair& now) {
  require(before.truth.size() == now.truth.size(), "successive frames differ in size");
  int64_t sum = 0;
  for (int y = 0; y < now.truth.rows; ++y)
    for (int x = 0; x < now.truth.cols; ++x) {
      const int d = now.prediction.at<uint8_t>(y, x) - before.prediction.at<uint8_t>(y, x) -
                    (now.truth.at<uint8_t>(y, x) - before.truth.at<uint8_t>(y, x));
      sum += d * d;
    }
  return std::sqrt(static_cast<double>(sum) / 65025 / static_cast<double>(now.truth.total()));
}

}  // namespace facemat
