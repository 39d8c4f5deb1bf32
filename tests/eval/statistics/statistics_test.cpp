#include "eval/statistics/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "src/core/error.h"
#include "src/core/random.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using Clusters = std::vector<Cluster>;

Clusters of_values(const std::vector<double>& values) {
  Clusters clusters;
  for (const double value : values) clusters.push_back({value, 1});
  return clusters;
}

void expect_interval(const Interval& interval, double mean, double low, double high, double tolerance) {
  EXPECT_NEAR(interval.mean, mean, tolerance);
  EXPECT_NEAR(interval.low, low, tolerance);
  EXPECT_NEAR(interval.high, high, tolerance);
}

// Abramowitz and Stegun, table 26.10.
TEST(Student, AgreesWithTheTable) {
  EXPECT_NEAR(student_quantile(0.95, 1), 12.706, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 2), 4.303, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 3), 3.182, 5e-4);
  EXPECT_NEAR(student_quantile(0.99, 5), 4.032, 5e-4);
  EXPECT_NEAR(student_quantile(0.5, 4), 0.741, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 30), 2.042, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 120), 1.980, 5e-4);
  EXPECT_NEAR(student_quantile(0.95, 1000000), 1.960, 5e-4);
}

// Few clips: Student's interval. Of 1 and 3 the standard error is sqrt 2 / sqrt 2 = 1. Sums 2, 4, 9 of 1, 2, 3 frames: ratio
// 15 / 6, residuals -1/2, -1, 3/2, so the squared error is 3/2 * 7/2 / 36.
TEST(Mean, OfFewClipsByHand) {
  expect_interval(bootstrap_mean(of_values({1, 3})), 2, 2 - 12.7062, 2 + 12.7062, 1e-4);
  const double width = 4.302653 * std::sqrt(1.5 * 3.5) / 6;
  expect_interval(bootstrap_mean({{2, 1}, {4, 2}, {9, 3}}), 2.5, 2.5 - width, 2.5 + width, 1e-5);
}

// Clips of equal length are values: s / sqrt n. Seen where the interval is Student's, below and above the bootstrap's range.
TEST(Mean, StandardErrorOfEqualClipsIsThatOfAMean) {
  for (const size_t n : {4U, 10001U}) {
    Rng rng(3);
    Clusters clusters;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; ++i) {
      const double value = 5 + rng.normal();
      clusters.push_back({3 * value, 3});
      sum += value, squares += value * value;
    }
    const auto count = static_cast<double>(n);
    const double s = std::sqrt((squares - sum * sum / count) / (count - 1));
    const Interval interval = bootstrap_mean(clusters);
    const double t = student_quantile(0.95, static_cast<int64_t>(n) - 1);
    EXPECT_NEAR((interval.high - interval.low) / 2 / t, s / std::sqrt(count), 1e-9);
  }
}

// Forty values placed as those of a normal distribution would lie: the bootstrap's quantiles of t are Student's, to 3 %.
TEST(Mean, IsStudentsForNormalValues) {
  constexpr int kClips = 40;
  Rng rng(1);
  std::vector<double> sample;
  for (int i = 0; i < kClips * 1000; ++i) sample.push_back(rng.normal());
  std::sort(sample.begin(), sample.end());
  std::vector<double> values;
  for (size_t i = 0; i < kClips; ++i) values.push_back(10 + sample[i * 1000 + 500]);
  double squares = 0;
  for (const double value : values) squares += (value - 10) * (value - 10);
  const double width = student_quantile(0.95, kClips - 1) * std::sqrt(squares / (kClips - 1) / kClips);
  BootstrapOptions options;
  options.resamples = 10000;
  const Interval interval = bootstrap_mean(of_values(values), options);
  EXPECT_NEAR(interval.mean, 10, 0.01);
  EXPECT_NEAR((interval.mean - interval.low) / width, 1, 0.03);
  EXPECT_NEAR((interval.high - interval.mean) / width, 1, 0.03);
}

TEST(Mean, OfASkewedSampleReachesFurtherUp) {
  std::vector<double> values;
  for (int i = 1; i <= 30; ++i) values.push_back(std::exp(0.1 * i));
  const Interval interval = bootstrap_mean(of_values(values));
  EXPECT_GT(interval.high - interval.mean, 1.2 * (interval.mean - interval.low));
}

