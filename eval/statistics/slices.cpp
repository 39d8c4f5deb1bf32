#include "eval/statistics/slices.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

namespace facemat {
namespace {

using Results = std::vector<EvaluationResult>;

std::vector<Slice> class_slices(const Results& results) {
  std::set<std::string> names;
  for (const EvaluationResult& result : results)
    for (const std::string& name : classes_of(result)) names.insert(name);
  std::vector<Slice> slices;
  if (names.size() < 2) return slices;
  for (const std::string& name : names)
    slices.push_back({"occluder", name, [name](const FrameScore& frame) { return in_class(frame, name); }});
  std::stable_partition(slices.begin(), slices.end(), [](const Slice& slice) { return slice.title == "none"; });
  return slices;
}

std::vector<double> trait_values(const EvaluationResult& result, const std::string& trait) {
  std::vector<double> values;
  for (const FrameScore& frame : result.frames)
    if (const auto value = frame.traits.find(trait); value != frame.traits.end()) values.push_back(value->second);
  std::sort(values.begin(), values.end());
  return values;
}

Slice range_slice(const TraitInfo& trait, const std::string& title, double above, double to) {
  return {trait.title, title, [name = trait.name, above, to](const FrameScore& frame) {
            const auto value = frame.traits.find(name);
            return value != frame.traits.end() && value->second > above && value->second <= to;
          }};
}

// Upper bounds belong to their slice, so that the many frames of a trait's least value (nothing soft, nothing covered) keep to
// themselves.
std::vector<Slice> trait_slices(const EvaluationResult& result, const TraitInfo& trait) {
  constexpr double kUnbounded = std::numeric_limits<double>::infinity();
  const std::vector<double> values = trait_values(result, trait.name);
  if (std::set<double>(values.begin(), values.end()).size() < 3) return {};
  const double first = values[(values.size() + 2) / 3 - 1], second = values[(2 * values.size() + 2) / 3 - 1];
  return {range_slice(trait, fmt::format("≤ {:.3g}", first), -kUnbounded, first),
          range_slice(trait, fmt::format("> {:.3g}, ≤ {:.3g}", first, second), first, second),
          range_slice(trait, fmt::format("> {:.3g}", second), second, kUnbounded)};
}

}  // namespace

std::vector<Slice> slices_of(const Results& results) {
  std::vector<Slice> slices = class_slices(results);
  for (const TraitInfo& trait : trait_table())
    for (Slice& slice : trait_slices(results.front(), trait)) slices.push_back(std::move(slice));
  return slices;
}

}  // namespace facemat
