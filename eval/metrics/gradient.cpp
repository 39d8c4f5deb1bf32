#include "eval/metrics/gradient.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "src/core/vector_units.h"

namespace facemat {
namespace {

constexpr int kHalf = 4;  // ceil(sigma sqrt(-2 ln(sqrt(2 pi) sigma 0.01))) for sigma 1.4

// The Gaussian and its derivative at 0 .. kHalf as unit vectors (of all 2 kHalf + 1 samples): their outer product is the
// L2-normalised 2-D kernel. The Gaussian is even, its derivative odd.
struct Kernels {
  std::array<double, kHalf + 1> smooth{}, slope{};
};

Kernels unit_kernels() {
  constexpr double kSigma = 1.4;
  Kernels kernels;
  double smooth = 0, slope = 0;
  for (int i = 0; i <= kHalf; ++i) {
    const double gaussian = std::exp(-i * i / (2 * kSigma * kSigma));
    kernels.smooth[i] = gaussian, kernels.slope[i] = i * gaussian;
    smooth += (i == 0 ? 1 : 2) * gaussian * gaussian, slope += 2 * i * i * gaussian * gaussian;
  }
  for (double& k : kernels.smooth) k /= std::sqrt(smooth);
  for (double& k : kernels.slope) k /= std::sqrt(slope);
  return kernels;
}

using Rows = std::array<const uint8_t*, 2 * kHalf + 1>;  // of which the middle one is filtered

// Across the rows: sums and differences of bytes at equal distances are whole numbers, so little is computed in floating point.
FACEMAT_CLONES void filter_down(const Rows& rows, const Kernels& k, int width, double* __restrict smooth,
                                double* __restrict slope) {
  const uint8_t *a4 = rows[0], *a3 = rows[1], *a2 = rows[2], *a1 = rows[3], *m = rows[4], *b1 = rows[5], *b2 = rows[6],
                *b3 = rows[7], *b4 = rows[8];
  for (int x = 0; x < width; ++x) {
    smooth[x] = k.smooth[0] * m[x] + k.smooth[1] * (b1[x] + a1[x]) + k.smooth[2] * (b2[x] + a2[x]) +
                k.smooth[3] * (b3[x] + a3[x]) + k.smooth[4] * (b4[x] + a4[x]);
    slope[x] = k.slope[1] * (b1[x] - a1[x]) + k.slope[2] * (b2[x] - a2[x]) + k.slope[3] * (b3[x] - a3[x]) +
               k.slope[4] * (b4[x] - a4[x]);
  }
}

// Along the row, whose ends are repeated kHalf times on both sides of `smooth` and `slope`: the gradient's amplitude.
FACEMAT_CLONES void filter_along(const double* __restrict smooth, const double* __restrict slope, const Kernels& k, int width,
                                 double scale, double* __restrict amplitude) {
  for (int x = 0; x < width; ++x) {
    const double *s = smooth + x, *d = slope + x;
    const double gx =
        k.slope[1] * (s[1] - s[-1]) + k.slope[2] * (s[2] - s[-2]) + k.slope[3] * (s[3] - s[-3]) + k.slope[4] * (s[4] - s[-4]);
    const double gy = k.smooth[0] * d[0] + k.smooth[1] * (d[1] + d[-1]) + k.smooth[2] * (d[2] + d[-2]) +
                      k.smooth[3] * (d[3] + d[-3]) + k.smooth[4] * (d[4] + d[-4]);
    amplitude[x] = scale * std::sqrt(gx * gx + gy * gy);
  }
}

FACEMAT_CLONES double squared_distance(const double* __restrict a, const double* __restrict b, int count) {
  constexpr int kLanes = 8;  // sums of their own, so that they can be added at once
  double lanes[kLanes] = {};
  int i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int k = 0; k < kLanes; ++k) lanes[k] += (a[i + k] - b[i + k]) * (a[i + k] - b[i + k]);
  double sum = 0;
  for (; i < count; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  for (const double lane : lanes) sum += lane;
  return sum;
}

// Gradient amplitudes of a matte, row by row.
class Amplitudes {
 public:
  Amplitudes(const cv::Mat& alpha, bool stretch)
      : alpha_(alpha), smooth_(alpha.cols + 2 * kHalf), slope_(alpha.cols + 2 * kHalf), row_(alpha.cols) {
    double low = 0, high = 255;
    if (stretch) cv::minMaxLoc(alpha, &low, &high);
    scale_ = high > low ? 1 / (high - low) : 0;  // a constant image has no gradient
  }

  const std::vector<double>& row(int y) {
    static const Kernels kKernels = unit_kernels();
    Rows rows;
    for (int i = -kHalf; i <= kHalf; ++i) rows[i + kHalf] = alpha_.ptr<uint8_t>(std::clamp(y + i, 0, alpha_.rows - 1));
    filter_down(rows, kKernels, alpha_.cols, smooth_.data() + kHalf, slope_.data() + kHalf);
    for (auto* line : {&smooth_, &slope_}) {
      std::fill_n(line->begin(), kHalf, (*line)[kHalf]);
      std::fill_n(line->end() - kHalf, kHalf, (*line)[line->size() - kHalf - 1]);
    }
    filter_along(smooth_.data() + kHalf, slope_.data() + kHalf, kKernels, alpha_.cols, scale_, row_.data());
    return row_;
  }

 private:
  const cv::Mat& alpha_;
  double scale_;
  std::vector<double> smooth_, slope_, row_;
};

}  // namespace

std::vector<double> gradient_error(const AlphaPair& pair, const Regions& regions, bool stretch) {
  Amplitudes prediction(pair.prediction, stretch), truth(pair.truth, stretch);
  int row = -1;
  const double *p = nullptr, *g = nullptr;
  auto errors = regions.sums<double>([&](int y, int begin, int end) {  // runs come row by row
    if (y != row) p = prediction.row(y).data(), g = truth.row(y).data(), row = y;
    return squared_distance(p + begin, g + begin, end - begin);
  });
  for (double& error : errors) error /= 1000;
  return errors;
}

}  // namespace facemat