TEST(Mean, MovesAndScalesWithTheValues) {
  const std::vector<double> values = {0.1, 0.9, 0.3, 0.35, 0.2, 0.8, 0.05};
  Clusters plain, moved;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto count = static_cast<int64_t>(1 + i % 3);
    const auto frames = static_cast<double>(count);
    plain.push_back({frames * values[i], count}), moved.push_back({frames * (7 - 10 * values[i]), count});
  }
  const Interval a = bootstrap_mean(plain), b = bootstrap_mean(moved);
  EXPECT_LT(a.low, a.mean);
  expect_interval(b, 7 - 10 * a.mean, 7 - 10 * a.high, 7 - 10 * a.low, 1e-9);
}

TEST(Mean, OfEqualClipsIsCertain) {
  for (const size_t n : {2U, 3U, 50U}) {
    Clusters clusters;
    for (size_t i = 0; i < n; ++i) clusters.push_back({0.1 * static_cast<double>(i + 1), static_cast<int64_t>(i + 1)});
    const Interval interval = bootstrap_mean(clusters);
    EXPECT_NEAR(interval.mean, 0.1, 1e-15);
    EXPECT_EQ(interval.low, interval.mean);
    EXPECT_EQ(interval.high, interval.mean);
  }
  EXPECT_EQ(bootstrap_mean({{0, 2}, {0, 5}}).high, 0);
}

TEST(Mean, OfOneClipIsUnbounded) {
  const Interval interval = bootstrap_mean({{6, 4}});
  EXPECT_EQ(interval.mean, 1.5);
  EXPECT_FALSE(bounded(interval));
  EXPECT_TRUE(interval.low < 0 && std::isinf(interval.low) && interval.high > 0 && std::isinf(interval.high));
  EXPECT_TRUE(bounded(bootstrap_mean({{6, 4}, {1, 2}})));
}

// One of 20 clips is 1, all others are 0: standard error 0.05. A resample with k ones has t = (k - 1) / sqrt(k (20 - k) / 19);
// k is binomial, at most 3 in 98.4 % of resamples and at most 2 in 92.5 %, so the upper quantile is that of 3. More than a
// third have none, so no spread and an infinite t.
// As a result's file may state them; a sort of what is no number is undefined.
TEST(Mean, OfNumbersBeyondSumsIsUnbounded) {
  for (const double value : {1e308, -1e308, 1e200}) {
    const Interval interval = bootstrap_mean(of_values({value, -value, value, value, value, 1, -value, value}));
    EXPECT_EQ(interval.low, -INFINITY) << value;
    EXPECT_EQ(interval.high, INFINITY) << value;
  }
}

TEST(Mean, OfOneOddClipByHand) {
  std::vector<double> values(20, 0.0);
  values[7] = 1;
  const double most = kMostOfStudent * student_quantile(0.95, 19);
  expect_interval(bootstrap_mean(of_values(values)), 0.05, 0.05 - 0.05 * 2 / std::sqrt(3 * 17 / 19.0), 0.05 + 0.05 * most,
                  1e-9);
  for (double& value : values) value = 1 - value;
  expect_interval(bootstrap_mean(of_values(values)), 0.95, 0.95 - 0.05 * most, 0.95 + 0.05 * 2 / std::sqrt(3 * 17 / 19.0),
                  1e-9);
}

// 4.4 % of resamples have none of three failures, and hardly any spread.
TEST(Mean, OfAFewFailuresIsNotAnyNumber) {
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back(i < 37 ? 1 + 0.001 * (i % 7) : 10 + i);
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / 40;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double student = student_quantile(0.95, 39) * std::sqrt(squares / 39 / 40);
  const Interval interval = bootstrap_mean(of_values(values));
  EXPECT_NEAR(interval.high, mean + kMostOfStudent * student, 1e-9);
  EXPECT_GT(interval.low, mean - student);
}

TEST(Mean, WidensWithTheConfidence) {
  const Clusters clusters = of_values({1, 2, 4, 3, 2, 5, 1, 2, 6, 3});
  double width = 0;
  for (const double confidence : {0.5, 0.8, 0.95, 0.99}) {
    const Interval interval = bootstrap_mean(clusters, {2000, confidence, 0});
    EXPECT_GT(interval.high - interval.low, width);
    width = interval.high - interval.low;
  }
}

