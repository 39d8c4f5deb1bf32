#include "eval/statistics/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "src/core/error.h"
#include "src/core/random.h"

namespace facemat {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRounding = 1e-12;
constexpr double kHalfPi = 1.5707963267948966;
constexpr int64_t kMostDegrees = 10000;  // Student's t is normal to a ten thousandth from there on
constexpr int kLeastResamples = 100, kMostResamples = 10000;
constexpr size_t kMostKept = size_t{1} << 25;  // drawn indices

// --- the mean and its standard error

// What a clip adds to the sums that a resample is judged by: its residual d = sum - R * count from the mean R of all frames
// (small numbers, so that squares of differences keep their digits), its count m, and their products.
struct Terms {
  double d = 0, m = 0, dd = 0, dm = 0, mm = 0;
  Terms& operator+=(const Terms& o) {
    d += o.d, m += o.m, dd += o.dd, dm += o.dm, mm += o.mm;
    return *this;
  }
};

double mean_of(const std::vector<Cluster>& clusters) {
  double sum = 0, count = 0;
  for (const Cluster& c : clusters) sum += c.sum, count += static_cast<double>(c.count);
  return sum / count;
}

std::vector<Terms> terms_of(const std::vector<Cluster>& clusters, double mean) {
  std::vector<Terms> terms;
  terms.reserve(clusters.size());
  for (const Cluster& c : clusters) {
    const auto m = static_cast<double>(c.count);
    const double d = c.sum - mean * m;
    terms.push_back({d, m, d * d, d * m, m * m});
  }
  return terms;
}

double shift_of(const Terms& sums) { return sums.d / sums.m; }  // of the mean, from R

// Standard error of a ratio of sums over clips; 0 if all clips have one mean.
double standard_error(const Terms& sums, double clips) {
  const double shift = shift_of(sums);
  const double squares = sums.dd - 2 * shift * sums.dm + shift * shift * sums.mm;  // of residuals from the mean of these clips
  return std::sqrt(clips / (clips - 1) * std::max(0.0, squares)) / sums.m;         // rounding may leave less than 0
}

bool all_alike(const std::vector<Cluster>& clusters, double mean) {
  return std::all_of(clusters.begin(), clusters.end(), [mean](const Cluster& c) {
    const double expected = mean * static_cast<double>(c.count);
    return std::abs(c.sum - expected) <= kRounding * std::abs(expected);
  });
}

double student_t(const Terms& resample, double clips) {
  const double shift = shift_of(resample);
  if (shift == 0) return 0;
  const double error = standard_error(resample, clips), t = shift / error;
  return error > 0 && !std::isnan(t) ? t : std::copysign(kInfinity, shift);  // squares may be beyond what doubles hold
}

// t of every resample; `draws` holds as many indices for each as there are clips.
std::vector<double> resampled(const std::vector<Terms>& terms, const std::vector<uint16_t>& draws) {
  std::vector<double> t;
  t.reserve(draws.size() / terms.size());
  for (size_t begin = 0; begin < draws.size(); begin += terms.size()) {
    Terms sums;
    for (size_t i = begin; i < begin + terms.size(); ++i) sums += terms[draws[i]];
    t.push_back(student_t(sums, static_cast<double>(terms.size())));
  }
  return t;
}

struct Quantiles {
  double low = 0, high = 0;
};

// The values that cut off half of 1 - confidence on either side: those of rank (count + 1) (1 - confidence) / 2 from the ends.
Quantiles central(std::vector<double> values, double confidence) {
  const double rank = static_cast<double>(values.size() + 1) * (1 - confidence) / 2;
  const size_t cut = std::max<size_t>(1, static_cast<size_t>(rank + kRounding)) - 1;
  std::sort(values.begin(), values.end());
  return {values[cut], values[values.size() - 1 - cut]};
}

// --- Student's distribution

// The share of Student's distribution between -t and t, t = sqrt(degrees) tan(angle): Abramowitz and Stegun, "Handbook of
// mathematical functions", 1964, 26.7.3 and 26.7.4.
double student_share(double angle, int64_t degrees) {
  const double cosine = std::cos(angle), square = cosine * cosine;
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1, sum = degrees == 1 ? 0 : term;
  for (int64_t power = odd ? 3 : 2; power <= degrees - 2; power += 2) {
    const auto n = static_cast<double>(power);
    term *= square * (n - 1) / n;
    sum += term;
  }
  const double share = std::sin(angle) * sum;
  return odd ? (angle + share) / kHalfPi : share;
}

// --- sign flips

// Sums of numbers with the signs a bit pattern tells, eight of them by one look-up.
class FlipSums {
 public:
  explicit FlipSums(const std::vector<double>& values) : groups_((values.size() + kBits - 1) / kBits) {
    for (size_t g = 0; g < groups_.size(); ++g)
      for (size_t pattern = 0; pattern < groups_[g].size(); ++pattern)
        for (size_t i = 0; i < kBits && g * kBits + i < values.size(); ++i)
          groups_[g][pattern] += (pattern >> i & 1) ? -values[g * kBits + i] : values[g * kBits + i];
  }

