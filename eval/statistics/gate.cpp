#include "eval/statistics/gate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

constexpr double kRounding = 1e-12;  // what a figure may miss its limit by and still be equal to it

const char* const kUncertainty = "uncertainty";

struct UncertaintyFigure {
  const char* name;
  double (*of)(const UncertaintyInfo&);
};

const std::vector<UncertaintyFigure>& uncertainty_figures() {
  static const std::vector<UncertaintyFigure> table = {
      {"spearman", [](const UncertaintyInfo& u) { return u.spearman; }},
      {"ause", [](const UncertaintyInfo& u) { return u.sparsification.ause; }},
      {"error", [](const UncertaintyInfo& u) { return u.calibration.error; }},
      {"relative_error", [](const UncertaintyInfo& u) { return u.calibration.relative_error; }},
      {"within_one", [](const UncertaintyInfo& u) { return u.calibration.within_one; }},
      {"within_two", [](const UncertaintyInfo& u) { return u.calibration.within_two; }},
      {"nll", [](const UncertaintyInfo& u) { return u.calibration.nll; }},
  };
  return table;
}

// --- reading a condition

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  fail(
      "condition '{}': {} (allowed: [REGION.]METRIC > or < LIMIT, such as 'sad > +2%' or 'unknown.conn > +0.05' against the "
      "baseline, 'mse > 3.5' by itself)",
      text, why);
}

template <typename Entries>
void check_name(const Condition& c, const char* what, const std::string& name, const Entries& entries,
                std::vector<std::string> known = {}) {
  for (const auto& entry : entries) known.emplace_back(entry.name);
  if (std::find(known.begin(), known.end(), name) == known.end())
    fail("condition '{}': unknown {} '{}' (known: {})", c.text, what, name, fmt::join(known, ", "));
}

void read_figure(Condition& c, const std::string& text) {
  const size_t dot = text.find('.');
  c.region = dot == std::string::npos ? "whole" : stripped(text.substr(0, dot));
  c.figure = dot == std::string::npos ? text : stripped(text.substr(dot + 1));
  check_name(c, "region", c.region, result_regions(), {kUncertainty});
  if (c.region == kUncertainty)
    check_name(c, "uncertainty figure", c.figure, uncertainty_figures());
  else
    check_name(c, "metric", c.figure, result_metrics());
}

// A number without sign; strict about everything behind it.
double read_number(const Condition& c, const std::string& digits) {
  double value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || digits[0] == '-' || problem != std::errc() || stop != end || !std::isfinite(value))
    refuse(c.text, fmt::format("'{}' is no finite number", digits));
  return value;
}

void read_limit(Condition& c, std::string text) {
  const bool sign = !text.empty() && (text[0] == '+' || text[0] == '-'), negative = sign && text[0] == '-';
  if (sign) text = stripped(text.substr(1));
  const bool share = !text.empty() && text.back() == '%';
  if (share) text = stripped(text.substr(0, text.size() - 1));
  if (share && !sign) refuse(c.text, "a share of the baseline needs a sign");
  c.limit = share ? Condition::Limit::kShare : sign ? Condition::Limit::kChange : Condition::Limit::kValue;
  c.amount = read_number(c, text) * (negative ? -1 : 1) / (share ? 100 : 1);
}

// --- judging

std::string label_of(const Condition& c) { return c.region == "whole" ? c.figure : c.region + "." + c.figure; }

double figure_of(const EvaluationResult& result, const Condition& c) {
  double value = 0;
  if (c.region == kUncertainty) {
    require(result.uncertainty.has_value(), "condition '{}': {} has no uncertainty", c.text, result.model.name);
    for (const UncertaintyFigure& figure : uncertainty_figures())
      if (c.figure == figure.name) value = figure.of(*result.uncertainty);
  } else {
    const Scores means = mean_scores(result, c.region);
    require(means.count(c.figure), "condition '{}': {} has no {} in the region {}", c.text, result.model.name, c.figure,
            c.region);
    value = means.at(c.figure);
  }
  require(std::isfinite(value), "condition '{}': {} of {} is not finite", c.text, label_of(c), result.model.name);
  return value;
}

