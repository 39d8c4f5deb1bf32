// facemat-data: builds, checks, describes and shows datasets.

#include <cstdio>
#include <map>
#include <optional>

#include "data/builder.h"
#include "data/dataset.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/program.h"
#include "src/image/codec.h"
#include "src/image/sheet.h"

namespace {

using namespace facemat;

struct Options {
  ConfigOptions config;
  fs::path out, dataset;
  std::string split;
  int jobs = hardware_threads(), samples = 18;
  std::optional<uint64_t> seed;
  bool quiet = false;
};

void build(const Options& o) {
  auto config = load_config<DataConfig>(o.config.file, o.config.assignments);
  if (o.seed) config.seed = *o.seed;
  if (o.config.print) {
    std::fputs(config_to_yaml(config).c_str(), stdout);
    return;
  }
  require(!o.out.empty(), "--out DIR is needed (a folder that does not exist yet)");
  const auto progress = make_progress("building", "sample", o.quiet);
  const DatasetInfo info = build_dataset(config, o.out, o.jobs, *progress);
  std::printf(
      "%s: %d samples, %d frames of %dx%d, alpha 1 = visible face\nlicences: %s\nlook: facemat data preview %s --out "
      "sheet.png\n",
      o.out.c_str(), info.samples, info.frames, config.size, config.size, info.licence.c_str(), o.out.c_str());
}

void check(const Options& o) {
  const auto progress = make_progress("checking", "sample", o.quiet);
  const auto faults = check_dataset(o.dataset, *progress);
  for (const std::string& fault : faults) std::printf("%s\n", fault.c_str());
  require(faults.empty(), "{}: {} faults", o.dataset.string(), faults.size());
  std::printf("%s: every file is there and right\n", o.dataset.c_str());
}

// Means over the samples of one group of the table.
struct Group {
  int samples = 0;
  double face = 0, covered = 0, soft = 0;
  void add(const SampleRecord& r) { ++samples, face += r.face_share, covered += r.covered_share, soft += r.soft_share; }
};

void print_groups(const char* title, const std::map<std::string, Group>& groups) {
  std::printf("%-24s %8s %10s %10s %10s\n", title, "samples", "face", "covered", "soft");
  for (const auto& [name, g] : groups)
    std::printf("%-24s %8d %9.1f%% %9.1f%% %9.1f%%\n", name.c_str(), g.samples, 100 * g.face / g.samples,
                100 * g.covered / g.samples, 100 * g.soft / g.samples);
}

void stats(const Options& o) {
  std::map<std::string, Group> splits, classes;
  double worst = 0;
  const auto records = read_manifest(o.dataset);
  for (const SampleRecord& record : records) {
    splits[record.split].add(record);
    worst = std::max(worst, record.recomposition);
    if (record.occluders.empty()) classes["(none)"].add(record);
    for (const Ingredient& occluder : record.occluders) classes[occluder.occluder_class].add(record);
  }
  print_groups("split", splits);
  print_groups("occluder class", classes);
  std::printf("face: share of the frame; covered: share of the face; soft: pixels with 0 < alpha < 1\n");
  std::printf("largest recomposition error: %.5f (1/255 = %.5f)\nlicences: %s\n", worst, 1.0 / 255,
              licence_roll_up(records).c_str());
}

std::string caption_of(const Clip& clip) {
  std::string text = clip.name;
  for (const std::string& name : clip.classes) text += " " + name;
  return text;
}

void preview(const Options& o) {
  require(!o.out.empty(), "--out FILE.png is needed");
  const Dataset dataset = Dataset::open(o.dataset);
  const DatasetSplit& split = dataset.split(o.split.empty() ? dataset.split_names()[0] : o.split);
  require(split.size() > 0, "the split is empty");
  std::vector<Tile> tiles;
  const int64_t shown = std::min<int64_t>(o.samples, split.size());
  for (int64_t i = 0; i < shown; ++i) {
    const Clip clip = split.clip(i * split.size() / shown);
    tiles.push_back({clip.images.back(), caption_of(clip)});
    tiles.push_back({over_checkerboard(clip.images.back(), clip.alphas.back()), "visible face"});
    tiles.push_back({clip.trimaps.back(), "trimap"});
  }
  write_image(o.out, contact_sheet(tiles, 9, 160));
  std::printf("%s: %lld samples\n", o.out.c_str(), static_cast<long long>(shown));
}

CLI::App* command(CLI::App& app, const char* name, const char* about, const char* example, Options& o) {
  CLI::App* sub = app.add_subcommand(name, about);
  sub->footer(std::string("Example:\n  facemat data ") + example);
  sub->add_flag("--quiet", o.quiet, "no progress");
  return sub;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Datasets for face matting: faces with occluders composited over them, and their exact alpha.", "facemat-data");
  app.require_subcommand(1);
  Options o;
  CLI::App* build_command = command(app, "build", "make a dataset", "build --config configs/data/demo.yaml --out DATA", o);
  add_config_options(*build_command, o.config);
  build_command->add_option("--out", o.out, "folder to make; must not exist")->type_name("DIR");
  build_command->add_option("--jobs", o.jobs, "worker threads; the result is the same for any number")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  build_command->add_option("--seed", o.seed, "seed (sets 'seed')");
  CLI::App* check_command = command(app, "check", "read every file again and say what is wrong", "check DATA", o);
  CLI::App* stats_command =
      command(app, "stats", "what is in a dataset: coverage, softness, classes, licences", "stats DATA", o);
  CLI::App* preview_command =
      command(app, "preview", "a contact sheet to look at", "preview DATA --split test --out sheet.png", o);
  for (CLI::App* sub : {check_command, stats_command, preview_command})
    sub->add_option("dataset", o.dataset, "a dataset's folder")->required()->type_name("DIR");
  preview_command->add_option("--out", o.out, "picture to write")->type_name("FILE.png");
  preview_command->add_option("--split", o.split, "split to show (default: the first)");
  preview_command->add_option("--samples", o.samples, "how many")->check(CLI::Range(1, 300))->capture_default_str();
  return run_program(argc, argv, app, [&] {
    if (*build_command) build(o);
    if (*check_command) check(o);
    if (*stats_command) stats(o);
    if (*preview_command) preview(o);
  });
}