  // `next` gives 32 more signs at each call.
  template <typename Next>
  double sum(Next next) const {
    double total = 0;
    uint32_t word = 0;
    for (size_t g = 0; g < groups_.size(); ++g, word >>= kBits) {
      if (g % (32 / kBits) == 0) word = next();
      total += groups_[g][word & 255];
    }
    return total;
  }

 private:
  static constexpr size_t kBits = 8;
  std::vector<std::array<double, 256>> groups_;
};

// The share of sign patterns that change the sum's size to at least what was observed. Drawn ones count the observed pattern
// as one of them (Phipson and Smyth, "Permutation p-values should never be zero", 2010).
double flip_test(const std::vector<double>& differences, uint64_t seed) {
  constexpr size_t kMostExact = 16;
  constexpr int kFlips = 10000;
  const FlipSums sums(differences);
  double size = 0;
  for (const double d : differences) size += std::abs(d);
  const double observed = std::abs(sums.sum([] { return 0U; })) - kRounding * size;  // ties must count
  int64_t extreme = 0;
  if (differences.size() <= kMostExact) {
    const uint32_t patterns = 1U << differences.size();
    for (uint32_t pattern = 0; pattern < patterns; ++pattern)
      extreme += std::abs(sums.sum([pattern] { return pattern; })) >= observed;
    return static_cast<double>(extreme) / patterns;
  }
  Rng rng = Rng(seed).fork("sign flips", differences.size());
  for (int i = 0; i < kFlips; ++i) extreme += std::abs(sums.sum([&rng] { return rng.bits(); })) >= observed;
  return static_cast<double>(1 + extreme) / (1 + kFlips);
}

// --- clusters of a result

// Collects values clip by clip, in the order of each clip's first value.
class ClipSums {
 public:
  Cluster& of(const std::string& sample) {
    const auto [place, added] = places_.emplace(sample, clusters_.size());
    if (added) clusters_.emplace_back();
    return clusters_[place->second];
  }
  std::vector<Cluster> take() { return std::move(clusters_); }

 private:
  std::unordered_map<std::string_view, size_t> places_;
  std::vector<Cluster> clusters_;
};

const double* value_of(const FrameScore& frame, const std::string& region, const std::string& metric) {
  const auto scores = frame.regions.find(region);
  if (scores == frame.regions.end()) return nullptr;
  const auto value = scores->second.find(metric);
  return value == scores->second.end() ? nullptr : &value->second;
}

void add(Cluster& cluster, double value) { cluster.sum += value, ++cluster.count; }

}  // namespace

bool bounded(const Interval& interval) { return std::isfinite(interval.low) && std::isfinite(interval.high); }

Bootstrap::Bootstrap(const BootstrapOptions& options) : options_(options) {
  require(options.resamples >= kLeastResamples && options.resamples <= kMostResamples, "{} resamples (allowed: {} to {})",
          options.resamples, kLeastResamples, kMostResamples);
  require(options.confidence > 0 && options.confidence < 1, "a confidence of {} (allowed: between 0 and 1)",
          options.confidence);
}

const std::vector<uint16_t>& Bootstrap::draws(size_t clips) {
  static_assert(kMostResampled <= UINT16_MAX);
  const auto found = draws_.find(clips);
  if (found != draws_.end()) return found->second;
  const size_t count = clips * static_cast<size_t>(options_.resamples);
  if (drawn_ + count > kMostKept) draws_.clear(), drawn_ = 0;
  std::vector<uint16_t>& indices = draws_[clips];
  indices.resize(count);
  drawn_ += count;
  Rng rng = Rng(options_.seed).fork("resamples", clips);
  for (uint16_t& index : indices) index = static_cast<uint16_t>((uint64_t{rng.bits()} * clips) >> 32);
  return indices;
}

