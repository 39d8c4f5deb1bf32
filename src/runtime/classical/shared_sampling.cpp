#include "src/runtime/classical/shared_sampling.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "src/core/parallel.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

constexpr int kGrid = 8;        // rays turn over a grid of this side
constexpr int kMostSteps = 10;  // of a path
constexpr size_t kBest = 3;     // pairs averaged in step 3

double squared_length(const cv::Vec3d& v) { return v.dot(v); }

double distance_between(cv::Point a, cv::Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

double gaussian(double squared, double variance) { return std::exp(-squared / (2 * variance)); }

// Offsets within `radius`, nearest first, of equal ones row by row.
std::vector<cv::Point> disc(int radius) {
  std::vector<cv::Point> out;
  for (int dy = -radius; dy <= radius; ++dy)
    for (int dx = -radius; dx <= radius; ++dx)
      if (dx * dx + dy * dy <= radius * radius) out.emplace_back(dx, dy);
  std::stable_sort(out.begin(), out.end(), [](cv::Point a, cv::Point b) { return a.dot(a) < b.dot(b); });
  return out;
}

bool holds(const cv::Mat& picture, cv::Point p) { return p.x >= 0 && p.y >= 0 && p.x < picture.cols && p.y < picture.rows; }

// A pixel's pair, how opaque it makes the pixel, and how sure that is. A known pixel is its own pair.
struct Pair {
  cv::Vec3d face, background;
  double alpha = 0, confidence = 1;
};
using PairMap = std::vector<Pair>;  // of the picture, row by row

// Everything the steps look at.
struct Scene {
  cv::Mat colours, trimap;                               // the trimap as expanded
  cv::Mat_<cv::Vec2i> nearest_face, nearest_background;  // x, y of the nearest known pixel of that side
  SharedSamplingConfig config;
  int threads = 1;

  const cv::Vec3d& colour(cv::Point p) const { return colours.at<cv::Vec3d>(p); }
  uint8_t known(cv::Point p) const { return trimap.at<uint8_t>(p); }
  bool is_unknown(cv::Point p) const { return known(p) == kUnknown; }
  size_t number(cv::Point p) const { return static_cast<size_t>(p.y) * colours.cols + p.x; }

  // `work(p)` for each unknown pixel, rows in any order.
  template <typename Work>
  void for_unknown(Work work) const {
    parallel(colours.rows, threads, [&](int64_t y) {
      for (cv::Point p(0, static_cast<int>(y)); p.x < colours.cols; ++p.x)
        if (is_unknown(p)) work(p);
    });
  }
};

// For each pixel the place of the nearest one where `trimap` is `side`.
cv::Mat_<cv::Vec2i> nearest_of(const cv::Mat& trimap, uint8_t side) {
  cv::Mat distances, labels;
  cv::distanceTransform(trimap != side, distances, labels, cv::DIST_L2, cv::DIST_MASK_5, cv::DIST_LABEL_PIXEL);
  double most = 0;
  cv::minMaxLoc(labels, nullptr, &most);
  std::vector<cv::Vec2i> places(static_cast<size_t>(most) + 1);
  for (int y = 0; y < trimap.rows; ++y)
    for (int x = 0; x < trimap.cols; ++x)
      if (trimap.at<uint8_t>(y, x) == side) places[static_cast<size_t>(labels.at<int>(y, x))] = {x, y};
  cv::Mat_<cv::Vec2i> out(trimap.size());
  for (int y = 0; y < trimap.rows; ++y)
    for (int x = 0; x < trimap.cols; ++x) out(y, x) = places[static_cast<size_t>(labels.at<int>(y, x))];
  return out;
}

// --- step 2

struct Candidates {
  std::vector<cv::Point> faces, backgrounds;
};

// What a ray meets first of each side.
void follow_ray(const Scene& scene, cv::Point from, double angle, Candidates& found) {
  const double right = std::cos(angle), down = std::sin(angle);
  bool face = false, background = false;
  for (int step = 1; !(face && background); ++step) {
    const cv::Point at(static_cast<int>(std::lround(from.x + step * right)),
                       static_cast<int>(std::lround(from.y + step * down)));
    if (!holds(scene.colours, at)) return;
    if (!face && scene.known(at) == 255) found.faces.push_back(at), face = true;
    if (!background && scene.known(at) == 0) found.backgrounds.push_back(at), background = true;
  }
}

Candidates candidates_of(const Scene& scene, cv::Point p) {
  Candidates found;
  const int cell = p.x % kGrid + kGrid * (p.y % kGrid);
  for (int ray = 0; ray < scene.config.rays; ++ray)
    follow_ray(scene, p, 2 * CV_PI / scene.config.rays * (ray + static_cast<double>(cell) / (kGrid * kGrid)), found);
  const auto place = [](const cv::Vec2i& at) { return cv::Point(at[0], at[1]); };
  if (found.faces.empty()) found.faces.push_back(place(scene.nearest_face(p)));
  if (found.backgrounds.empty()) found.backgrounds.push_back(place(scene.nearest_background(p)));
  return found;
}

double least_energy(const Scene& scene, cv::Point p, const std::vector<cv::Point>& ends) {
  double least = INFINITY;
  for (const cv::Point end : ends) least = std::min(least, path_energy(scene.colours, p, end));
  return least;
}

// N: how badly a pair explains the pixels around p.
double error_around(const Scene& scene, cv::Point p, const cv::Vec3d& face, const cv::Vec3d& background) {
  double sum = 0;
  for (int dy = -1; dy <= 1; ++dy)
    for (int dx = -1; dx <= 1; ++dx)
      if (const cv::Point at = p + cv::Point(dx, dy); holds(scene.colours, at))
        sum += sample_error(scene.colour(at), face, background);
  return sum;
}

// The pair of the least cost, the first of equal ones.
Pair gathered(const Scene& scene, cv::Point p) {
  const Candidates candidates = candidates_of(scene, p);
  const double to_face = least_energy(scene, p, candidates.faces),
               to_background = least_energy(scene, p, candidates.backgrounds);
  const double either = to_face + to_background, prior = either > 0 ? to_background / either : 0.5;
  Pair best;
  double least = INFINITY;
  for (const cv::Point f : candidates.faces)
    for (const cv::Point b : candidates.backgrounds) {
      const cv::Vec3d &face = scene.colour(f), &background = scene.colour(b);
      const double alpha = sample_alpha(scene.colour(p), face, background), error = error_around(scene, p, face, background),
                   unlikely = prior + (1 - 2 * prior) * alpha;
      const double cost =
          std::pow(error, 3) * std::pow(unlikely, 2) * distance_between(p, f) * std::pow(distance_between(p, b), 4);
      if (cost < least) best = {face, background, alpha, 1}, least = cost;
    }
  return best;
}

// --- steps 3 and 4

double confidence_of(const Scene& scene, const cv::Vec3d& colour, const cv::Vec3d& face, const cv::Vec3d& background) {
  if (face == background) return 0;
  return gaussian(sample_error(colour, face, background), scene.config.confidence_variance);
}

Pair refined_pair(const Scene& scene, const PairMap& gathered, const std::vector<cv::Point>& around, cv::Point p) {
  std::vector<std::pair<double, size_t>> errors;  // of the pairs around, by pixel
  const cv::Vec3d& own = scene.colour(p);
  for (const cv::Point offset : around) {
    const cv::Point at = p + offset;
    if (!holds(scene.colours, at) || !scene.is_unknown(at)) continue;
    const Pair& pair = gathered[scene.number(at)];
    errors.emplace_back(sample_error(own, pair.face, pair.background), scene.number(at));
  }
  const size_t count = std::min(kBest, errors.size());  // p itself is there
  std::partial_sort(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(count), errors.end());
  Pair out;
  for (size_t i = 0; i < count; ++i) {
    out.face += gathered[errors[i].second].face * (1.0 / static_cast<double>(count));
    out.background += gathered[errors[i].second].background * (1.0 / static_cast<double>(count));
  }
  out.alpha = sample_alpha(own, out.face, out.background);
  out.confidence = confidence_of(scene, own, out.face, out.background);
  return out;
}

// A weighted mean, or `otherwise` where nothing weighs.
template <typename Value>
struct Mean {
  Value sum{};
  double weight = 0;
  void add(const Value& value, double w) { sum += value * w, weight += w; }
  Value value(const Value& otherwise) const { return weight > 0 ? Value(sum * (1 / weight)) : otherwise; }
};

double smoothed_alpha(const Scene& scene, const PairMap& pairs, const std::vector<cv::Point>& around, cv::Point p) {
  const double side = 2 * scene.config.smooth_radius + 1, variance = side * side / (9 * CV_PI);
  const Pair& own = pairs[scene.number(p)];
  Mean<cv::Vec3d> face, background;
  Mean<double> apart, alpha;  // how far the colours of pairs lie apart
  for (const cv::Point offset : around) {
    const cv::Point at = p + offset;
    if (!holds(scene.colours, at)) continue;
    const Pair& pair = pairs[scene.number(at)];
    const double near = gaussian(offset.dot(offset), variance) * pair.confidence;
    const double shared = at == p ? near : near * std::abs(own.alpha - pair.alpha);
    face.add(pair.face, shared * pair.alpha);
    background.add(pair.background, shared * (1 - pair.alpha));
    apart.add(cv::norm(pair.face - pair.background), pair.confidence * pair.alpha * (1 - pair.alpha));
    alpha.add(pair.alpha, near + (scene.is_unknown(at) ? 0 : 1));
  }
  const cv::Vec3d f = face.value(own.face), b = background.value(own.background);
  const double own_apart = cv::norm(f - b), usual = apart.value(own_apart);
  if (own_apart == 0) return alpha.value(own.alpha);
  const double sure = std::min(1.0, own_apart / usual) * confidence_of(scene, scene.colour(p), f, b);
  return sure * sample_alpha(scene.colour(p), f, b) + (1 - sure) * alpha.value(own.alpha);
}

// Known pixels are what they are, in pairs of themselves.
PairMap known_pairs(const Scene& scene) {
  PairMap pairs(scene.colours.total());
  for (cv::Point p; p.y < scene.colours.rows; ++p.y)
    for (p.x = 0; p.x < scene.colours.cols; ++p.x)
      pairs[scene.number(p)] = {scene.colour(p), scene.colour(p), scene.known(p) == 255 ? 1.0 : 0.0, 1};
  return pairs;
}

void tell(Progress* progress, int step) {
  if (progress != nullptr) progress->update(step, 4);
}

}  // namespace

