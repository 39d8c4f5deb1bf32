#include "eval/tables/comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "eval/metrics/regions.h"
#include "eval/statistics/statistics.h"
#include "eval/tables/tables.h"
#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

// One arm: its results by seed.
struct Arm {
  std::string name;
  std::map<uint64_t, const EvaluationResult*> results;
};
using Arms = std::vector<Arm>;

std::vector<uint64_t> seeds_of(const Arm& arm) {
  std::vector<uint64_t> seeds;
  for (const auto& [seed, result] : arm.results) seeds.push_back(seed);
  return seeds;
}

Arms grouped(const std::vector<EvaluationResult>& results) {
  Arms arms;
  for (const EvaluationResult& result : results) {
    const ArmAndSeed name = parse_arm(result.model.name);
    auto arm = std::find_if(arms.begin(), arms.end(), [&](const Arm& a) { return a.name == name.arm; });
    if (arm == arms.end()) arm = arms.insert(arms.end(), Arm{name.arm, {}});
    require(arm->results.emplace(name.seed, &result).second, "two results are of {}, seed {}", name.arm, name.seed);
  }
  return arms;
}

void check_arms(const Arms& arms) {
  require(!arms.empty(), "a comparison needs at least one result");
  for (const Arm& arm : arms)
    require(seeds_of(arm) == seeds_of(arms[0]), "{} has seeds {}, {} has {}: give the same seeds of all", arms[0].name,
            fmt::join(seeds_of(arms[0]), ", "), arm.name, fmt::join(seeds_of(arm), ", "));
}

const Arm& find_arm(const Arms& arms, const std::string& name) {
  std::vector<std::string> names;
  for (const Arm& arm : arms) {
    if (arm.name == name) return arm;
    names.push_back(arm.name);
  }
  fail("no results of '{}' (there are: {})", name, fmt::join(names, ", "));
}

MetricInfo find_result_metric(const std::string& name) { return find_entry(result_metrics(), name, "metric"); }

// --- values by seed

using PerSeed = std::vector<double>;  // in ascending order of the seeds

// The value of every seed's result.
PerSeed collected(const Arm& arm, const std::function<double(const EvaluationResult&)>& value) {
  PerSeed values;
  for (const auto& [seed, result] : arm.results) values.push_back(value(*result));
  return values;
}

// Means over frames; empty where a result has none (no trimaps, say).
PerSeed means_of(const Arm& arm, const std::string& metric, const std::string& region) {
  PerSeed values;
  for (const auto& [seed, result] : arm.results) {
    const Scores means = mean_scores(*result, region);
    if (!means.count(metric)) return {};
    values.push_back(means.at(metric));
  }
  return values;
}

PerSeed differences(const PerSeed& a, const PerSeed& b) {
  PerSeed values;
  for (size_t i = 0; i < a.size(); ++i) values.push_back(a[i] - b[i]);
  return values;
}

// --- cells

const char* const kMissing = "–";

using Words = std::vector<std::string>;

std::vector<Cell> cells_of(const Words& words) {
  std::vector<Cell> cells;
  for (const std::string& word : words) cells.push_back({word, {}, 0, {}, false});
  return cells;
}

// A table without rows, its first columns of words, the others of figures.
Table table_of(const Words& titles, size_t words = 1) {
  Table table;
  for (const std::string& title : titles) table.columns.push_back({title, {}, {}, table.columns.size() < words});
  return table;
}

std::string titled(const MetricInfo& metric) { return metric.title + (metric.lower_is_better ? " ↓" : " ↑"); }

std::string signed_number(double value, int decimals) { return fmt::format("{:+.{}f}", value, decimals); }

std::string spread_text(const PerSeed& values, int decimals) {
  const Spread s = spread_of(values);
  const std::string mean = number_text(s.mean, decimals);
  return values.size() > 1 ? mean + " ± " + number_text(s.deviation, decimals) : mean;
}

std::string spread_cell(const PerSeed& values) {
  return values.empty() ? kMissing : spread_text(values, decimals_for(spread_of(values).mean));
}

// --- sections

std::string introduction(const Arms& arms) {
  const EvaluationResult& first = *arms[0].results.begin()->second;
  const std::vector<uint64_t> seeds = seeds_of(arms[0]);
  const std::string split = first.data.split.empty() ? "" : ", split " + first.data.split;
  std::string text = fmt::format("Data: {}{}, {} samples, {} frames. ", markdown_text(first.data.name), markdown_text(split),
                                 first.data.samples, first.data.frames);
  text += seeds.size() == 1
              ? fmt::format("One seed ({}), so nothing is known of the spread.", seeds[0])
              : fmt::format("Mean ± sample standard deviation over {} seeds ({}).", seeds.size(), fmt::join(seeds, ", "));
  return text + " A seed's value is the mean over the frames.\n";
}