bool exceeds(double value, double limit, bool above) {
  const double slack = kRounding * std::max(std::abs(value), std::abs(limit));
  return above ? value > limit + slack : value < limit - slack;
}

const char* side(double difference) { return difference < 0 ? "below" : "above"; }

std::string share_message(const Condition& c, double value, double base) {
  const double change = value - base;
  const std::string size = base == 0 ? "" : fmt::format("{:.1f} % ", 100 * std::abs(change / base));
  return fmt::format("{}: {:.4g} is {}{} the baseline's {:.4g} (allowed: {:+g} %)", label_of(c), value, size, side(change),
                     base, 100 * c.amount);
}

std::string change_message(const Condition& c, double value, double base) {
  return fmt::format("{}: {:.4g} is {:.4g} {} the baseline's {:.4g} (allowed: {:+g})", label_of(c), value,
                     std::abs(value - base), side(value - base), base, c.amount);
}

std::optional<Violation> judge_value(const EvaluationResult& result, const Condition& c) {
  const double value = figure_of(result, c);
  if (!exceeds(value, c.amount, c.above)) return std::nullopt;
  return Violation{c, fmt::format("{}: {:.6g} is {} {:g}", label_of(c), value, c.above ? "above" : "below", c.amount)};
}

std::optional<Violation> judge_change(const EvaluationResult& result, const EvaluationResult& baseline, const Condition& c) {
  const bool share = c.limit == Condition::Limit::kShare;
  const double value = figure_of(result, c), base = figure_of(baseline, c);
  if (!exceeds(value, base + c.amount * (share ? std::abs(base) : 1), c.above)) return std::nullopt;
  return Violation{c, share ? share_message(c, value, base) : change_message(c, value, base)};
}

Interval difference_of(const EvaluationResult& result, const EvaluationResult& baseline, const Condition& c,
                       Bootstrap& bootstrap) {
  const PairedClusters clusters = paired_clusters(result, baseline, c.region, c.figure);
  require(!clusters.first.empty(), "condition '{}': no frame has a value of both", c.text);
  return bootstrap.paired(clusters.first, clusters.second).difference;
}

}  // namespace

Condition parse_condition(const std::string& text) {
  Condition c;
  c.text = stripped(text);
  const size_t sign = c.text.find_first_of("<>");
  if (sign == std::string::npos) refuse(c.text, "there is no > or <");
  c.above = c.text[sign] == '>';
  read_figure(c, stripped(c.text.substr(0, sign)));
  read_limit(c, stripped(c.text.substr(sign + 1)));
  return c;
}

std::vector<Violation> violations(const EvaluationResult& result, const std::optional<EvaluationResult>& baseline,
                                  const std::vector<Condition>& conditions, bool significant, const BootstrapOptions& options) {
  if (baseline) require_same_data({*baseline, result});
  Bootstrap bootstrap(options);
  std::vector<Violation> found;
  for (const Condition& c : conditions) {
    const bool relative = c.limit != Condition::Limit::kValue;
    require(!relative || baseline, "condition '{}' needs a baseline to compare with", c.text);
    std::optional<Violation> violation = relative ? judge_change(result, *baseline, c) : judge_value(result, c);
    if (!violation) continue;
    if (significant && relative && c.region != kUncertainty) {
      const Interval difference = difference_of(result, *baseline, c, bootstrap);
      if (difference.low <= 0 && difference.high >= 0) continue;
      violation->message +=
          fmt::format(", difference {:.4g} [{:.4g}, {:.4g}]", difference.mean, difference.low, difference.high);
    }
    found.push_back(std::move(*violation));
  }
  return found;
}

}  // namespace facemat
