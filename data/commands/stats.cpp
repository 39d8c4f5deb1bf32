#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "data/commands/commands.h"
#include "data/recipe/record.h"
#include "data/store/info.h"
#include "data/store/journal.h"
#include "src/core/config.h"
#include "src/core/text.h"

namespace facemat {
namespace {

struct Options {
  fs::path dataset;
};

// Means over the samples of one group of the table.
struct Group {
  int samples = 0;
  double face = 0, covered = 0, soft = 0;
  void add(const Measured& m) { ++samples, face += m.face_share, covered += m.covered_share, soft += m.soft_share; }
};

void print_groups(const char* title, const std::map<std::string, Group>& groups) {
  std::printf("%-24s %8s %10s %10s %10s\n", title, "samples", "face", "covered", "soft");
  for (const auto& [name, g] : groups)
    std::printf("%-24s %8d %9.1f%% %9.1f%% %9.1f%%\n", printable(name).c_str(), g.samples, 100 * g.face / g.samples,
                100 * g.covered / g.samples, 100 * g.soft / g.samples);
}

constexpr int kCoverageBins = 10;

void print_histogram(const std::vector<int>& bins) {
  constexpr int kWidth = 50;
  const int most = std::max(1, *std::max_element(bins.begin(), bins.end()));
  std::printf("covered share of the face\n");
  for (int b = 0; b < kCoverageBins; ++b)
    std::printf("  %3d..%3d %%  %6d  %s\n", 100 * b / kCoverageBins, 100 * (b + 1) / kCoverageBins, bins[b],
                std::string(static_cast<size_t>(kWidth * bins[b] / most), '#').c_str());
}

// What the samples of a manifest add up to.
struct Summary {
  std::map<std::string, Group> splits, classes, sources;
  std::map<std::string, int64_t> rejections;
  std::vector<int> coverage = std::vector<int>(kCoverageBins, 0);  // samples with an occluder, by the covered share
  double worst = 0;                                                // recomposition error
  int64_t samples = 0, without_face = 0;
  double trusted = 0;  // sum of the samples' shares

  void add(const SampleRecord& record) {
    splits[record.recipe.split].add(record.measured);
    worst = std::max(worst, record.measured.recomposition);
    ++samples, without_face += record.measured.face_share == 0;
    trusted += record.measured.trusted_share;
    for (const auto& [reason, count] : record.rejections.reasons) rejections[reason] += count;
    if (record.recipe.occluders.empty()) {
      classes["(none)"].add(record.measured);
      return;
    }
    ++coverage[std::clamp(static_cast<int>(record.measured.covered_share * kCoverageBins), 0, kCoverageBins - 1)];
    for (const OccluderRecipe& occluder : record.recipe.occluders) {
      classes[occluder.from.occluder_class].add(record.measured);
      sources[occluder.from.source].add(record.measured);
    }
  }
};

Summary summary_of(const fs::path& manifest) {
  Summary summary;
  LineReader reader(manifest);
  LineReader::Line line;
  for (int64_t number = 1; reader.next(line); ++number)
    summary.add(record_from_json(line.text, fmt::format("{}:{}", manifest.string(), number)));
  return summary;
}

int stats(const Options& o) {
  const auto info = load_config<DatasetInfo>(o.dataset / "dataset.yaml");
  const Summary summary = summary_of(o.dataset / "manifest.jsonl");
  print_groups("split", summary.splits);
  print_groups("occluder class", summary.classes);
  print_groups("occluder source", summary.sources);
  std::printf("face: share of the frame; covered: share of the face; soft: pixels with 0 < alpha < 1\n");
  if (has_trust(info.config))
    std::printf("trusted: %.2f%% of the pixels\n", 100 * summary.trusted / static_cast<double>(summary.samples));
  if (summary.without_face > 0) std::printf("without a face: %lld samples\n", static_cast<long long>(summary.without_face));
  print_histogram(summary.coverage);
  for (const auto& [reason, count] : summary.rejections)
    std::printf("drawn again: %lld, %s\n", static_cast<long long>(count), printable(reason).c_str());
  std::printf("replaced for unusable files: %d\n", info.replaced);
  std::printf("largest recomposition error: %.5f (1/255 = %.5f)\nlicences: %s\n", summary.worst, 1.0 / 255,
              printable(info.licence).c_str());
  return 0;
}

}  // namespace

Run declare_stats(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_flag("--quiet", "no progress");  // as every command of the program; there is none to silence here
  app.add_option("dataset", o->dataset, "a dataset's folder")->required()->type_name("DIR");
  app.footer("Example:\n  facemat data stats DATA");
  return [o] { return stats(*o); };
}

}  // namespace facemat
