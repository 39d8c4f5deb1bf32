#include "data/procedural/drawing/random_shape.h"

#include <algorithm>
#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int kLeastNodes = 3, kMostNodes = 15, kRetries = 200;
constexpr double kNodeDistance = 0.7;  // divided by the number of nodes
constexpr int kLines = 16;             // sampled lines in each row of pixels

std::vector<cv::Point2d> sorted_by_angle(std::vector<cv::Point2d> points) {
  cv::Point2d mean;
  for (const cv::Point2d& p : points) mean += p;
  mean *= 1.0 / static_cast<double>(points.size());
  const auto angle = [&](const cv::Point2d& p) { return std::atan2(p.x - mean.x, p.y - mean.y); };
  std::sort(points.begin(), points.end(), [&](const cv::Point2d& a, const cv::Point2d& b) { return angle(a) < angle(b); });
  return points;
}

bool well_apart(const std::vector<cv::Point2d>& points) {
  const double least = kNodeDistance / static_cast<double>(points.size());
  for (size_t i = 1; i < points.size(); ++i) {
    const cv::Point2d step = points[i] - points[i - 1];
    if (std::abs(step.x + step.y) < least) return false;
  }
  return true;
}

// In [0, 2 pi).
double direction(const cv::Point2d& from, const cv::Point2d& to) {
  const double angle = std::atan2(to.y - from.y, to.x - from.x);
  return angle < 0 ? angle + 2 * CV_PI : angle;
}

std::vector<double> node_directions(const RandomShape& shape) {
  const size_t n = shape.nodes.size();
  const double leaving = std::atan(shape.edgy) / CV_PI + 0.5;
  std::vector<double> edges(n), nodes(n);
  for (size_t i = 0; i < n; ++i) edges[i] = direction(shape.nodes[i], shape.nodes[(i + 1) % n]);
  for (size_t i = 0; i < n; ++i) {
    const double before = edges[(i + n - 1) % n];
    nodes[i] = leaving * edges[i] + (1 - leaving) * before + (std::abs(before - edges[i]) > CV_PI ? CV_PI : 0);
  }
  return nodes;
}

cv::Point2d bezier(const cv::Point2d& a, const cv::Point2d& b, const cv::Point2d& c, const cv::Point2d& d, double t) {
  const double s = 1 - t;
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
}

cv::Point2d polar(double length, double angle) { return {length * std::cos(angle), length * std::sin(angle)}; }

// Shrunk about its box and shifted, no more than needed, into the unit square.
std::vector<cv::Point2d> fitted(std::vector<cv::Point2d> outline) {
  cv::Point2d low = outline.front(), high = outline.front();
  for (const cv::Point2d& p : outline) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  const cv::Point2d extent = high - low;
  const double scale = 1 / std::max({1.0, extent.x, extent.y});
  const cv::Point2d corner(std::max(0.0, std::min(low.x, 1 - scale * extent.x)),
                           std::max(0.0, std::min(low.y, 1 - scale * extent.y)));
  for (cv::Point2d& p : outline) p = corner + scale * (p - low);
  return outline;
}

// Where an outline meets a sampled line, and whether it goes down (1) or up (-1) there.
struct Crossing {
  double x;
  int winding;
};

// Crossings of each sampled line, in pixels. A line belongs to the half-open range of an edge, so that a node counts once.
std::vector<std::vector<Crossing>> crossings(const std::vector<cv::Point2d>& outline, int side) {
  std::vector<std::vector<Crossing>> lines(static_cast<size_t>(side) * kLines);
  const double last = static_cast<double>(lines.size());
  const auto first_line = [&](double y) { return static_cast<size_t>(std::clamp(std::ceil(y * kLines - 0.5), 0.0, last)); };
  for (size_t i = 0; i < outline.size(); ++i) {
    const cv::Point2d a = outline[i] * side, b = outline[(i + 1) % outline.size()] * side;
    for (size_t line = first_line(std::min(a.y, b.y)), end = first_line(std::max(a.y, b.y)); line < end; ++line) {
      const double share = ((static_cast<double>(line) + 0.5) / kLines - a.y) / (b.y - a.y);
      lines[line].push_back({a.x + share * (b.x - a.x), a.y < b.y ? 1 : -1});
    }
  }
  return lines;
}

// Adds what [from, to) covers of each pixel, as a share of one sampled line.
void add_span(float* row, int side, double from, double to) {
  from = std::clamp(from, 0.0, static_cast<double>(side));
  to = std::clamp(to, 0.0, static_cast<double>(side));
  for (int x = static_cast<int>(from); x < to; ++x)
    row[x] += static_cast<float>((std::min(to, x + 1.0) - std::max(from, static_cast<double>(x))) / kLines);
}

}  // namespace

RandomShape draw_random_shape(Rng rng) {
  RandomShape shape;
  const auto count = static_cast<size_t>(rng.integer(kLeastNodes, kMostNodes));
  shape.rad = rng.uniform();
  shape.edgy = rng.uniform();
  shape.nodes.resize(count);
  for (int draw = 0; draw <= kRetries; ++draw) {
    for (cv::Point2d& node : shape.nodes) {
      node.x = rng.uniform();
      node.y = rng.uniform();
    }
    shape.nodes = sorted_by_angle(shape.nodes);
    if (well_apart(shape.nodes)) break;
  }
  return shape;
}

std::vector<cv::Point2d> outline_of(const RandomShape& shape) {
  const size_t n = shape.nodes.size();
  require(n >= kLeastNodes, "random shape: {} nodes (at least {})", n, kLeastNodes);
  const std::vector<double> angles = node_directions(shape);
  std::vector<cv::Point2d> outline;
  outline.reserve(n * kOutlineSamples);
  for (size_t i = 0; i < n; ++i) {
    const size_t next = (i + 1) % n;
    const cv::Point2d from = shape.nodes[i], to = shape.nodes[next];
    const double handle = shape.rad * cv::norm(to - from);
    for (int k = 0; k < kOutlineSamples; ++k) {
      const double t = static_cast<double>(k) / kOutlineSamples;
      outline.push_back(bezier(from, from + polar(handle, angles[i]), to - polar(handle, angles[next]), to, t));
    }
  }
  return outline;
}

std::vector<cv::Point2d> random_outline(Rng rng) { return fitted(outline_of(draw_random_shape(rng))); }

cv::Mat filled_outline(const std::vector<cv::Point2d>& outline, int side) {
  require(side >= 1, "random shape: side {} (at least 1)", side);
  cv::Mat alpha(side, side, CV_32FC1, cv::Scalar(0));
  std::vector<std::vector<Crossing>> lines = crossings(outline, side);
  for (size_t i = 0; i < lines.size(); ++i) {
    std::vector<Crossing>& line = lines[i];
    std::sort(line.begin(), line.end(), [](const Crossing& a, const Crossing& b) { return a.x < b.x; });
    float* row = alpha.ptr<float>(static_cast<int>(i) / kLines);
    int winding = 0;
    for (size_t k = 0; k + 1 < line.size(); ++k) {
      winding += line[k].winding;
      if (winding != 0) add_span(row, side, line[k].x, line[k + 1].x);
    }
  }
  return cv::min(alpha, 1.f);
}

cv::Mat random_shape(Rng rng, int side) { return filled_outline(random_outline(rng), side); }

}  // namespace facemat
