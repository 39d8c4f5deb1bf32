#include <cstdio>
#include <memory>

#include "data/commands/commands.h"
#include "data/store/packer.h"
#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

struct Options {
  fs::path dataset, out;
  int64_t per_shard = 1000;
  bool quiet = false;
};

int pack(const Options& o) {
  require(!o.out.empty(), "--out DIR is needed (a folder that does not exist yet)");
  const auto progress = make_progress("packing", "sample", o.quiet);
  const PackReport report = pack_dataset(o.dataset, o.out, o.per_shard, *progress);
  std::printf("%s: %lld samples, %lld files in %lld shards\n", printable(o.out.string()).c_str(),
              static_cast<long long>(report.samples), static_cast<long long>(report.files),
              static_cast<long long>(report.shards));
  return 0;
}

}  // namespace

Run declare_pack(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_flag("--quiet", o->quiet, "no progress");
  app.add_option("--out", o->out, "folder to make; must not exist")->type_name("DIR");
  add_number(app, "--per-shard", o->per_shard, "samples in a tar file", int64_t{1}, int64_t{1000000000});
  app.add_option("dataset", o->dataset, "a dataset's folder")->required()->type_name("DIR");
  app.footer("Example:\n  facemat data pack DATA --out SHARDS --per-shard 1000");
  return [o] { return pack(*o); };
}

}  // namespace facemat
