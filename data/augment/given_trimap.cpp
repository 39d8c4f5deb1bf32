#include "data/augment/given_trimap.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

constexpr double kStatedAt = 512;

int scaled(double pixels, int side) { return std::max(1, static_cast<int>(std::lround(pixels * side / kStatedAt))); }

cv::Mat nearest(const cv::Mat& trimap, cv::Size size) {
  cv::Mat out;
  cv::resize(trimap, out, size, 0, 0, cv::INTER_NEAREST_EXACT);
  return out;
}

cv::Mat moved(const cv::Mat& trimap, int x, int y) {
  cv::Mat out;
  const cv::Matx23d shift(1, 0, x, 0, 1, y);
  cv::warpAffine(trimap, out, cv::Mat(shift), trimap.size(), cv::INTER_NEAREST, cv::BORDER_REPLICATE);
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, TrimapGuideConfig& c) {
  visit("from", c.from, "alpha; segmentation: a rough mask; face: its whole hull unknown; dataset: the one it has",
        {"alpha", "segmentation", "face", "dataset"});
  visit("least", c.least, "smallest side of the kernels, pixels at 512", {1, 200});
  visit("most", c.most, "largest", {1, 200});
  visit("fixed", c.fixed, "side of both kernels for samples that judge", {1, 200});
  visit("degraded", c.degraded, "probability that a trimap is degraded: moved, blotted, coarse", {0, 1});
  visit("shift", c.shift, "largest move along each axis, pixels at 512", {0, 256});
  visit("blots", c.blots, "at most so many discs are made unknown", {0, 100});
  visit("blot", c.blot, "their largest radius, pixels at 512", {0, 256});
  visit("coarse", c.coarse, "probability that a degraded trimap is drawn at a lower resolution", {0, 1});
  visit("most_coarse", c.most_coarse, "by a whole factor from 2 to this", {2, 64});
}

TrimapKernels draw_trimap_kernels(Rng rng, const TrimapGuideConfig& config, int side, bool judging) {
  if (judging) return {scaled(config.fixed, side), scaled(config.fixed, side)};
  require(config.least <= config.most, "guides.trimap: the smallest kernel {} is more than the largest {}", config.least,
          config.most);
  const auto drawn = [&] { return scaled(static_cast<double>(rng.integer(config.least, config.most)), side); };
  const int foreground = drawn();
  return {foreground, drawn()};
}

cv::Mat whole_face_trimap(const cv::Mat& alpha, int margin) {
  require(alpha.type() == CV_32FC1, "a trimap is made from a float alpha with one channel");
  cv::Mat trimap(alpha.size(), CV_8UC1, cv::Scalar(0));
  std::vector<cv::Point> points, hull;
  cv::findNonZero(alpha > 0, points);
  if (points.empty()) return trimap;
  cv::convexHull(points, hull);
  cv::fillConvexPoly(trimap, hull, cv::Scalar(kUnknown));
  if (margin > 0) cv::dilate(trimap, trimap, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * margin + 1, 2 * margin + 1}));
  return trimap;
}

TrimapFaults draw_trimap_faults(Rng rng, const TrimapGuideConfig& c) {
  TrimapFaults faults;
  if (!rng.chance(c.degraded)) return faults;
  const double shift = c.shift / kStatedAt;
  faults.x = rng.uniform(-shift, shift);
  faults.y = rng.uniform(-shift, shift);
  const int64_t blots = rng.integer(0, c.blots);
  for (int64_t i = 0; i < blots; ++i) {
    TrimapFaults::Blot blot;
    blot.x = rng.uniform(), blot.y = rng.uniform(), blot.radius = rng.uniform(0, c.blot / kStatedAt);
    faults.blots.push_back(blot);
  }
  if (rng.chance(c.coarse)) faults.coarse = static_cast<int>(rng.integer(2, c.most_coarse));
  return faults;
}

cv::Mat degraded_trimap(const cv::Mat& trimap, const TrimapFaults& faults) {
  require(trimap.type() == CV_8UC1, "a trimap has 8 bits and one channel");
  const int side = std::min(trimap.cols, trimap.rows);
  cv::Mat out = trimap.clone();
  if (faults.coarse > 1) {
    const auto reduced = [&](int pixels) { return std::max(1, pixels / faults.coarse); };
    out = nearest(nearest(out, {reduced(out.cols), reduced(out.rows)}), trimap.size());
  }
  const auto x = static_cast<int>(std::lround(faults.x * side)), y = static_cast<int>(std::lround(faults.y * side));
  if (x != 0 || y != 0) out = moved(out, x, y);
  for (const TrimapFaults::Blot& blot : faults.blots) {
    const cv::Point middle(static_cast<int>(blot.x * out.cols), static_cast<int>(blot.y * out.rows));
    cv::circle(out, middle, static_cast<int>(std::lround(blot.radius * side)), cv::Scalar(kUnknown), cv::FILLED);
  }
  return out;
}

}  // namespace facemat
