#include "data/store/builder.h"

#include <cstdio>
#include <memory>
#include <optional>

#include "data/commands/commands.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/program.h"
#include "src/core/text.h"

namespace facemat {
namespace {

struct Options {
  ConfigOptions config;
  fs::path out, from;
  std::string shard, only;
  int jobs = hardware_threads();
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

int build(const Options& o) {
  auto config = load_config<DataConfig>(o.config.file, o.config.assignments);
  if (o.seed) config.seed = *o.seed;
  if (o.config.print) {
    std::fputs(config_to_yaml(config).c_str(), stdout);
    return 0;
  }
  require(!o.out.empty(), "--out DIR is needed (a folder that does not exist yet)");
  const auto [shard, shards] = parse_shard(o.shard);
  const auto progress = make_progress("building", "sample", o.quiet);
  const auto info = build_dataset(config, o.out, {o.jobs, shard, shards, o.resume}, *progress);
  if (!info) {
    std::printf("shard %d of %d is done; %s appears with the last one\n", shard, shards, printable(o.out.string()).c_str());
    return 0;
  }
  std::printf("%s: %d samples, %d frames of %dx%d, alpha 1 = visible face\nlicences: %s\n", printable(o.out.string()).c_str(),
              info->samples, info->frames, config.size, config.size, printable(info->licence).c_str());
  if (info->rejected > 0) std::printf("drawn again: %d that covered too little or too much of the face\n", info->rejected);
  if (info->replaced > 0)
    std::printf("replaced: %d draws with a file that cannot be used (listed in manifest.jsonl)\n", info->replaced);
  std::printf("look: facemat data preview %s --out sheet.png\n", printable(o.out.string()).c_str());
  return 0;
}

int rebuild(const Options& o) {
  require(!o.from.empty(), "--only needs --from DATASET, the dataset the sample is in");
  require(!o.out.empty(), "--out DIR is needed (a folder that does not exist yet)");
  rebuild_sample(o.from, o.only, o.out);
  std::printf("%s: sample %s made again from its recipe, the same bytes as in %s\n", printable(o.out.string()).c_str(),
              printable(o.only).c_str(), printable(o.from.string()).c_str());
  return 0;
}

}  // namespace

Run declare_build(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_flag("--quiet", o->quiet, "no progress");
  add_config_options(app, o->config);
  app.add_option("--out", o->out, "folder to make; must not exist")->type_name("DIR");
  add_number(app, "--jobs", o->jobs, "worker threads; the result is the same for any number", 1, 1024);
  app.add_option("--shard", o->shard, "make only block I of N; the last one to finish completes DIR")->type_name("I/N");
  app.add_flag("--resume", o->resume, "go on with an unfinished build");
  CLI::Option* only = app.add_option("--only", o->only, "make one sample of --from again, from its recipe");
  only->type_name("SPLIT/NUMBER");
  app.add_option("--from", o->from, "the dataset of --only")->type_name("DIR")->needs(only);
  app.add_option("--seed", o->seed, "seed (sets 'seed')");
  app.footer("Example:\n  facemat data build --config configs/data/demo.yaml --out DATA");
  return [o, &app] {
    if (o->only.empty()) return build(*o);
    // The dataset has its settings, and the sample its recipe.
    for (const char* option : {"--config", "--set", "--print-config", "--shard", "--resume", "--seed"})
      require(app.count(option) == 0, "{} does not go with --only", option);
    return rebuild(*o);
  };
}

}  // namespace facemat