void expect_same(const Interval& a, const Interval& b) {
  EXPECT_EQ(a.mean, b.mean);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
}

TEST(Mean, IsTheSameForTheSameSeedWhateverWasAskedBefore) {
  const Clusters few = of_values({1, 2, 4, 3, 2, 5}), many = of_values(std::vector<double>(1000, 1));
  Bootstrap bootstrap;
  const Interval first = bootstrap.mean(few);
  for (size_t n = 500; n < 540; ++n) {  // more than is kept
    Clusters others = of_values(std::vector<double>(n, 1));
    others[3].sum = 2, others[4].sum = 3, others[5].sum = 0, others[6].sum = 5, others[7].sum = 7;
    bootstrap.mean(others);
  }
  expect_same(bootstrap.mean(few), first);
  expect_same(bootstrap_mean(few), first);
  EXPECT_NE(bootstrap_mean(few, {2000, 0.95, 1}).low, first.low);
}

// Documented: the draws go by place. Another order is another draw of the same distribution.
TEST(Mean, ScattersLittleWithTheOrderOfClips) {
  std::vector<double> values;
  for (int i = 0; i < 50; ++i) values.push_back(std::fmod(i * 0.618, 1));
  const Interval a = bootstrap_mean(of_values(values));
  std::reverse(values.begin(), values.end());
  const Interval b = bootstrap_mean(of_values(values));
  EXPECT_NE(a.low, b.low);
  EXPECT_NEAR(a.low, b.low, 0.1 * (a.high - a.low));
  EXPECT_NEAR(a.high, b.high, 0.1 * (a.high - a.low));
}

TEST(Mean, RefusesWhatHasNone) {
  EXPECT_THAT(message_of([] { bootstrap_mean({}); }), HasSubstr("no clips"));
  EXPECT_THAT(message_of([] { bootstrap_mean({{1, 1}, {0, 0}}); }), HasSubstr("no frames"));
  EXPECT_THAT(message_of([] { Bootstrap({99, 0.95, 0}); }), HasSubstr("99 resamples (allowed: 100 to 10000)"));
  EXPECT_THAT(message_of([] { Bootstrap({10001, 0.95, 0}); }), HasSubstr("allowed"));
  EXPECT_THAT(message_of([] { Bootstrap({2000, 1, 0}); }), HasSubstr("a confidence of 1 "));
  EXPECT_THAT(message_of([] { Bootstrap({2000, 0, 0}); }), HasSubstr("between 0 and 1"));
  EXPECT_THAT(message_of([] { Bootstrap({2000, std::nan(""), 0}); }), HasSubstr("between 0 and 1"));
}

// --- coverage: how often the interval holds the true mean, by simulation

constexpr int kRepeats = 2500;  // 0.44 % standard deviation of a share of 95 %

double coverage(const std::string& name, double truth, const std::function<Clusters(Rng&)>& draw) {
  Bootstrap bootstrap({400, 0.95, 1});
  int inside = 0;
  for (int i = 0; i < kRepeats; ++i) {
    Rng rng = Rng(11).fork(name, static_cast<uint64_t>(i));
    const Interval interval = bootstrap.mean(draw(rng));
    inside += interval.low <= truth && truth <= interval.high;
  }
  const double share = static_cast<double>(inside) / kRepeats;
  testing::Test::RecordProperty(name, std::to_string(share));
  return share;
}

std::function<Clusters(Rng&)> single_frames(int clips, double (*value)(Rng&)) {
  return [clips, value](Rng& rng) {
    Clusters clusters;
    for (int i = 0; i < clips; ++i) clusters.push_back({value(rng), 1});
    return clusters;
  };
}

double normal_value(Rng& rng) { return 3 + rng.normal(); }
double exponential_value(Rng& rng) { return -std::log(1 - rng.uniform()); }
double half_lognormal_value(Rng& rng) { return std::exp(0.5 * rng.normal()); }
double lognormal_value(Rng& rng) { return std::exp(rng.normal()); }

void expect_nominal(double share) {
  EXPECT_GE(share, 0.93);
  EXPECT_LE(share, 0.97);
}

TEST(Coverage, IsNominalForNormalValues) {
  expect_nominal(coverage("normal 40", 3, single_frames(40, normal_value)));
  expect_nominal(coverage("normal 8", 3, single_frames(8, normal_value)));
}

