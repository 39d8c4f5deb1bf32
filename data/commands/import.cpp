#include <cstdio>
#include <memory>

#include "data/commands/commands.h"
#include "data/commands/importer.h"
#include "src/core/error.h"
#include "src/core/program.h"
#include "src/core/text.h"

namespace facemat {
namespace {

struct Options {
  ImportOptions import;
  fs::path out;
  int jobs = hardware_threads();
  bool quiet = false;
};

int import(const Options& o) {
  require(!o.out.empty(), "--out SOURCE is needed (a folder that does not exist yet)");
  const auto progress = make_progress("importing", "file", o.quiet);
  const ImportReport report = import_source(o.import, o.out, o.jobs, *progress);
  for (const std::string& bad : report.bad) std::printf("left out: %s\n", printable(bad).c_str());
  for (const std::string& warning : report.warnings) std::printf("warning: %s\n", printable(warning).c_str());
  const auto number = [](int64_t n) { return static_cast<long long>(n); };
  std::printf("%s: %lld of %lld files taken\n", printable(o.out.string()).c_str(), number(report.taken), number(report.files));
  std::printf("polarity: %lld look right as stated, %lld would inverted\n", number(report.as_stated), number(report.inverted));
  std::printf("soft: %.2f%% of the pixels that are not 0, on average; %lld files have hardly any\n", 100 * report.soft,
              number(report.binary));
  std::printf("next: copy %s into your settings\n", printable((o.out / "source.yaml").string()).c_str());
  return 0;
}

void declare_files(CLI::App& app, ImportOptions& import) {
  app.add_option("--rgba", import.rgba, "RGBA PNG or WebP files of occluders")->type_name("DIR");
  app.add_option("--colour", import.colour, "pictures of occluders ...")->type_name("DIR");
  app.add_option("--alpha", import.alpha, "... and their alphas, of the same names")->type_name("DIR");
  app.add_option("--images", import.images, "pictures of faces ...")->type_name("DIR");
  app.add_option("--masks", import.masks, "... and their masks, of the same names")->type_name("DIR");
  app.add_option("--cut", import.cut, "cut faces out of their photographs by this annotator's detector and crop rule")
      ->type_name("FILE");
  app.add_option("--suffix", import.suffix, "what the name of an alpha or mask has after the picture's, as _mask");
  app.add_option("--polarity", import.polarity,
                 "what 1 means: visible_face or occluder (default: occluder for alphas, visible_face for masks)")
      ->check(CLI::IsMember({"visible_face", "occluder"}));
  add_number(app, "--white", import.white, "value of an 8-bit alpha or mask that means 1 (1 in files of 0 and 1)", 1, 255);
  app.add_option("--labels", import.labels, "masks hold labels: the values that make the face, as 1,10,14")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0, 65535));
  app.add_option("--ignore", import.ignore, "with --labels: the value of pixels that nobody labelled; they get trust 0")
      ->check(CLI::Range(0, 65535));
}

void declare_source(CLI::App& app, ImportOptions& import) {
  app.add_option("--name", import.name, "name in reports (default: that of SOURCE)");
  app.add_option("--licence", import.licence, "licence of the files")->capture_default_str();
  app.add_option("--class", import.occluder_class, "class of occluders; folder: by the name of the folder")
      ->capture_default_str();
  app.add_option("--bad", import.bad, "a file that cannot be used: stop, or skip and list it")
      ->check(CLI::IsMember({"stop", "skip"}))
      ->capture_default_str();
}

}  // namespace

Run declare_import(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_flag("--quiet", o->quiet, "no progress");
  declare_files(app, o->import);
  declare_source(app, o->import);
  app.add_option("--out", o->out, "folder to make; must not exist")->type_name("SOURCE");
  add_number(app, "--jobs", o->jobs, "worker threads", 1, 1024);
  app.footer("Example:\n  facemat data import --rgba STICKERS --licence CC0-1.0 --class accessory --out SOURCE");
  return [o] { return import(*o); };
}

}  // namespace facemat
