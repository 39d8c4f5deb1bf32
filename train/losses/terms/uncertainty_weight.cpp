#include "train/losses/terms/uncertainty_weight.h"

#include <algorithm>

#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

torch::Tensor deviation(const torch::Tensor& sigma, double power, const Average&) {
  return power == 1 ? sigma : sigma.pow(power);
}

torch::Tensor variance(const torch::Tensor& sigma, double power, const Average&) { return sigma.pow(2 * power); }

torch::Tensor relative(const torch::Tensor& sigma, double power, const Average& average) {
  return average.with_mean_one(deviation(sigma, power, average));
}

torch::Tensor rank(const torch::Tensor& sigma, double power, const Average&) {
  const auto numbers = sigma.contiguous().flatten();
  const auto sorted = std::get<0>(numbers.sort());
  const auto surer = torch::searchsorted(sorted, numbers, /*out_int32=*/false, /*right=*/false);
  const auto not_surer = torch::searchsorted(sorted, numbers, /*out_int32=*/false, /*right=*/true);
  const auto others = static_cast<double>(std::max<int64_t>(numbers.numel() - 1, 1));
  const auto share = (surer + not_surer - 1).to(sigma.scalar_type()) / (2 * others);
  return share.pow(power).view_as(sigma);
}

torch::Tensor moved(const torch::Tensor& sigma) { return sigma.roll({sigma.size(-2) / 2, sigma.size(-1) / 2}, {-2, -1}); }

}  // namespace

const std::vector<UncertaintyForm>& uncertainty_forms() {
  static const std::vector<UncertaintyForm> table = {
      {"deviation", deviation}, {"variance", variance}, {"relative", relative}, {"rank", rank}};
  return table;
}

const std::vector<std::string>& uncertainty_places() {
  static const std::vector<std::string> names = {"own", "even", "moved"};
  return names;
}

torch::Tensor uncertainty_weight(const torch::Tensor& sigma, const UncertaintyWeight& settings, const Average& average) {
  const UncertaintyForm& form = find_entry(uncertainty_forms(), settings.form, "form of uncertainty");
  const auto& places = uncertainty_places();
  require(std::count(places.begin(), places.end(), settings.place) > 0,
          "unknown place of uncertainty '{}' (known: own, even, moved)", settings.place);
  const auto u = form.of(settings.place == "moved" ? moved(sigma) : sigma, settings.power, average);
  const double uncertain = settings.mean_one ? settings.uncertain : settings.grown * settings.uncertain;
  auto weight = settings.certain + uncertain * u;
  if (settings.mean_one) weight = average.with_mean_one(weight);
  if (settings.mean_one && settings.grown < 1) weight = 1 + settings.grown * (weight - 1);
  return settings.place == "even" ? average.evened(weight) : weight;
}

}  // namespace facemat