// SAD and its like are skewed to the right: these have a skewness of 2, 1.75 and 6.2.
TEST(Coverage, IsNominalForSkewedValues) {
  expect_nominal(coverage("exponential 40", 1, single_frames(40, exponential_value)));
  expect_nominal(coverage("lognormal 0.5, 40", std::exp(0.125), single_frames(40, half_lognormal_value)));
  expect_nominal(coverage("lognormal 1, 100", std::exp(0.5), single_frames(100, lognormal_value)));
}

// Most frames perfect, a fifth exponential.
TEST(Coverage, IsNominalForManyZeros) {
  expect_nominal(coverage("zeros 60", 0.2, single_frames(60, [](Rng& rng) {
                            const double value = exponential_value(rng);
                            return rng.chance(0.2) ? value : 0.0;
                          })));
}

// A tenth of the clips are failures, twenty times as bad as the others.
TEST(Coverage, IsNominalWithFailures) {
  expect_nominal(coverage("failures 40", 1 + 0.1 * 20, single_frames(40, [](Rng& rng) {
                            const double usual = 1 + 0.1 * rng.normal(), failed = 10 + 10 * exponential_value(rng);
                            return rng.chance(0.1) ? usual + failed : usual;
                          })));
}

// Clips of 1 to 8 frames; a frame's value is its clip's (exponential) plus a little of its own.
std::vector<std::vector<double>> correlated_clips(int clips, Rng& rng) {
  std::vector<std::vector<double>> all;
  for (int i = 0; i < clips; ++i) {
    const double level = exponential_value(rng);
    std::vector<double> frames(static_cast<size_t>(rng.integer(1, 8)));
    for (double& frame : frames) frame = level + 0.2 * rng.normal();
    all.push_back(frames);
  }
  return all;
}

Clusters by_clip(const std::vector<std::vector<double>>& clips) {
  Clusters clusters;
  for (const auto& frames : clips) {
    clusters.emplace_back();
    for (const double value : frames) clusters.back().sum += value, ++clusters.back().count;
  }
  return clusters;
}

Clusters by_frame(const std::vector<std::vector<double>>& clips) {
  Clusters clusters;
  for (const auto& frames : clips)
    for (const double value : frames) clusters.push_back({value, 1});
  return clusters;
}

TEST(Coverage, IsNominalForCorrelatedFramesOnlyByClip) {
  expect_nominal(coverage("clips 60", 1, [](Rng& rng) { return by_clip(correlated_clips(60, rng)); }));
  EXPECT_LT(coverage("clips 60 as frames", 1, [](Rng& rng) { return by_frame(correlated_clips(60, rng)); }), 0.75);
}

// Longer clips are harder: value = length / 4, times 1 plus noise. The mean over frames is E[m^2] / (4 E[m]), m in 1..8:
// 25.5 / 18.
TEST(Coverage, IsNominalWhereLengthAndValueGoTogether) {
  expect_nominal(coverage("lengths 50", 25.5 / 18, [](Rng& rng) {
    Clusters clusters;
    for (int i = 0; i < 50; ++i) {
      const int64_t frames = rng.integer(1, 8);
      const auto length = static_cast<double>(frames);
      clusters.push_back({length * length / 4 * (1 + 0.3 * rng.normal()), frames});
    }
    return clusters;
  }));
}

// --- paired tests

PairedTest test_of(const std::vector<double>& differences, const BootstrapOptions& options = {}) {
  return paired_test(of_values(differences), of_values(std::vector<double>(differences.size(), 0)), options);
}

