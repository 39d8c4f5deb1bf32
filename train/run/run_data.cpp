#include "train/run/run_data.h"

#include <algorithm>
#include <map>

#include "src/core/config.h"
#include "src/core/error.h"

namespace facemat {
namespace {

void add(const std::map<std::string, Dataset>& datasets, const char* use, RunData& data) {
  for (const auto& [given, dataset] : datasets)
    data.datasets.push_back({use, given, dataset.name(), dataset.identity(), dataset.licence()});
}

}  // namespace

void fields(FieldVisitor& visit, RunDataset& dataset) {
  visit("use", dataset.use, "what for", {"train", "valid"});
  visit("given", dataset.given, "what the settings call it; empty: the run's own");
  visit("name", dataset.name, "of its folder or settings");
  visit("identity", dataset.identity, "hash by which it is known again");
  visit("licence", dataset.licence, "of its sources");
}

void fields(FieldVisitor& visit, RunData& data) { visit.list("datasets", data.datasets, "what the run learns from"); }

RunData run_data(const Feed& feed, const HeldOut& held_out) {
  RunData data;
  add(feed.datasets(), "train", data);
  add(held_out.datasets(), "valid", data);
  return data;
}

void require_same_data(const fs::path& file, const RunData& now) {
  if (!fs::exists(file)) return;
  for (const RunDataset& there : load_config<RunData>(file).datasets) {
    const auto same = std::find_if(now.datasets.begin(), now.datasets.end(), [&](const RunDataset& dataset) {
      return dataset.use == there.use && dataset.given == there.given;
    });
    require(same != now.datasets.end() && same->identity == there.identity,
            "{}: the run was started with the data '{}' ({}), not '{}' ({}); resume with the same data or choose another --out "
            "(or remove that file, if the samples are the same)",
            file.string(), there.name, there.identity, same == now.datasets.end() ? "none" : same->name,
            same == now.datasets.end() ? "-" : same->identity);
  }
}

}  // namespace facemat