Interval Bootstrap::mean(const std::vector<Cluster>& clusters) {
  require(!clusters.empty(), "the mean of no clips");
  require(std::all_of(clusters.begin(), clusters.end(), [](const Cluster& c) { return c.count > 0; }), "a clip has no frames");
  const double mean = mean_of(clusters);
  if (clusters.size() == 1 || !std::isfinite(mean)) return {mean, -kInfinity, kInfinity};
  if (all_alike(clusters, mean)) return {mean, mean, mean};
  const std::vector<Terms> terms = terms_of(clusters, mean);
  Terms all;
  for (const Terms& t : terms) all += t;
  const auto clips = static_cast<double>(clusters.size());
  const double error = standard_error(all, clips);
  if (!std::isfinite(error)) return {mean, -kInfinity, kInfinity};
  const double student = student_quantile(options_.confidence, static_cast<int64_t>(clusters.size()) - 1);
  if (clusters.size() < kLeastResampled || clusters.size() > kMostResampled)
    return {mean, mean - student * error, mean + student * error};
  const Quantiles t = central(resampled(terms, draws(clusters.size())), options_.confidence);
  const double most = kMostOfStudent * student;
  return {mean, mean - std::min(t.high, most) * error, mean - std::max(t.low, -most) * error};
}

PairedTest Bootstrap::paired(const std::vector<Cluster>& first, const std::vector<Cluster>& second) {
  require(first.size() == second.size(), "{} and {} clips cannot be paired", first.size(), second.size());
  PairedTest test;
  std::vector<Cluster> change;
  std::vector<double> sums;
  for (size_t i = 0; i < first.size(); ++i) {
    require(first[i].count == second[i].count, "clip {} has {} and {} frames: they cannot be paired", i, first[i].count,
            second[i].count);
    change.push_back({first[i].sum - second[i].sum, first[i].count});
    sums.push_back(change.back().sum);
    test.first_lower += first[i].sum < second[i].sum;
    test.second_lower += second[i].sum < first[i].sum;
  }
  test.clips = static_cast<int64_t>(first.size());
  test.difference = mean(change);
  test.p_value = flip_test(sums, options_.seed);
  return test;
}

Interval bootstrap_mean(const std::vector<Cluster>& clusters, const BootstrapOptions& options) {
  return Bootstrap(options).mean(clusters);
}

PairedTest paired_test(const std::vector<Cluster>& first, const std::vector<Cluster>& second, const BootstrapOptions& options) {
  return Bootstrap(options).paired(first, second);
}

double student_quantile(double confidence, int64_t degrees) {
  constexpr int kHalvings = 60;
  double low = 0, high = kHalfPi;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (student_share(middle, std::min(degrees, kMostDegrees)) < confidence ? low : high) = middle;
  }
  return std::tan(low) * std::sqrt(static_cast<double>(std::min(degrees, kMostDegrees)));
}

std::vector<Cluster> clusters_where(const EvaluationResult& result, const std::string& region, const std::string& metric,
                                    const FrameFilter& takes) {
  ClipSums clips;
  for (const FrameScore& frame : result.frames)
    if (const double* value = value_of(frame, region, metric); value && takes(frame)) add(clips.of(frame.sample), *value);
  return clips.take();
}

std::vector<Cluster> clusters_of(const EvaluationResult& result, const std::string& region, const std::string& metric,
                                 const std::string& occluder_class) {
  return clusters_where(result, region, metric, [&](const FrameScore& frame) { return in_class(frame, occluder_class); });
}

PairedClusters paired_clusters(const EvaluationResult& first, const EvaluationResult& second, const std::string& region,
                               const std::string& metric) {
  require(first.frames.size() == second.frames.size(), "{} has {} frames, {} has {}: they cannot be paired", first.model.name,
          first.frames.size(), second.model.name, second.frames.size());
  ClipSums a, b;
  for (size_t i = 0; i < first.frames.size(); ++i) {
    const FrameScore &own = first.frames[i], &other = second.frames[i];
    require(own.sample == other.sample && own.frame == other.frame,
            "frame {} of {} in {} is frame {} of {} in {}: they cannot be paired", own.frame, own.sample, first.model.name,
            other.frame, other.sample, second.model.name);
    const double *value = value_of(own, region, metric), *compared = value_of(other, region, metric);
    if (value && compared) add(a.of(own.sample), *value), add(b.of(own.sample), *compared);
  }
  return {a.take(), b.take()};
}

std::vector<double> holm_adjusted(const std::vector<double>& p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double least = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    least = std::max(least, std::min(1.0, static_cast<double>(order.size() - rank) * p_values[order[rank]]));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

}  // namespace facemat
