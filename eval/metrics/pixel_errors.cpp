#include "eval/metrics/pixel_errors.h"

namespace facemat {
namespace {

template <typename Value>
std::vector<double> values(const AlphaPair& pair, const Regions& regions, Value value) {
  std::vector<double> out;
  for (const ErrorSums& sums : error_sums(pair, regions)) out.push_back(value(sums));
  return out;
}

double mean(double sum, int64_t pixels) { return pixels == 0 ? 0 : sum / static_cast<double>(pixels); }

}  // namespace

std::vector<double> sad(const AlphaPair& pair, const Regions& regions) {
  return values(pair, regions, [](const ErrorSums& s) { return static_cast<double>(s.absolute) / 255 / 1000; });
}

std::vector<double> mse(const AlphaPair& pair, const Regions& regions) {
  return values(pair, regions, [](const ErrorSums& s) { return mean(static_cast<double>(s.squared) / 65025, s.pixels); });
}

std::vector<double> mad(const AlphaPair& pair, const Regions& regions) {
  return values(pair, regions, [](const ErrorSums& s) { return mean(static_cast<double>(s.absolute) / 255, s.pixels); });
}

}  // namespace facemat
