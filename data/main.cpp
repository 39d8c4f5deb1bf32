// facemat-data: builds, checks, describes, shows and packs datasets, imports what they are made of, and says how fast it is.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

#include "data/bench.h"
#include "data/builder.h"
#include "data/checker.h"
#include "data/importer.h"
#include "data/journal.h"
#include "data/packer.h"
#include "data/preview.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/program.h"
#include "src/image/codec.h"

namespace {

using namespace facemat;

struct Options {
  ConfigOptions config;
  fs::path out, dataset, work;
  std::string split, shard, only, occluder_class;
  int jobs = hardware_threads(), samples = 18, size = 512, bench_samples = 200;
  int64_t per_shard = 1000;
  ImportOptions import;
  std::optional<uint64_t> seed;
  bool quiet = false, resume = false;
};

// "2/8" -> 2 of 8.
std::pair<int, int> parse_shard(const std::string& text) {
  if (text.empty()) return {1, 1};
  int shard = 0, shards = 0;
  char rest = 0;
  const bool read = std::sscanf(text.c_str(), "%d/%d%c", &shard, &shards, &rest) == 2;
  require(read && shard >= 1 && shard <= shards && shards <= 9999, "--shard {}: not a shard (write 1/8 ... 8/8)", text);
  return {shard, shards};
}

void build(const Options& o) {
  auto config = load_config<DataConfig>(o.config.file, o.config.assignments);
  if (o.seed) config.seed = *o.seed;
  if (o.config.print) {
    std::fputs(config_to_yaml(config).c_str(), stdout);
    return;
  }
  require(!o.out.empty(), "--out DIR is needed (a folder that does not exist yet)");
  const auto [shard, shards] = parse_shard(o.shard);
  const auto progress = make_progress("building", "sample", o.quiet);
  const auto info = build_dataset(config, o.out, {o.jobs, shard, shards, o.resume}, *progress);
  if (!info) {
    std::printf("shard %d of %d is done; %s appears with the last one\n", shard, shards, o.out.c_str());
    return;
  }
  std::printf("%s: %d samples, %d frames of %dx%d, alpha 1 = visible face\nlicences: %s\n", o.out.c_str(), info->samples,
              info->frames, config.size, config.size, info->licence.c_str());
  if (info->rejected > 0) std::printf("drawn again: %d that covered too little or too much of the face\n", info->rejected);
  if (info->replaced > 0)
    std::printf("replaced: %d draws with a file that cannot be used (listed in manifest.jsonl)\n", info->replaced);
  std::printf("look: facemat data preview %s --out sheet.png\n", o.out.c_str());
}

void rebuild(const Options& o) {
  require(!o.dataset.empty(), "--only needs --from DATASET, the dataset the sample is in");
  require(!o.out.empty(), "--out DIR is needed (a folder that does not exist yet)");
  rebuild_sample(o.dataset, o.only, o.out);
  std::printf("%s: sample %s made again from its recipe, the same bytes as in %s\n", o.out.c_str(), o.only.c_str(),
              o.dataset.c_str());
}

void check(const Options& o) {
  const auto progress = make_progress("checking", "sample", o.quiet);
  const Findings findings = check_dataset(o.dataset, o.jobs, *progress);
  for (const std::string& fault : findings.faults) std::printf("%s\n", fault.c_str());
  for (const std::string& warning : findings.warnings) std::printf("warning: %s\n", warning.c_str());
  require(findings.faults.empty(), "{}: {} faults", o.dataset.string(), findings.faults.size());
  std::printf("%s: every file is there and right\n", o.dataset.c_str());
}

// Means over the samples of one group of the table.
struct Group {
  int samples = 0;
  double face = 0, covered = 0, soft = 0;
  void add(const Measured& m) { ++samples, face += m.face_share, covered += m.covered_share, soft += m.soft_share; }
};

void print_groups(const char* title, const std::map<std::string, Group>& groups) {
  std::printf("%-24s %8s %10s %10s %10s\n", title, "samples", "face", "covered", "soft");
  for (const auto& [name, g] : groups)
    std::printf("%-24s %8d %9.1f%% %9.1f%% %9.1f%%\n", name.c_str(), g.samples, 100 * g.face / g.samples,
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

void stats(const Options& o) {
  const auto info = load_config<DatasetInfo>(o.dataset / "dataset.yaml");
  std::map<std::string, Group> splits, classes, sources;
  std::map<std::string, int64_t> rejections;
  std::vector<int> coverage(kCoverageBins, 0);
  double worst = 0;
  const fs::path manifest = o.dataset / "manifest.jsonl";
  LineReader reader(manifest);
  LineReader::Line line;
  for (int64_t number = 1; reader.next(line); ++number) {
    const SampleRecord record = record_from_json(line.text, fmt::format("{}:{}", manifest.string(), number));
    splits[record.recipe.split].add(record.measured);
    worst = std::max(worst, record.measured.recomposition);
    for (const auto& [reason, count] : record.rejections.reasons) rejections[reason] += count;
    if (record.recipe.occluders.empty()) {
      classes["(none)"].add(record.measured);
      continue;
    }
    ++coverage[std::clamp(static_cast<int>(record.measured.covered_share * kCoverageBins), 0, kCoverageBins - 1)];
    for (const OccluderRecipe& occluder : record.recipe.occluders) {
      classes[occluder.from.occluder_class].add(record.measured);
      sources[occluder.from.source].add(record.measured);
    }
  }
  print_groups("split", splits);
  print_groups("occluder class", classes);
  print_groups("occluder source", sources);
  std::printf("face: share of the frame; covered: share of the face; soft: pixels with 0 < alpha < 1\n");
  print_histogram(coverage);
  for (const auto& [reason, count] : rejections)
    std::printf("drawn again: %lld, %s\n", static_cast<long long>(count), reason.c_str());
  std::printf("replaced for unusable files: %d\n", info.replaced);
  std::printf("largest recomposition error: %.5f (1/255 = %.5f)\nlicences: %s\n", worst, 1.0 / 255, info.licence.c_str());
}

void preview(const Options& o) {
  require(!o.out.empty(), "--out FILE.png is needed");
  write_image(o.out, preview_sheet(o.dataset, {o.split, o.occluder_class, o.samples}));
  std::printf("%s\n", o.out.c_str());
}

void import(const Options& o) {
  require(!o.out.empty(), "--out SOURCE is needed (a folder that does not exist yet)");
  const auto progress = make_progress("importing", "file", o.quiet);
  const ImportReport report = import_source(o.import, o.out, o.jobs, *progress);
  for (const std::string& bad : report.bad) std::printf("left out: %s\n", bad.c_str());
  for (const std::string& warning : report.warnings) std::printf("warning: %s\n", warning.c_str());
  const auto number = [](int64_t n) { return static_cast<long long>(n); };
  std::printf("%s: %lld of %lld files taken\n", o.out.c_str(), number(report.taken), number(report.files));
  std::printf("polarity: %lld look right as stated, %lld would inverted\n", number(report.as_stated), number(report.inverted));
  std::printf("soft: %.2f%% of the pixels that are not 0, on average; %lld files have hardly any\n", 100 * report.soft,
              number(report.binary));
  std::printf("next: copy %s into your settings\n", (o.out / "source.yaml").c_str());
}

void pack(const Options& o) {
  require(!o.out.empty(), "--out DIR is needed (a folder that does not exist yet)");
  const auto progress = make_progress("packing", "sample", o.quiet);
  const PackReport report = pack_dataset(o.dataset, o.out, o.per_shard, *progress);
  std::printf("%s: %lld samples, %lld files in %lld shards\n", o.out.c_str(), static_cast<long long>(report.samples),
              static_cast<long long>(report.files), static_cast<long long>(report.shards));
}

void add_import_options(CLI::App& sub, Options& o) {
  ImportOptions& import = o.import;
  sub.add_option("--rgba", import.rgba, "RGBA PNG files of occluders")->type_name("DIR");
  sub.add_option("--colour", import.colour, "pictures of occluders ...")->type_name("DIR");
  sub.add_option("--alpha", import.alpha, "... and their alphas, of the same names")->type_name("DIR");
  sub.add_option("--images", import.images, "pictures of faces ...")->type_name("DIR");
  sub.add_option("--masks", import.masks, "... and their masks, of the same names")->type_name("DIR");
  sub.add_option("--suffix", import.suffix, "what the name of an alpha or mask has after the picture's, as _mask");
  sub.add_option("--polarity", import.polarity,
                 "what 1 means: visible_face or occluder (default: occluder for alphas, visible_face for masks)")
      ->check(CLI::IsMember({"visible_face", "occluder"}));
  sub.add_option("--white", import.white, "value of an 8-bit alpha or mask that means 1 (1 in label files)")
      ->check(CLI::Range(1, 255))
      ->capture_default_str();
  sub.add_option("--name", import.name, "name in reports (default: that of SOURCE)");
  sub.add_option("--licence", import.licence, "licence of the files")->capture_default_str();
  sub.add_option("--class", import.occluder_class, "class of occluders; folder: by the name of the folder")
      ->capture_default_str();
  sub.add_option("--bad", import.bad, "a file that cannot be used: stop, or skip and list it")
      ->check(CLI::IsMember({"stop", "skip"}))
      ->capture_default_str();
  sub.add_option("--out", o.out, "folder to make; must not exist")->type_name("SOURCE");
  sub.add_option("--jobs", o.jobs, "worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
}

void bench(const Options& o) {
  const bool own = !o.config.file.empty();
  const fs::path work = o.work.empty() ? fs::temp_directory_path() / fmt::format("facemat-bench-{}", ::getpid()) : o.work;
  PendingFolder folder(work);  // never committed: it goes with this scope
  const auto progress = make_progress("measuring", "sample", o.quiet);
  const DataConfig config =
      own ? load_config<DataConfig>(o.config.file, o.config.assignments) : bench_sources(folder.path(), 48, 48);
  const BenchOptions options{o.size, o.bench_samples, std::max(2, o.jobs)};
  std::printf("%dx%d, %d samples each, %s\n", o.size, o.size, o.bench_samples,
              own ? o.config.file.c_str() : "48 faces and 48 occluders of 512x512 (JPEG with PNG masks), drawn for this");
  const auto results = bench_samples(config, folder.path() / "out", options, *progress);
  for (size_t i = 0; i < results.size(); ++i) {
    const BenchResult& r = results[i];
    std::printf("  %-46s %2d worker%s  %7.1f samples/s", r.what.c_str(), r.workers, r.workers == 1 ? " " : "s",
                r.samples_per_second);
    if (r.workers > 1) std::printf("  x%.2f", r.samples_per_second / results[i - 1].samples_per_second);
    std::printf("  %5.0f MiB\n", r.resident_mib);
  }
  std::printf("  SOT colour transfer of a hand, %dx%d: %.0f ms\n", o.size, o.size, bench_sot(o.size));
}

CLI::App* command(CLI::App& app, const char* name, const char* about, const char* example, Options& o) {
  CLI::App* sub = app.add_subcommand(name, about);
  sub->footer(std::string("Example:\n  facemat data ") + example);
  sub->add_flag("--quiet", o.quiet, "no progress");
  return sub;
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  CLI::App app("Datasets for face matting: faces with occluders composited over them, and their exact alpha.", "facemat-data");
  app.require_subcommand(1);
  Options o;
  CLI::App* build_command = command(app, "build", "make a dataset", "build --config configs/data/demo.yaml --out DATA", o);
  add_config_options(*build_command, o.config);
  build_command->add_option("--out", o.out, "folder to make; must not exist")->type_name("DIR");
  build_command->add_option("--jobs", o.jobs, "worker threads; the result is the same for any number")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  build_command->add_option("--shard", o.shard, "make only block I of N; the last one to finish completes DIR")
      ->type_name("I/N");
  build_command->add_flag("--resume", o.resume, "go on with an unfinished build");
  build_command->add_option("--only", o.only, "make one sample of --from again, from its recipe")->type_name("SPLIT/NUMBER");
  build_command->add_option("--from", o.dataset, "the dataset of --only")->type_name("DIR");
  build_command->add_option("--seed", o.seed, "seed (sets 'seed')");
  CLI::App* check_command = command(app, "check", "read every file again and say what is wrong", "check DATA", o);
  CLI::App* stats_command =
      command(app, "stats", "what is in a dataset: coverage, softness, classes, licences", "stats DATA", o);
  CLI::App* preview_command =
      command(app, "preview", "a contact sheet to look at", "preview DATA --split test --out sheet.png", o);
  check_command->add_option("--jobs", o.jobs, "worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  CLI::App* import_command = command(app, "import", "make a checked source from a folder of files",
                                     "import --rgba STICKERS --licence CC0-1.0 --class accessory --out SOURCE", o);
  add_import_options(*import_command, o);
  CLI::App* pack_command =
      command(app, "pack", "a dataset as WebDataset tar shards", "pack DATA --out SHARDS --per-shard 1000", o);
  pack_command->add_option("--out", o.out, "folder to make; must not exist")->type_name("DIR");
  pack_command->add_option("--per-shard", o.per_shard, "samples in a tar file")
      ->check(CLI::Range(int64_t{1}, int64_t{1000000000}))
      ->capture_default_str();
  CLI::App* bench_command =
      command(app, "bench", "how fast samples are made on this machine", "bench  (or: facemat bench data)", o);
  add_config_options(*bench_command, o.config);
  bench_command->add_option("--size", o.size, "side of the frames")->check(CLI::Range(32, 2048))->capture_default_str();
  bench_command->add_option("--samples", o.bench_samples, "of each measurement")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  bench_command->add_option("--jobs", o.jobs, "workers to compare with one")->check(CLI::Range(1, 1024))->capture_default_str();
  bench_command->add_option("--work", o.work, "folder to work in; must not exist (default: in the system's)")->type_name("DIR");
  for (CLI::App* sub : {check_command, stats_command, preview_command, pack_command})
    sub->add_option("dataset", o.dataset, "a dataset's folder")->required()->type_name("DIR");
  preview_command->add_option("--out", o.out, "picture to write")->type_name("FILE.png");
  preview_command->add_option("--split", o.split, "split to show (default: the first)");
  preview_command->add_option("--class", o.occluder_class, "only samples with an occluder of this class");
  preview_command->add_option("--samples", o.samples, "how many")->check(CLI::Range(1, 300))->capture_default_str();
  return run_program(argc, argv, app, [&] {
    if (*build_command) o.only.empty() ? build(o) : rebuild(o);
    if (*check_command) check(o);
    if (*stats_command) stats(o);
    if (*preview_command) preview(o);
    if (*import_command) import(o);
    if (*pack_command) pack(o);
    if (*bench_command) bench(o);
  });
}
