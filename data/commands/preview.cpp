#include "data/store/preview.h"

#include <cstdio>
#include <memory>

#include "data/commands/commands.h"
#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

struct Options {
  fs::path dataset, out;
  PreviewOptions preview;
};

int preview(const Options& o) {
  require(!o.out.empty(), "--out FILE.png is needed");
  write_image(o.out, preview_sheet(o.dataset, o.preview));
  std::printf("%s\n", printable(o.out.string()).c_str());
  return 0;
}

}  // namespace

Run declare_preview(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_flag("--quiet", "no progress");  // as every command of the program; there is none to silence here
  app.add_option("dataset", o->dataset, "a dataset's folder")->required()->type_name("DIR");
  app.add_option("--out", o->out, "picture to write")->type_name("FILE.png");
  app.add_option("--split", o->preview.split, "split to show (default: the first)");
  app.add_option("--class", o->preview.occluder_class, "only samples with an occluder of this class");
  add_number(app, "--samples", o->preview.samples, "how many", 1, 300);
  app.footer("Example:\n  facemat data preview DATA --split test --out sheet.png");
  return [o] { return preview(*o); };
}

}  // namespace facemat
