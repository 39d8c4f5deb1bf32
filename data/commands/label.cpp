#include <cstdio>
#include <memory>

#include "data/annotate/annotator.h"
#include "data/commands/commands.h"
#include "data/label/labeller.h"
#include "data/label/shelf.h"
#include "src/core/error.h"
#include "src/core/measure.h"
#include "src/core/program.h"
#include "src/core/text.h"

namespace facemat {
namespace {

struct Options {
  LabelOptions label;
  fs::path annotator, out, check;
  std::vector<std::string> set;
  bool print = false, profile = false, quiet = false;
};

long long number(int64_t n) { return static_cast<long long>(n); }

int check_source(const Options& o) {
  require(o.label.inputs.empty() && o.out.empty() && o.annotator.empty(),
          "--check looks at what was labelled (allowed beside it: --rejects, --jobs, --quiet)");
  const auto progress = make_progress("checking", "picture", o.quiet);
  const CheckReport report = check_labels(o.check, o.label.rejects, o.label.workers, *progress);
  for (const std::string& name : report.unknown) std::printf("warning: %s is not there\n", printable(name).c_str());
  std::printf("%s: %lld faces, %lld that something covers, %lld removed\n", printable(o.check.string()).c_str(),
              number(report.faces), number(report.natural), number(report.removed));
  std::printf(
      "look: %s (darkened: no face; red: not to be believed); names of pictures you do not want, one a line, into a\n"
      "file for --check %s --rejects FILE\n",
      printable((o.check / "sheets").string()).c_str(), printable(o.check.string()).c_str());
  return 0;
}

void print_profile(const LabelReport& report, double seconds, int workers) {
  const StageSeconds spent = stage_seconds();
  const double all = processor_seconds(), pictures = static_cast<double>(report.looked_at);
  std::printf("%.1f s for %lld pictures: %.0f a minute with %d workers\n", seconds, number(report.looked_at),
              60 * pictures / seconds, workers);
  std::printf("processors: %.1f ms a picture, so %.0f a minute on each that is free\n", 1000 * all / pictures,
              60 * pictures / all);
  const auto line = [&](const char* stage, double taken) {
    std::printf("  %-10s %6.1f ms, %4.1f %%\n", stage, 1000 * taken / pictures, 100 * taken / all);
  };
  line("detector", spent.detect), line("landmarks", spent.landmarks), line("parsers", spent.parse), line("rules", spent.rules);
  line("the rest", all - spent.detect - spent.landmarks - spent.parse - spent.rules);
}

int label(Options& o) {
  if (!o.check.empty()) return check_source(o);
  o.label.annotator = load_annotator(o.annotator, o.set);
  if (o.print) {
    std::printf("%s", config_to_yaml(o.label.annotator).c_str());
    return 0;
  }
  require(!o.out.empty(), "--out SOURCE is needed (a folder that does not exist yet)");
  const auto progress = make_progress("labelling", "file", o.quiet);
  const Stopwatch watch;
  const LabelReport report = label_pictures(o.label, o.out, *progress);
  const double seconds = watch.seconds();
  std::printf("%s: of %lld pictures %lld faces, %lld that something covers, %lld rejects\n", printable(o.out.string()).c_str(),
              number(report.looked_at), number(report.faces), number(report.natural), number(report.rejects));
  for (const auto& [reason, count] : report.reasons)
    std::printf("  rejected: %lld, %s\n", number(count), printable(reason).c_str());
  if (o.profile) print_profile(report, seconds, o.label.workers);
  std::printf("look: %s (darkened: no face; red: not to be believed); then --check %s --rejects FILE\n",
              printable((o.out / "sheets").string()).c_str(), printable(o.out.string()).c_str());
  if (report.faces > 0)
    std::printf("next: facemat data build --config %s --out DATA\n", printable((o.out / "source.yaml").string()).c_str());
  return 0;
}

}  // namespace

Run declare_label(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_flag("--quiet", o->quiet, "no progress");
  app.add_option("inputs", o->label.inputs, "photographs, films, folders of them")->type_name("FILE|DIR");
  app.add_option("--annotator", o->annotator, "networks and rules (configs/annotators)")->type_name("FILE");
  app.add_option("--set", o->set, "a setting of it, as cleaning.ears=false")->type_name("KEY=VALUE");
  app.add_flag("--print-config", o->print, "print the annotator's settings and stop");
  app.add_option("--licence", o->label.licence, "of the pictures, as their origin states it; needed");
  app.add_option("--name", o->label.source, "of the source in manifests (default: that of SOURCE)");
  add_number(app, "--every", o->label.every, "frames of a film from one that is labelled to the next", 1, 1000000);
  app.add_option("--rejects", o->label.rejects, "names of pictures that you do not want, one a line")->type_name("FILE");
  app.add_option("--check", o->check, "make the sheets of a labelled source anew; with --rejects, those pictures go first")
      ->type_name("SOURCE");
  app.add_option("--out", o->out, "folder to make; must not exist")->type_name("SOURCE");
  app.add_flag("--resume", o->label.resume, "go on with what was interrupted");
  app.add_flag("--profile", o->profile, "say what took how long");
  o->label.workers = hardware_threads();
  add_number(app, "--jobs", o->label.workers, "worker threads", 1, 1024);
  app.footer(
      "Example:\n  facemat data label PHOTOGRAPHS --annotator configs/annotators/selfie_multiclass.yaml --licence CC0-1.0 "
      "--out SOURCE\n  facemat data label --check SOURCE --rejects unwanted.txt");
  return [o] { return label(*o); };
}

}  // namespace facemat