// All sums of signs by hand: of 1, 2, 4 they are 7, 5, 3, 1 and their opposites, of four equal ones 4, 2, 0, -2, -4, of which
// there are 1, 4, 6, 4, 1.
TEST(Paired, ExactPValuesByHand) {
  EXPECT_DOUBLE_EQ(test_of({1, 2, 4}).p_value, 2.0 / 8);
  EXPECT_DOUBLE_EQ(test_of({-1, 2, 4}).p_value, 4.0 / 8);
  EXPECT_DOUBLE_EQ(test_of({1, -2, 4}).p_value, 6.0 / 8);
  EXPECT_DOUBLE_EQ(test_of({1, 2, -4}).p_value, 1);
  EXPECT_DOUBLE_EQ(test_of({-1, -2, -4}).p_value, 2.0 / 8);
  EXPECT_DOUBLE_EQ(test_of({0.1, 0.1, 0.1, -0.1}).p_value, 10.0 / 16) << "ties count, whatever rounding does";
  EXPECT_DOUBLE_EQ(test_of({0.1, 0.2, -0.3}).p_value, 1);
  EXPECT_DOUBLE_EQ(test_of({0, 0, 0}).p_value, 1);
  EXPECT_DOUBLE_EQ(test_of({5}).p_value, 1) << "one clip tells nothing";
  EXPECT_DOUBLE_EQ(test_of(std::vector<double>(9, 1)).p_value, 2.0 / 512);
  EXPECT_DOUBLE_EQ(test_of(std::vector<double>(16, 1)).p_value, 2.0 / 65536);
}

// From 17 clips on flips are drawn. 3 of 17 against the others: the share of patterns with at most 3 or at least 14 signs of
// one kind, 2 (1 + 17 + 136 + 680) / 2^17.
TEST(Paired, DrawnPValuesAreNearTheExactOnes) {
  std::vector<double> differences(17, 1);
  differences[0] = differences[5] = differences[16] = -1;
  EXPECT_NEAR(test_of(differences).p_value, 2 * 834.0 / 131072, 0.004);
  EXPECT_EQ(test_of(differences).p_value, test_of(differences).p_value);
  EXPECT_NE(test_of(differences).p_value, test_of(differences, {2000, 0.95, 5}).p_value);
  const double least = test_of(std::vector<double>(40, 1)).p_value;
  EXPECT_DOUBLE_EQ(least, 1.0 / 10001) << "never 0";
}

// Clips swap as wholes: the sums of a clip's frames, not its mean, go into the difference of means.
TEST(Paired, DifferenceByHand) {
  const PairedTest test = paired_test({{2, 1}, {8, 4}, {3, 3}}, {{1, 1}, {4, 4}, {6, 3}});
  EXPECT_DOUBLE_EQ(test.difference.mean, (13.0 - 11) / 8);
  EXPECT_DOUBLE_EQ(test.p_value, 6.0 / 8) << "of 1, 4, -3: at least 2 are 8, 6, 2 and their opposites";
  EXPECT_EQ(test.first_lower, 1);
  EXPECT_EQ(test.second_lower, 2);
  EXPECT_EQ(test.clips, 3);
  const Interval direct = bootstrap_mean({{1, 1}, {4, 4}, {-3, 3}});
  expect_same(test.difference, direct);
}

TEST(Paired, EqualModelsDoNotDiffer) {
  const Clusters same = of_values({1, 2, 3, 4, 5, 6});
  const PairedTest test = paired_test(same, same);
  EXPECT_EQ(test.p_value, 1);
  EXPECT_EQ(test.difference.low, 0);
  EXPECT_EQ(test.difference.high, 0);
  EXPECT_EQ(test.first_lower + test.second_lower, 0);
}

// Two models that differ by noise alone, on clips that differ much more: 5 % of p-values lie below 5 %, half below a half.
TEST(Paired, IsUniformWithoutADifferenceAndSmallWithOne) {
  for (const int clips : {12, 30}) {
    constexpr int kTests = 2000;
    int below_5 = 0, below_50 = 0, found = 0;
    for (int i = 0; i < kTests; ++i) {
      Rng rng = Rng(5).fork("null", static_cast<uint64_t>(i * 100 + clips));
      Clusters first, second, worse;
      for (int c = 0; c < clips; ++c) {
        const double level = 10 * exponential_value(rng);
        const double noise = exponential_value(rng), other = exponential_value(rng);
        first.push_back({level + noise, 1}), second.push_back({level + other, 1}), worse.push_back({level + other + 3, 1});
      }
      BootstrapOptions options;
      options.resamples = 100, options.seed = static_cast<uint64_t>(i);
      const double p = paired_test(first, second, options).p_value;
      below_5 += p <= 0.05, below_50 += p <= 0.5;
      if (i < 100) found += paired_test(first, worse, options).p_value < 0.01;
    }
    EXPECT_NEAR(static_cast<double>(below_5) / kTests, 0.05, 0.015) << clips;
    EXPECT_NEAR(static_cast<double>(below_50) / kTests, 0.5, 0.035) << clips;
    EXPECT_GE(found, 99) << clips;
  }
}

