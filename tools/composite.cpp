// facemat-composite: puts a swapped face or a filter under whatever covers the face, in images, folders and videos.

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "src/core/error.h"
#include "src/core/program.h"
#include "src/core/progress.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/sheet.h"
#include "src/runtime/compositor.h"
#include "src/runtime/effects.h"
#include "src/runtime/matter.h"
#include "tools/composite_bench.h"
#include "tools/composite_config.h"
#include "src/media/frames.h"

namespace {

using namespace facemat;

struct Options {
  ConfigOptions config;
  fs::path model, target, swap, region, out, alpha_out, sheet;
  std::string effect;
  int threads = hardware_threads(), rounds = 15;
  bool mute = false, stills = false, quiet = false, json = false;
};

constexpr const char* kExample =
    "Target, swap and output are images, folders of images or videos, by what they are.\n"
    "Example:\n"
    "  facemat-composite --model model.onnx --target film.mp4 --swap swapped.mp4 --out result.mp4\n"
    "  facemat-composite --model model.onnx --target face.png --effect paint --out result.png --side-by-side sheet.png";

void declare(CLI::App& app, Options& o) {
  add_config_options(app, o.config);
  app.add_option("--model", o.model, "exported model ('facemat export')")->type_name("FILE.onnx");
  app.add_option("--target", o.target, "what has the face")->type_name("PATH");
  app.add_option("--swap", o.swap, "the same with the face swapped or filtered; one image serves every frame")
      ->type_name("PATH");
  app.add_option("--effect", o.effect, "a filter instead of a swap (blur, cartoon, paint, tint; sets 'effect')")
      ->type_name("NAME");
  app.add_option("--region", o.region, "grey image of the frames' size: the swap shows where it is white")->type_name("FILE");
  app.add_option("--out", o.out, "result: image, new folder, or .mp4, .mov, .mkv")->type_name("PATH");
  app.add_option("--alpha-out", o.alpha_out, "also write the mattes (white: visible face)")->type_name("PATH");
  app.add_option("--side-by-side", o.sheet, "also write a sheet: target, matte, swap, result")->type_name("FILE");
  app.add_flag("--stills", o.stills, "a folder holds independent pictures (sets 'stills')");
  app.add_flag("--mute", o.mute, "leave out the target's sound");
  app.add_option("--threads", o.threads, "CPU threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_flag("--quiet", o.quiet, "no progress");
  app.add_flag("--json", o.json, "print the outcome as JSON");
  app.footer(kExample);
}

CLI::App* declare_bench(CLI::App& app, Options& o) {
  CLI::App* sub = app.add_subcommand("bench", "how fast frames are composited on this machine");
  sub->add_option("--rounds", o.rounds, "times that each way is measured")->check(CLI::Range(1, 10000))->capture_default_str();
  sub->footer("Example:\n  facemat bench composite");
  return sub;
}

CompositeConfig resolved(const Options& o) {
  CompositeConfig config = load_config<CompositeConfig>(o.config.file, o.config.assignments);
  if (!o.effect.empty()) config.effect = o.effect;
  config.stills = config.stills || o.stills;
  return config;
}

bool same_place(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return !a.empty() && !b.empty() && fs::weakly_canonical(a, ignored) == fs::weakly_canonical(b, ignored);
}

void check(const Options& o, const CompositeConfig& config) {
  require(!o.model.empty(), "--model FILE.onnx is needed (made by 'facemat export')");
  require(!o.target.empty(), "--target PATH is needed (an image, a folder of images or a video)");
  require(!o.out.empty(), "--out PATH is needed");
  require(o.swap.empty() != config.effect.empty(), "give either --swap PATH or --effect NAME{}",
          o.swap.empty() ? "" : ", not both");
  const fs::path outputs[] = {o.out, o.alpha_out, o.sheet};
  for (size_t i = 0; i < std::size(outputs); ++i) {
    for (const fs::path& input : {o.model, o.target, o.swap, o.region})
      require(!same_place(outputs[i], input), "{}: would overwrite an input", outputs[i].string());
    for (size_t j = 0; j < i; ++j)
      require(!same_place(outputs[i], outputs[j]), "{}: two outputs cannot share one place", outputs[i].string());
  }
}

// The frame to show on the face, for each frame of the target.
class SwapSource {
 public:
  SwapSource(const Options& o, const CompositeConfig& config) : path_(o.swap) {
    if (path_.empty()) {
      effect_ = &find_effect(config.effect);
      return;
    }
    source_ = open_source(path_);
    still_ = medium_of(path_) == Medium::kImage;
    by_name_ = medium_of(path_) == Medium::kFolder && medium_of(o.target) == Medium::kFolder;
  }

  cv::Mat for_frame(const NamedFrame& target) {
    if (effect_) return effect_->apply(target.image);
    if (still_ && !frame_.image.empty()) return frame_.image;
    std::optional<NamedFrame> next = source_->next();
    require(next.has_value(), "{}: the swap ends before the target, at frame '{}'", path_.string(), target.name);
    require(!by_name_ || next->name == target.name,
            "{}: the swap has '{}' where the target has '{}' (both need the same names)", path_.string(), next->name,
            target.name);
    frame_ = *std::move(next);
    return frame_.image;
  }

 private:
  fs::path path_;
  const Effect* effect_ = nullptr;
  std::unique_ptr<FrameSource> source_;
  bool still_ = false, by_name_ = false;
  NamedFrame frame_;
};

// Rows of target, matte, swap, result: a few, evenly spread when the length is known.
class Sheet {
 public:
  explicit Sheet(int64_t count) : step_(std::max<int64_t>(1, count / kRows)) {}

  void add(int64_t index, const cv::Mat& target, const cv::Mat& alpha, const cv::Mat& swap, const cv::Mat& result) {
    if (index % step_ != 0 || tiles_.size() >= kRows * 4) return;
    tiles_.push_back({target.clone(), "target"});
    tiles_.push_back({to_u8(alpha), "matte"});
    tiles_.push_back({swap.clone(), "swap"});
    tiles_.push_back({result.clone(), "result"});
  }
  cv::Mat picture() const { return contact_sheet(tiles_, 4, 320); }

 private:
  static constexpr size_t kRows = 6;
  int64_t step_;
  std::vector<Tile> tiles_;
};

SinkOptions sink_options(const Options& o, const CompositeConfig& config, Medium medium) {
  SinkOptions options;
  options.rate_num = static_cast<int>(std::lround(config.rate * 1000));
  options.rate_den = 1000;
  if (medium == Medium::kVideo) {
    const VideoInfo info = VideoReader(o.target).info();
    options.rate_num = info.rate_num;
    options.rate_den = info.rate_den;
    if (!o.mute) options.audio_from = o.target;
  }
  return options;
}

int64_t composite_all(const Options& o, const CompositeConfig& config) {
  MatterOptions matter_options;
  matter_options.threads = o.threads;
  matter_options.max_side = config.max_side;
  matter_options.as_trained = true;
  Matter matter(o.model, matter_options);
  SwapSource swaps(o, config);
  const Medium medium = medium_of(o.target);
  const auto source = open_source(o.target);
  SinkOptions options = sink_options(o, config, medium);
  const auto sink = open_sink(o.out, medium, options);
  options.audio_from.clear();
  const auto alpha_sink = o.alpha_out.empty() ? nullptr : open_sink(o.alpha_out, medium, options);
  Sheet sheet(source->count());
  const cv::Mat region = o.region.empty() ? cv::Mat() : read_mask(o.region);
  const auto progress = make_progress("compositing", "frame", o.quiet);

  int64_t frames = 0;
  while (const std::optional<NamedFrame> frame = source->next()) {
    if (config.stills) matter.reset();
    const Matte matte = matter.predict(frame->image);
    const cv::Mat& alpha = matte.alpha;
    const cv::Mat swap = swaps.for_frame(*frame);
    const cv::Mat result = composite(frame->image, swap, matte, config.blend, region);
    sink->write({frame->name, result});
    if (alpha_sink) alpha_sink->write({frame->name, to_u8(alpha)});
    if (!o.sheet.empty()) sheet.add(frames, frame->image, alpha, swap, result);
    progress->update(++frames, std::max(frames, source->count()));
  }
  require(frames > 0, "{}: no frames", o.target.string());
  sink->finish();
  if (alpha_sink) alpha_sink->finish();
  if (!o.sheet.empty()) write_image(o.sheet, sheet.picture());
  return frames;
}

void print_outcome(const Options& o, int64_t frames, double seconds) {
  if (o.json) {
    const nlohmann::json json = {{"frames", frames}, {"seconds", seconds}, {"out", o.out.string()}};
    fmt::print("{}\n", json.dump());
  } else {
    fmt::print("{}: {} frame{} in {:.1f} s\n", o.out.string(), frames, frames == 1 ? "" : "s", seconds);
  }
}

void run(const Options& o) {
  const CompositeConfig config = resolved(o);
  if (o.config.print) {
    std::fputs(config_to_yaml(config).c_str(), stdout);
    return;
  }
  check(o, config);
  cv::setNumThreads(o.threads);
  const auto start = std::chrono::steady_clock::now();
  const int64_t frames = composite_all(o, config);
  print_outcome(o, frames, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

void bench(const Options& o) {
  constexpr int kWidth = 1920, kHeight = 1080;
  fmt::print("milliseconds a frame of {}x{} with {:.0f} % of its matte soft, one thread, medians of {}\n", kWidth, kHeight,
             100 * soft_share(kWidth, kHeight), o.rounds);
  for (const CompositeTime& time : bench_composite(kWidth, kHeight, o.rounds))
    fmt::print("  {:<26}{:8.2f}\n", time.name, time.milliseconds);
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  CLI::App app("Puts a swapped face or a filter under whatever covers the face.", "facemat-composite");
  Options options;
  declare(app, options);
  const CLI::App* benchmark = declare_bench(app, options);
  return run_program(argc, argv, app, [&] { *benchmark ? bench(options) : run(options); });
}
