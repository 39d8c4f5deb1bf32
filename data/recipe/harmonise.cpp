#include "data/recipe/harmonise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

using Colours = std::vector<cv::Vec3f>;
using Places = std::vector<cv::Point>;

constexpr float kOpaqueEnough = 0.5f;  // of the highest alpha, and of the mask
constexpr double kMostContrast = 2;    // and its inverse
constexpr int kClusters = 4, kMostRounds = 50;
constexpr size_t kClusterSamples = 4096;

void check_inputs(const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask) {
  require(cutout.type() == CV_32FC4, "harmonise: the cut-out is {} (expected premultiplied CV_32FC4)",
          cv::typeToString(cutout.type()));
  require(face.type() == CV_8UC3, "harmonise: the face is {} (expected CV_8UC3)", cv::typeToString(face.type()));
  require(mask.type() == CV_32FC1 && mask.size() == face.size(), "harmonise: the mask is {}x{}, {} (expected {}x{}, CV_32FC1)",
          mask.cols, mask.rows, cv::typeToString(mask.type()), face.cols, face.rows);
}

float highest_alpha(const cv::Mat& cutout) {
  float highest = 0;
  for (int y = 0; y < cutout.rows; ++y)
    for (auto *p = cutout.ptr<cv::Vec4f>(y), *end = p + cutout.cols; p < end; ++p) highest = std::max(highest, (*p)[3]);
  return highest;
}

// In raster order.
Places opaque_pixels(const cv::Mat& cutout) {
  const float highest = highest_alpha(cutout), least = kOpaqueEnough * highest;
  Places places;
  if (highest <= 0) return places;
  for (int y = 0; y < cutout.rows; ++y) {
    const auto* row = cutout.ptr<cv::Vec4f>(y);
    for (int x = 0; x < cutout.cols; ++x)
      if (row[x][3] >= least) places.emplace_back(x, y);
  }
  return places;
}

Places skin_pixels(const cv::Mat& mask) {
  Places places;
  for (int y = 0; y < mask.rows; ++y) {
    const float* row = mask.ptr<float>(y);
    for (int x = 0; x < mask.cols; ++x)
      if (row[x] >= kOpaqueEnough) places.emplace_back(x, y);
  }
  return places;
}

Colours cutout_colours(const cv::Mat& cutout, const Places& places) {
  Colours colours;
  colours.reserve(places.size());
  for (const cv::Point& at : places) {
    const auto& p = cutout.at<cv::Vec4f>(at);
    colours.emplace_back(p[0] / p[3], p[1] / p[3], p[2] / p[3]);
  }
  return colours;
}

Colours face_colours(const cv::Mat& face, const Places& places) {
  Colours colours;
  colours.reserve(places.size());
  for (const cv::Point& at : places) colours.push_back(cv::Vec3f(face.at<cv::Vec3b>(at)) * (1 / 255.f));
  return colours;
}

// At most `most` of the places (0: all), one from each of as many equal runs, so that all parts are heard.
Places subset(const Places& places, size_t most, Rng rng) {
  if (most == 0 || places.size() <= most) return places;
  Places chosen;
  chosen.reserve(most);
  const double run = static_cast<double>(places.size()) / static_cast<double>(most);
  for (size_t i = 0; i < most; ++i) {
    const double at = (static_cast<double>(i) + rng.uniform()) * run;
    chosen.push_back(places[std::min(places.size() - 1, static_cast<size_t>(at))]);
  }
  return chosen;
}

struct Statistics {
  cv::Vec3d mean, deviation;
};

Statistics statistics(const Colours& colours) {
  const double share = 1.0 / static_cast<double>(colours.size());
  Statistics s;
  for (const cv::Vec3f& colour : colours) s.mean += share * cv::Vec3d(colour);
  for (const cv::Vec3f& colour : colours) {
    const cv::Vec3d off = cv::Vec3d(colour) - s.mean;
    s.deviation += share * off.mul(off);
  }
  for (int c = 0; c < 3; ++c) s.deviation[c] = std::sqrt(s.deviation[c]);
  return s;
}

// The cut-out with colour(pixel, x, y) as its premultiplied BGR, clamped to 0..alpha.
template <typename Colour>
cv::Mat recoloured(const cv::Mat& cutout, const Colour& colour) {
  cv::Mat out(cutout.size(), CV_32FC4);
  for (int y = 0; y < cutout.rows; ++y) {
    const auto* from = cutout.ptr<cv::Vec4f>(y);
    auto* to = out.ptr<cv::Vec4f>(y);
    for (int x = 0; x < cutout.cols; ++x) {
      const float alpha = from[x][3];
      const cv::Vec3f wanted = colour(from[x], x, y);
      for (int c = 0; c < 3; ++c) to[x][c] = std::max(0.f, std::min(wanted[c], alpha));
      to[x][3] = alpha;
    }
  }
  return out;
}