// What its seeds' models were given; empty: not stated.
std::string given_to(const Arm& arm) { return given_text(arm.results.begin()->second->model); }

std::string scores(const Arms& arms, const std::vector<MetricInfo>& metrics, const std::string& region,
                   const std::string& title) {
  const bool tells = std::any_of(arms.begin(), arms.end(), [](const Arm& arm) { return !given_to(arm).empty(); });
  Words titles = {title};
  if (tells) titles.emplace_back("given");
  const size_t words = titles.size();
  for (const MetricInfo& metric : metrics) titles.push_back(titled(metric));
  Table table = table_of(titles, words);
  for (const Arm& arm : arms) {
    Words cells = {arm.name};
    if (tells) cells.push_back(given_to(arm).empty() ? kMissing : given_to(arm));
    for (const MetricInfo& metric : metrics) cells.push_back(spread_cell(means_of(arm, metric.name, region)));
    table.rows.push_back(cells_of(cells));
  }
  return "\n" + markdown_grid(table);
}

std::string constant_line(const Arms& arms) {
  const ConstantMatte& constant = arms[0].results.begin()->second->constant;
  return fmt::format("\nThe best constant matte ({} of 255 everywhere) has a whole-frame SAD of {}.\n", constant.value,
                     number_text(constant.sad, decimals_for(constant.sad)));
}

// Two arms whose seeds are compared one by one.
struct ArmPair {
  const Arm& subject;
  const Arm& other;
};

std::vector<ArmPair> pairs_of(const Arms& arms, const ComparisonOptions& options) {
  std::vector<ArmPair> pairs;
  if (!options.subject.empty()) {
    const Arm& subject = find_arm(arms, options.subject);
    for (const Arm& other : arms)
      if (&other != &subject) pairs.push_back({subject, other});
  }
  if (options.in_turn)
    for (size_t i = 1; i < arms.size(); ++i) pairs.push_back({arms[i], arms[i - 1]});
  return pairs;
}

// Where the mean difference lies if other clips had been drawn, each clip being the mean of its seeds.
std::string interval_over_clips(const ArmPair& pair, const MetricInfo& metric, const std::string& region, int decimals) {
  PairedClusters sums;
  for (const auto& [seed, result] : pair.subject.results) {
    const PairedClusters clips = paired_clusters(*result, *pair.other.results.at(seed), region, metric.name);
    sums.first.resize(clips.first.size()), sums.second.resize(clips.first.size());
    for (size_t i = 0; i < clips.first.size(); ++i) {
      sums.first[i].sum += clips.first[i].sum, sums.first[i].count += clips.first[i].count;
      sums.second[i].sum += clips.second[i].sum, sums.second[i].count += clips.second[i].count;
    }
  }
  const Interval difference = paired_test(sums.first, sums.second).difference;
  if (!bounded(difference)) return kMissing;
  return signed_number(difference.low, decimals) + " to " + signed_number(difference.high, decimals);
}

// Empty where either arm has no value.
Words difference_row(const ArmPair& pair, const MetricInfo& metric, const std::string& region) {
  const PerSeed own = means_of(pair.subject, metric.name, region), others = means_of(pair.other, metric.name, region);
  if (own.empty() || others.empty()) return {};
  const PerSeed change = differences(own, others);
  const int decimals = decimals_for(spread_of(own).mean);
  Words cells = {pair.subject.name + " minus " + pair.other.name, region, metric.title};
  for (const double value : change) cells.push_back(signed_number(value, decimals));
  const Spread spread = spread_of(change);
  cells.push_back(signed_number(spread.mean, decimals));
  cells.push_back(change.size() > 1 ? number_text(spread.deviation, decimals) : kMissing);
  const auto better =
      std::count_if(change.begin(), change.end(), [&](double d) { return metric.lower_is_better ? d < 0 : d > 0; });
  cells.push_back(fmt::format("{} of {}", better, change.size()));
  cells.push_back(interval_over_clips(pair, metric, region, decimals));
  return cells;
}

std::string paired_differences(const Arms& arms, const std::vector<MetricInfo>& metrics, const ComparisonOptions& options) {
  const std::vector<ArmPair> pairs = pairs_of(arms, options);
  if (pairs.empty()) return {};
  Words titles = {"difference", "region", "metric"};
  for (const uint64_t seed : seeds_of(arms[0])) titles.push_back(fmt::format("seed {}", seed));
  titles.insert(titles.end(), {"mean", "deviation", "better in", "95 % over clips"});
  Table table = table_of(titles, 3);
  for (const ArmPair& pair : pairs)
    for (const std::string& region : options.regions)
      for (const MetricInfo& metric : metrics)
        if (const Words cells = difference_row(pair, metric, region); !cells.empty()) table.rows.push_back(cells_of(cells));
  return "\nPaired differences: both arms started with the same seed. The interval is that of the mean over seeds, by "
         "bootstrap\n"
         "over clips; how seeds spread is the deviation.\n\n" +
         markdown_grid(table);
}

