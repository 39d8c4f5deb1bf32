#pragma once
// Does the predicted uncertainty know the error? It should rank pixels as the error does (Spearman), and a pixel of standard
// deviation sigma should err by about sigma (calibration). All figures are over pixels; the error is that of the unrounded
// matte.
//
// Calibration follows Levi, Gispan, Giladi and Fetaya, "Evaluating and calibrating uncertainty prediction in regression tasks"
// (Sensors 22(15), 2022; arXiv 1905.11659): pixels are ordered by sigma and cut into bins of equal count; in a calibrated model
// each bin's root mean square error equals its root mean variance.

#include <cstdint>
#include <vector>

namespace facemat {

// Pixels of one tenth of the uncertainty ranking: mean uncertainty and mean absolute error, both in units of alpha.
struct UncertaintyBin {
  double uncertainty = 0, error = 0;
};

// The same tenth as calibration sees it: roots of the mean of sigma^2 and of the mean of error^2.
struct CalibrationBin {
  double deviation = 0, rmse = 0;
};

inline constexpr double kWithinOne = 0.682689492137086, kWithinTwo = 0.954499736103642;  // of a Gaussian: erf(1 / sqrt 2), ...

struct Calibration {
  double error = 0;                       // sum over bins of (share of the pixels) * |rmse - deviation|, in units of alpha
  double relative_error = 0;              // ENCE of Levi et al.: mean over bins of |rmse - deviation| / deviation
  double within_one = 0, within_two = 0;  // shares of pixels with |error| <= sigma, <= 2 sigma; calibrated: kWithinOne, ...
  double nll = 0;                         // mean of log(2 pi sigma^2) / 2 + error^2 / (2 sigma^2)
  std::vector<CalibrationBin> bins;       // as many as UncertaintyInfo has
};

// Sparsification (Ilg et al., "Uncertainty estimates and multi-hypotheses networks for optical flow", ECCV 2018): the mean
// absolute error of the pixels that remain when the most uncertain ones are taken away, relative to that of all pixels; the
// oracle takes the largest errors away first.
struct Sparsification {
  double ause = 0;                               // area between both curves (trapezoids; 0: as good as the oracle)
  std::vector<double> by_uncertainty, by_error;  // after 0, 1/20, .. 19/20 of the pixels are taken away
};

struct UncertaintyInfo {
  double spearman = 0;               // between uncertainty and absolute error
  int64_t pixels = 0;                // that were compared
  std::vector<UncertaintyBin> bins;  // most certain first
  Calibration calibration;
  Sparsification sparsification;
};

// `deviation`: predicted sigma, finite, >= 0; `error`: absolute error. Ten bins, fewer for fewer than ten pixels; their counts
// differ by at most one, and equal deviations stay in the order they came in. Deviations below kLeastDeviation count as that
// in the calibration, which divides by them. Throws Error when the lengths differ or are 0.
UncertaintyInfo measure_uncertainty(const std::vector<float>& deviation, const std::vector<float>& error);
inline constexpr float kLeastDeviation = 1e-3F;  // the least our networks state: their variance is at least 1e-6

// Pixels in tenths by the teacher's deviation (fewer for fewer pixels), as measure_uncertainty cuts them: mean deviation, mean
// error of the teacher, mean error of the student. All three of one length, not empty.
struct LedgerBin {
  double uncertainty = 0, teacher_error = 0, error = 0;
};
std::vector<LedgerBin> ledger_bins(const std::vector<float>& deviation, const std::vector<float>& teacher_error,
                                   const std::vector<float>& error);

}  // namespace facemat