// --- sliced optimal transport

cv::Vec3f random_direction(Rng& rng) {
  for (;;) {
    const double x = rng.normal(), y = rng.normal(), z = rng.normal();
    const double length = std::sqrt(x * x + y * y + z * z);
    if (length > 1e-6) return cv::Vec3f(cv::Vec3d(x, y, z) / length);
  }
}

// A key that sorts as the finite float does.
uint32_t sortable(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

float unsortable(uint32_t key) {
  const uint32_t bits = key & 0x80000000u ? key & 0x7fffffffu : ~key;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::vector<float> sorted_projections(const Colours& colours, const cv::Vec3f& direction) {
  std::vector<float> projections(colours.size());
  for (size_t i = 0; i < colours.size(); ++i) projections[i] = colours[i].dot(direction);
  std::sort(projections.begin(), projections.end());
  return projections;
}

// Projections with their index below, in rising order; equal ones in that of their index.
std::vector<uint64_t> ranked_projections(const Colours& colours, const cv::Vec3f& direction) {
  std::vector<uint64_t> ranked(colours.size());
  for (size_t i = 0; i < colours.size(); ++i) ranked[i] = uint64_t{sortable(colours[i].dot(direction))} << 32 | i;
  std::sort(ranked.begin(), ranked.end());
  return ranked;
}

float quantile(const std::vector<float>& sorted, double share) {
  const double last = static_cast<double>(sorted.size() - 1);
  const double at = std::clamp(share * static_cast<double>(sorted.size()) - 0.5, 0.0, last);
  const auto low = static_cast<size_t>(at);
  const auto rest = static_cast<float>(at - static_cast<double>(low));
  return rest == 0 ? sorted[low] : sorted[low] + rest * (sorted[low + 1] - sorted[low]);
}

Colours without_highlights(Colours colours) {
  const Statistics s = statistics(colours);
  const cv::Vec3f most(s.mean + s.deviation);
  for (cv::Vec3f& colour : colours)
    for (int c = 0; c < 3; ++c) colour[c] = std::min(colour[c], most[c]);
  return colours;
}

// The weighted mean change round every pixel of a canvas, CV_32FC3: changes and weights are gathered in square cells, both
// blurred, divided, and brought back to the full size. Far from all places it is the mean of all.
cv::Mat smoothed_changes(cv::Size size, const Places& places, const Colours& changes, const std::vector<float>& weights,
                         double sigma) {
  const int cell = std::max(1, static_cast<int>(sigma / 4));  // fine against the Gaussian
  const cv::Size cells((size.width + cell - 1) / cell, (size.height + cell - 1) / cell);
  cv::Mat sums(cells, CV_32FC4, cv::Scalar::all(0));
  cv::Vec4d total;
  for (size_t i = 0; i < places.size(); ++i) {
    const cv::Vec4f part(weights[i] * changes[i][0], weights[i] * changes[i][1], weights[i] * changes[i][2], weights[i]);
    sums.at<cv::Vec4f>(places[i].y / cell, places[i].x / cell) += part;
    total += cv::Vec4d(part);
  }
  if (sigma > 0) cv::GaussianBlur(sums, sums, {}, sigma / cell, sigma / cell, cv::BORDER_CONSTANT);
  const cv::Vec3f mean(cv::Vec3d(total[0], total[1], total[2]) / total[3]);
  constexpr float kLittle = 1e-6f;  // the mean's weight
  cv::Mat changed(cells, CV_32FC3);
  for (int y = 0; y < cells.height; ++y) {
    for (int x = 0; x < cells.width; ++x) {
      const auto& s = sums.at<cv::Vec4f>(y, x);
      changed.at<cv::Vec3f>(y, x) = (cv::Vec3f(s[0], s[1], s[2]) + kLittle * mean) * (1 / (s[3] + kLittle));
    }
  }
  cv::Mat full;
  cv::resize(changed, full, cells * cell, 0, 0, cv::INTER_LINEAR);
  return full(cv::Rect({0, 0}, size));
}

// --- skin clusters

float squared_distance(const cv::Vec3f& a, const cv::Vec3f& b) {
  const cv::Vec3f d = a - b;
  return d.dot(d);
}

struct Cluster {
  cv::Vec3f centre;
  size_t size = 0;
};

// Centres drawn far from each other (Arthur and Vassilvitskii, "k-means++", SODA 2007).
std::vector<Cluster> first_clusters(const Colours& colours, Rng& rng) {
  const auto last = static_cast<int64_t>(colours.size()) - 1;
  std::vector<Cluster> clusters = {{colours[static_cast<size_t>(rng.integer(0, last))]}};
  std::vector<float> nearest(colours.size(), std::numeric_limits<float>::max());
  while (clusters.size() < kClusters) {
    double total = 0;
    for (size_t i = 0; i < colours.size(); ++i) {
      nearest[i] = std::min(nearest[i], squared_distance(colours[i], clusters.back().centre));
      total += nearest[i];
    }
    if (total <= 0) break;  // fewer different colours than clusters
    double left = rng.uniform() * total;
    size_t chosen = 0;
    for (size_t i = 0; i < colours.size() && left >= 0; ++i) {
      if (nearest[i] > 0) chosen = i;
      left -= nearest[i];
    }
    clusters.push_back({colours[chosen]});
  }
  return clusters;
}

size_t nearest_cluster(const std::vector<Cluster>& clusters, const cv::Vec3f& colour) {
  size_t best = 0;
  for (size_t k = 1; k < clusters.size(); ++k)
    if (squared_distance(colour, clusters[k].centre) < squared_distance(colour, clusters[best].centre)) best = k;
  return best;
}

// Lloyd's algorithm until no colour changes its cluster. A cluster that loses all its colours keeps its centre.
std::vector<Cluster> clustered(const Colours& colours, Rng rng) {
  std::vector<Cluster> clusters = first_clusters(colours, rng);
  std::vector<size_t> belongs(colours.size(), clusters.size());
  for (int round = 0; round < kMostRounds; ++round) {
    bool moved = false;
    std::vector<cv::Vec3d> sums(clusters.size());
    for (Cluster& cluster : clusters) cluster.size = 0;
    for (size_t i = 0; i < colours.size(); ++i) {
      const size_t k = nearest_cluster(clusters, colours[i]);
      moved |= k != belongs[i];
      belongs[i] = k;
      sums[k] += cv::Vec3d(colours[i]);
      ++clusters[k].size;
    }
    if (!moved) break;
    for (size_t k = 0; k < clusters.size(); ++k)
      if (clusters[k].size > 0) clusters[k].centre = cv::Vec3f(sums[k] / static_cast<double>(clusters[k].size));
  }
  return clusters;
}

bool skin_coloured(const cv::Vec3f& colour) {
  cv::Mat hsv;
  cv::cvtColor(to_u8(cv::Mat(1, 1, CV_32FC3, cv::Scalar(colour[0], colour[1], colour[2]))), hsv, cv::COLOR_BGR2HSV);
  const auto& p = hsv.at<cv::Vec3b>(0, 0);
  return p[0] <= 25 && p[1] >= 59 && p[1] <= 173 && p[2] >= 50;
}

// 0 -> 0, m -> s, 1 -> 1, linear between.
float bent(float x, float m, float s) {
  if (x < m || m >= 1) return x * s / m;
  return s + (1 - s) * (x - m) / (1 - m);
}

}  // namespace

std::vector<cv::Vec3f> transported(std::vector<cv::Vec3f> source, const std::vector<cv::Vec3f>& reference,
                                   const SotOptions& options, Rng rng) {
  require(options.steps >= 1 && options.directions >= 1, "harmonise: {} steps, {} directions (at least 1 of each)",
          options.steps, options.directions);
  require(!reference.empty(), "harmonise: no colours to transport to (at least 1)");
  Colours moves(source.size());
  for (int step = 0; step < options.steps; ++step) {
    std::fill(moves.begin(), moves.end(), cv::Vec3f());
    for (int k = 0; k < options.directions; ++k) {
      const cv::Vec3f direction = random_direction(rng);
      const std::vector<float> goals = sorted_projections(reference, direction);
      const std::vector<uint64_t> ranked = ranked_projections(source, direction);
      for (size_t rank = 0; rank < ranked.size(); ++rank) {
        const double share = (static_cast<double>(rank) + 0.5) / static_cast<double>(ranked.size());
        const float here = unsortable(static_cast<uint32_t>(ranked[rank] >> 32));
        moves[ranked[rank] & 0xffffffffu] += (quantile(goals, share) - here) * direction;
      }
    }
    for (size_t i = 0; i < source.size(); ++i) source[i] += moves[i] * (1.f / static_cast<float>(options.directions));
  }
  return source;
}

cv::Mat transfer_sot(const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask, const SotOptions& options, Rng rng) {
  check_inputs(cutout, face, mask);
  require(options.samples >= 0 && options.smoothing >= 0, "harmonise: {} samples, smoothing {} (0 or more)", options.samples,
          options.smoothing);
  const auto most = static_cast<size_t>(options.samples);
  const Places places = subset(opaque_pixels(cutout), most, rng.fork("cut-out"));
  const Places skin = subset(skin_pixels(mask), most, rng.fork("skin"));
  if (places.empty() || skin.empty()) return cutout.clone();

  const Colours before = cutout_colours(cutout, places), of_face = face_colours(face, skin);
  Colours changes =
      transported(before, options.clamp_highlights ? without_highlights(of_face) : of_face, options, rng.fork("directions"));
  std::vector<float> weights(places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    changes[i] -= before[i];
    weights[i] = cutout.at<cv::Vec4f>(places[i])[3];
  }
  const double sigma = options.smoothing * std::max(cutout.cols, cutout.rows);
  const cv::Mat change = smoothed_changes(cutout.size(), places, changes, weights, sigma);
  return recoloured(cutout, [&](const cv::Vec4f& p, int x, int y) {
    const auto& d = change.at<cv::Vec3f>(y, x);
    return cv::Vec3f(p[0] + p[3] * d[0], p[1] + p[3] * d[1], p[2] + p[3] * d[2]);
  });
}

cv::Mat transfer_statistics(const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask) {
  check_inputs(cutout, face, mask);
  const Places places = opaque_pixels(cutout), skin = skin_pixels(mask);
  if (places.empty() || skin.empty()) return cutout.clone();
  const Statistics from = statistics(cutout_colours(cutout, places)), to = statistics(face_colours(face, skin));
  cv::Vec3f gain, offset;
  for (int c = 0; c < 3; ++c) {
    const double ratio = to.deviation[c] / std::max(from.deviation[c], 1e-6);
    gain[c] = static_cast<float>(std::clamp(ratio, 1 / kMostContrast, kMostContrast));
    offset[c] = static_cast<float>(to.mean[c] - gain[c] * from.mean[c]);
  }
  return recoloured(cutout, [&](const cv::Vec4f& p, int, int) {
    return cv::Vec3f(gain[0] * p[0] + offset[0] * p[3], gain[1] * p[1] + offset[1] * p[3], gain[2] * p[2] + offset[2] * p[3]);
  });
}

cv::Mat transfer_skin(const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask, Rng rng) {
  check_inputs(cutout, face, mask);
  const Places places = opaque_pixels(cutout), skin = subset(skin_pixels(mask), kClusterSamples, rng.fork("skin"));
  if (places.empty() || skin.empty()) return cutout.clone();
  Cluster chosen;
  for (const Cluster& cluster : clustered(face_colours(face, skin), rng.fork("clusters")))
    if (cluster.size > chosen.size && skin_coloured(cluster.centre)) chosen = cluster;
  if (chosen.size == 0) return cutout.clone();

  const cv::Vec3f mean(statistics(cutout_colours(cutout, places)).mean);
  return recoloured(cutout, [&](const cv::Vec4f& p, int, int) {
    cv::Vec3f colour;
    if (p[3] <= 0) return colour;
    for (int c = 0; c < 3; ++c) colour[c] = p[3] * bent(p[c] / p[3], mean[c], chosen.centre[c]);
    return colour;
  });
}

const std::vector<Harmoniser>& harmonisers() {
  static const std::vector<Harmoniser> table = {
      {"none", "colours as they are",
       [](const cv::Mat& cutout, const cv::Mat&, const cv::Mat&, Rng) { return cutout.clone(); }},
      {"statistics", "mean and deviation of each channel (Reinhard et al. 2001)",
       [](const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask, Rng) {
         return transfer_statistics(cutout, face, mask);
       }},
      {"skin", "the largest skin-coloured cluster of the face (FaceMat's first author)", transfer_skin},
      {"sot", "sliced optimal transport, smoothed (NatOcc)",
       [](const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask, Rng rng) {
         return transfer_sot(cutout, face, mask, SotOptions(), rng);
       }},
  };
  return table;
}

const Harmoniser& find_harmoniser(const std::string& name) { return find_entry(harmonisers(), name, "harmoniser"); }

}  // namespace facemat
