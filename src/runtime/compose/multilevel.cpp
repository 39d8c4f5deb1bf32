#include "src/runtime/compose/multilevel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int kColours = 3;

cv::Mat nearest(const cv::Mat& plane, cv::Size size) {
  cv::Mat out(size, CV_32FC1);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      out.at<float>(y, x) = plane.at<float>(static_cast<int>(static_cast<int64_t>(y) * plane.rows / size.height),
                                            static_cast<int>(static_cast<int64_t>(x) * plane.cols / size.width));
  return out;
}

Planes nearest(const Planes& planes, cv::Size size) {
  return {nearest(planes[0], size), nearest(planes[1], size), nearest(planes[2], size)};
}

// One pixel: the mean colour where `wanted` is set, of all pixels if it is set nowhere.
Planes mean_colour(const Planes& image, const cv::Mat& wanted) {
  Planes out;
  const bool any = cv::countNonZero(wanted) > 0;
  for (int c = 0; c < kColours; ++c) out[c] = cv::Mat(1, 1, CV_32FC1, any ? cv::mean(image[c], wanted) : cv::mean(image[c]));
  return out;
}

// A pixel's neighbours, itself in place of those beyond the border.
std::array<cv::Point, 4> neighbours_of(cv::Point p, cv::Size size) {
  return {cv::Point(std::max(0, p.x - 1), p.y), cv::Point(std::min(size.width - 1, p.x + 1), p.y),
          cv::Point(p.x, std::max(0, p.y - 1)), cv::Point(p.x, std::min(size.height - 1, p.y + 1))};
}

void relax(const Planes& image, const cv::Mat& alpha, cv::Point p, const MultilevelOptions& options, SeparatedLayers& layers) {
  const std::array<cv::Point, 4> neighbours = neighbours_of(p, alpha.size());
  const double a = alpha.at<float>(p), b = 1 - a;
  std::array<double, 4> weights{};
  double sum = 0;
  for (size_t j = 0; j < neighbours.size(); ++j) {
    weights[j] = options.regularisation + options.gradient * std::abs(a - alpha.at<float>(neighbours[j]));
    sum += weights[j];
  }
  const double determinant = sum * (a * a + b * b + sum);  // of the 2x2 matrix
  for (int c = 0; c < kColours; ++c) {
    const double value = image[c].at<float>(p);
    double for_face = a * value, for_occluder = b * value;
    for (size_t j = 0; j < neighbours.size(); ++j) {
      for_face += weights[j] * layers.face[c].at<float>(neighbours[j]);
      for_occluder += weights[j] * layers.occluder[c].at<float>(neighbours[j]);
    }
    const double face = ((b * b + sum) * for_face - a * b * for_occluder) / determinant;
    const double occluder = ((a * a + sum) * for_occluder - a * b * for_face) / determinant;
    layers.face[c].at<float>(p) = static_cast<float>(std::clamp(face, 0.0, 1.0));
    layers.occluder[c].at<float>(p) = static_cast<float>(std::clamp(occluder, 0.0, 1.0));
  }
}

cv::Size level_size(cv::Size picture, int level, int levels) {
  const double share = levels > 0 ? static_cast<double>(level) / levels : 1;
  const auto side = [&](int pixels) { return std::max(1, static_cast<int>(std::lround(std::pow(pixels, share)))); };
  return {side(picture.width), side(picture.height)};
}

void check(const Planes& image, const cv::Mat& alpha, const MultilevelOptions& options) {
  require(alpha.type() == CV_32FC1 && !alpha.empty(), "alpha must be a float map");
  for (const cv::Mat& plane : image)
    require(plane.type() == CV_32FC1 && plane.size() == alpha.size(),
            "the picture is {}x{}, alpha {}x{} (float planes of one size)", plane.cols, plane.rows, alpha.cols, alpha.rows);
  require(options.regularisation > 0, "the regularisation is {} (allowed: above 0)", options.regularisation);
}

}  // namespace

SeparatedLayers multilevel_layers(const Planes& image, const cv::Mat& alpha, const MultilevelOptions& options) {
  check(image, alpha, options);
  const cv::Mat matte = cv::min(cv::max(alpha, 0), 1);
  SeparatedLayers layers{mean_colour(image, matte > 0.9), mean_colour(image, matte < 0.1)};
  const int levels = static_cast<int>(std::ceil(std::log2(std::max(matte.cols, matte.rows))));
  for (int level = 0; level <= levels; ++level) {
    const cv::Size size = level_size(matte.size(), level, levels);
    const Planes seen = nearest(image, size);
    const cv::Mat share = nearest(matte, size);
    layers = {nearest(layers.face, size), nearest(layers.occluder, size)};
    const bool small = std::max(size.width, size.height) <= options.small_side;
    for (int round = 0; round < (small ? options.small_rounds : options.rounds); ++round)
      for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) relax(seen, share, {x, y}, options, layers);
  }
  return {layers.face, layers.occluder};
}

}  // namespace facemat