void fields(FieldVisitor& visit, SharedSamplingConfig& config) {
  visit("expand_radius", config.expand_radius, "pixels within which a known pixel of the same colour makes one known", {0, 64});
  visit("expand_distance", config.expand_distance, "of colours, 0..1, that count as the same", {0, 1});
  visit("rays", config.rays, "on which colours are looked for", {1, 32});
  visit("refine_radius", config.refine_radius, "pixels within which pairs of colours are shared", {0, 64});
  visit("smooth_radius", config.smooth_radius, "pixels within which pairs and alpha are smoothed", {0, 64});
  visit("confidence_variance", config.confidence_variance, "squared error of a colour at which a pair is doubted", {1e-6, 10});
}

double sample_alpha(const cv::Vec3d& colour, const cv::Vec3d& face, const cv::Vec3d& background) {
  constexpr double kAlike = 1e-5;
  const cv::Vec3d way = face - background;
  return std::clamp((colour - background).dot(way) / (way.dot(way) + kAlike), 0.0, 1.0);
}

double sample_error(const cv::Vec3d& colour, const cv::Vec3d& face, const cv::Vec3d& background) {
  const double alpha = sample_alpha(colour, face, background);
  return squared_length(colour - face * alpha - background * (1 - alpha));
}

double path_energy(const cv::Mat& colours, cv::Point from, cv::Point to) {
  const double length = distance_between(from, to);
  if (length == 0) return 0;
  const int steps = std::clamp(static_cast<int>(length), 1, kMostSteps);
  const double each = length / steps;
  double energy = 0;
  cv::Vec3d before = colours.at<cv::Vec3d>(from);
  for (int i = 1; i <= steps; ++i) {
    const double share = static_cast<double>(i) / steps;
    const cv::Point at(static_cast<int>(std::lround(from.x + share * (to.x - from.x))),
                       static_cast<int>(std::lround(from.y + share * (to.y - from.y))));
    const cv::Vec3d& here = colours.at<cv::Vec3d>(at);
    energy += squared_length(here - before) / each;  // |dC/ds|^2 ds
    before = here;
  }
  return energy;
}