TEST(Paired, RefusesWhatIsNotPaired) {
  EXPECT_THAT(message_of([] { paired_test({{1, 1}}, {{1, 1}, {2, 1}}); }), HasSubstr("1 and 2 clips"));
  EXPECT_THAT(message_of([] { paired_test({{1, 1}, {1, 2}}, {{1, 1}, {2, 1}}); }), HasSubstr("clip 1 has 2 and 1 frames"));
  EXPECT_THAT(message_of([] { paired_test({}, {}); }), HasSubstr("no clips"));
}

// --- clusters of results

FrameScore frame_of(const std::string& sample, int number, double sad, const std::vector<std::string>& classes = {}) {
  FrameScore frame;
  frame.sample = sample, frame.frame = number, frame.classes = classes;
  frame.regions["whole"]["sad"] = sad;
  return frame;
}

EvaluationResult result_of(std::vector<FrameScore> frames) {
  EvaluationResult result;
  result.model.name = "m";
  result.frames = std::move(frames);
  return result;
}

void expect_clusters(const Clusters& clusters, const Clusters& expected) {
  ASSERT_EQ(clusters.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_DOUBLE_EQ(clusters[i].sum, expected[i].sum) << i;
    EXPECT_EQ(clusters[i].count, expected[i].count) << i;
  }
}

TEST(Clusters, AreTheClipsOfAResult) {
  EvaluationResult result = result_of({frame_of("b", 0, 1), frame_of("b", 1, 2), frame_of("a", 0, 4, {"hand"}),
                                       frame_of("c", 0, 8, {"hair", "hand"}), frame_of("b", 2, 16, {"hair"})});
  result.frames[1].regions["whole"]["dtssd"] = 3;
  result.frames[2].regions["unknown"]["sad"] = 5;
  expect_clusters(clusters_of(result, "whole", "sad"), {{19, 3}, {4, 1}, {8, 1}});
  expect_clusters(clusters_of(result, "whole", "sad", "hand"), {{4, 1}, {8, 1}});
  expect_clusters(clusters_of(result, "whole", "sad", "none"), {{3, 2}});
  expect_clusters(clusters_of(result, "whole", "dtssd"), {{3, 1}});
  expect_clusters(clusters_of(result, "unknown", "sad"), {{5, 1}});
  expect_clusters(clusters_of(result, "face", "sad"), {});
  expect_clusters(clusters_where(result, "whole", "sad", [](const FrameScore& f) { return f.frame > 0; }), {{18, 2}});
}

TEST(Clusters, ArePairedWhereBothHaveAValue) {
  const EvaluationResult first =
      result_of({frame_of("a", 0, 1), frame_of("a", 1, 2), frame_of("b", 0, 4), frame_of("c", 0, 8)});
  EvaluationResult second = first;
  for (FrameScore& frame : second.frames) frame.regions["whole"]["sad"] *= 10;
  second.frames[1].regions["whole"].erase("sad"), second.frames[2].regions.clear();
  const PairedClusters paired = paired_clusters(first, second, "whole", "sad");
  expect_clusters(paired.first, {{1, 1}, {8, 1}});
  expect_clusters(paired.second, {{10, 1}, {80, 1}});
  const PairedClusters turned = paired_clusters(second, first, "whole", "sad");
  expect_clusters(turned.first, {{10, 1}, {80, 1}});
}

TEST(Clusters, OfOtherFramesAreNotPaired) {
  const EvaluationResult first = result_of({frame_of("a", 0, 1), frame_of("a", 1, 2)});
  EvaluationResult shorter = result_of({frame_of("a", 0, 1)}), other = first;
  shorter.model.name = "short", other.frames[1].frame = 2;
  EXPECT_THAT(message_of([&] { paired_clusters(first, shorter, "whole", "sad"); }), HasSubstr("m has 2 frames, short has 1"));
  EXPECT_THAT(message_of([&] { paired_clusters(first, other, "whole", "sad"); }),
              HasSubstr("frame 1 of a in m is frame 2 of a in m"));
  other.frames[1] = frame_of("b", 1, 2);
  EXPECT_THAT(message_of([&] { paired_clusters(first, other, "whole", "sad"); }), HasSubstr("frame 1 of b"));
}

}  // namespace
}  // namespace facemat