bool has_uncertainty(const Arm& arm) {
  return std::all_of(arm.results.begin(), arm.results.end(), [](const auto& entry) { return entry.second->uncertainty; });
}

void check_uncertainty(const Arm& arm) {
  const size_t bins = arm.results.begin()->second->uncertainty->bins.size();
  for (const auto& [seed, result] : arm.results) {
    require(result->uncertainty->bins.size() == bins, "{}: {} bins of uncertainty, others have {}", result->model.name,
            result->uncertainty->bins.size(), bins);
  }
}

Words uncertainty_row(const Arm& arm) {
  const auto calibration = [&](double scale, double Calibration::*member) {
    return collected(arm, [=](const EvaluationResult& r) { return scale * r.uncertainty->calibration.*member; });
  };
  const PerSeed spearman = collected(arm, [](const EvaluationResult& r) { return r.uncertainty->spearman; });
  return {arm.name,
          spread_text(spearman, 3),
          spread_text(calibration(100, &Calibration::within_one), 1),
          spread_text(calibration(100, &Calibration::within_two), 1),
          spread_text(calibration(1, &Calibration::error), 4),
          spread_text(calibration(1, &Calibration::relative_error), 3),
          spread_text(calibration(1, &Calibration::nll), 3)};
}

std::string tenths(const Arm& arm) {
  const size_t bins = arm.results.begin()->second->uncertainty->bins.size();
  Table table = table_of({"tenth", "mean σ", "mean |error|", "RMS σ", "RMS error"});
  for (size_t i = 0; i < bins; ++i) {
    const auto cell = [&](const std::function<double(const UncertaintyInfo&)>& value) {
      return spread_text(collected(arm, [&](const EvaluationResult& r) { return value(*r.uncertainty); }), 4);
    };
    table.rows.push_back(cells_of({std::to_string(i + 1), cell([i](const UncertaintyInfo& u) { return u.bins[i].uncertainty; }),
                                   cell([i](const UncertaintyInfo& u) { return u.bins[i].error; }),
                                   cell([i](const UncertaintyInfo& u) { return u.calibration.bins[i].deviation; }),
                                   cell([i](const UncertaintyInfo& u) { return u.calibration.bins[i].rmse; })}));
  }
  return fmt::format("\nTenths of the pixels by the uncertainty of {}, most certain first:\n\n{}", markdown_text(arm.name),
                     markdown_grid(table));
}

std::string uncertainties(const Arms& arms) {
  Table table = table_of({"uncertainty, over pixels", "Spearman", fmt::format("|error| ≤ σ, % ({:.1f})", 100 * kWithinOne),
                          fmt::format("|error| ≤ 2σ, % ({:.1f})", 100 * kWithinTwo), "calibration error", "ENCE", "NLL"});
  std::string by_tenths;
  for (const Arm& arm : arms) {
    if (!has_uncertainty(arm)) continue;
    check_uncertainty(arm);
    table.rows.push_back(cells_of(uncertainty_row(arm)));
    by_tenths += tenths(arm);
  }
  if (table.rows.empty()) return {};
  return "\n" + markdown_grid(table) +
         "\nIn brackets: Gaussian errors of the predicted σ. Definitions: eval/measures/uncertainty.h.\n" + by_tenths;
}

}  // namespace

Spread spread_of(const std::vector<double>& values) {
  require(!values.empty(), "the spread of no values");
  const auto count = static_cast<double>(values.size());
  Spread spread;
  for (const double value : values) spread.mean += value / count;
  if (values.size() < 2) return spread;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.deviation = std::sqrt(squares / (count - 1));
  return spread;
}

ArmAndSeed parse_arm(const std::string& model_name) {
  constexpr size_t kMostDigits = 9;
  static const std::string kMark = "-seed";
  const size_t mark = model_name.rfind(kMark);
  const std::string digits = mark == std::string::npos ? "" : model_name.substr(mark + kMark.size());
  require(mark != 0 && !digits.empty() && digits.size() <= kMostDigits &&
              digits.find_first_not_of("0123456789") == std::string::npos,
          "model '{}': its name must be ARM-seedN, N below 10^{} (judge it with --name)", model_name, kMostDigits);
  return {model_name.substr(0, mark), std::stoull(digits)};
}

std::string comparison_markdown(const std::vector<EvaluationResult>& results, const ComparisonOptions& options) {
  const Arms arms = grouped(results);
  check_arms(arms);
  require_same_data(results);
  std::vector<MetricInfo> metrics;
  for (const std::string& name : options.metrics) metrics.push_back(find_result_metric(name));
  std::string text = introduction(arms);
  for (const std::string& region : options.regions) text += scores(arms, metrics, region, find_region(region).title);
  text += constant_line(arms);
  return text + paired_differences(arms, metrics, options) + uncertainties(arms);
}

}  // namespace facemat