cv::Mat expanded_trimap(const cv::Mat& colours, const cv::Mat& trimap, int radius, double distance) {
  cv::Mat out = trimap.clone();
  if (radius == 0) return out;
  const std::vector<cv::Point> around = disc(radius);
  for (cv::Point p; p.y < trimap.rows; ++p.y)
    for (p.x = 0; p.x < trimap.cols; ++p.x) {
      if (trimap.at<uint8_t>(p) != kUnknown) continue;
      for (const cv::Point offset : around) {
        const cv::Point at = p + offset;
        if (!holds(trimap, at) || trimap.at<uint8_t>(at) == kUnknown) continue;
        if (squared_length(colours.at<cv::Vec3d>(at) - colours.at<cv::Vec3d>(p)) > distance * distance) continue;
        out.at<uint8_t>(p) = trimap.at<uint8_t>(at);
        break;
      }
    }
  return out;
}

SolvedMatte shared_sampling_matte(const cv::Mat& image, const cv::Mat& trimap, const SharedSamplingConfig& config,
                                  const SolverConfig& solver, int threads, Progress* progress) {
  check_problem(image, trimap);
  check_size(static_cast<int64_t>(image.total()), solver);
  Scene scene;
  scene.config = config, scene.threads = threads;
  scene.colours = colours_of(image);
  scene.trimap = expanded_trimap(scene.colours, trimap, config.expand_radius, config.expand_distance);
  scene.nearest_face = nearest_of(scene.trimap, 255);
  scene.nearest_background = nearest_of(scene.trimap, 0);
  tell(progress, 1);
  PairMap first = known_pairs(scene);
  scene.for_unknown([&](cv::Point p) { first[scene.number(p)] = gathered(scene, p); });
  tell(progress, 2);
  PairMap pairs = known_pairs(scene);
  const std::vector<cv::Point> refining = disc(config.refine_radius), smoothing = disc(config.smooth_radius);
  scene.for_unknown([&](cv::Point p) { pairs[scene.number(p)] = refined_pair(scene, first, refining, p); });
  tell(progress, 3);
  cv::Mat alpha(image.size(), CV_64FC1, cv::Scalar(0));
  scene.for_unknown([&](cv::Point p) { alpha.at<double>(p) = smoothed_alpha(scene, pairs, smoothing, p); });
  tell(progress, 4);
  return {with_known(alpha, scene.trimap), 0, 0};
}

}  // namespace facemat
