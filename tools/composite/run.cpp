#include "tools/composite/run.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>

#include "src/core/error.h"
#include "src/core/progress.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/sheet.h"
#include "src/media/frames/cuts.h"
#include "src/media/streams/sinks.h"
#include "src/media/streams/sources.h"
#include "tools/composite/interrupt.h"
#include "tools/composite/matte.h"
#include "tools/composite/outputs.h"
#include "tools/composite/swap.h"

namespace facemat {
namespace {

// Rows of target, matte, swap, result: a few, evenly spread when the length is known.
class Sheet {
 public:
  explicit Sheet(int64_t count) : step_(std::max<int64_t>(1, count / kRows)) {}

  bool wants(int64_t index) const { return index % step_ == 0 && tiles_.size() < kRows * 4; }
  void add(const CompositeFrame& frame, const cv::Mat& result) {
    tiles_.push_back({at_depth(frame.target.image, CV_8U).clone(), "target"});
    tiles_.push_back({to_u8(frame.matte.alpha), "matte"});
    tiles_.push_back({at_depth(frame.swap, CV_8U).clone(), "swap"});
    tiles_.push_back({at_depth(result, CV_8U).clone(), "result"});
  }
  cv::Mat picture() const { return contact_sheet(tiles_, 4, 320); }

 private:
  static constexpr size_t kRows = 6;
  int64_t step_;
  std::vector<Tile> tiles_;
};

// Counts frames; where the end is unknown, a plain line every few seconds.
class JobProgress {
 public:
  JobProgress(int64_t total, bool quiet) : total_(total), bar_(make_progress("compositing", "frame", quiet)) {}

  void frame() {
    ++done_;
    if (total_ > 0) return bar_->update(done_, std::max(done_, total_));
    constexpr double kSeconds = 5;
    if (watch_.seconds() < kSeconds * (lines_ + 1)) return;
    ++lines_;
    bar_->message(fmt::format("compositing {} frames, {:.1f}/s", done_, done_ / watch_.seconds()));
  }
  void message(const std::string& line) { bar_->message(line); }

 private:
  int64_t total_, done_ = 0, lines_ = 0;
  Stopwatch watch_;
  std::unique_ptr<Progress> bar_;
};

struct Output {
  const OutputKind* kind;
  std::unique_ptr<FrameSink> sink;
};

class Job {
 public:
  Job(const CompositeCommand& command, const CompositeConfig& config)
      : command_(command),
        config_(config),
        source_(open_target()),
        swap_needed_(needs_swap(command, config)),
        mattes_(open_mattes(command, config, *source_)),
        swaps_(swap_needed_ ? std::make_unique<SwapSource>(command, config, *source_) : nullptr),
        region_(command.region.empty() ? cv::Mat() : read_mask(command.region)),
        cuts_(config.cut_threshold),
        sheet_(source_->info().likely_frames),
        progress_(command.frames > 0 ? command.frames : source_->info().likely_frames, command.quiet) {
    open_outputs();
    if (swap_needed_ && command.swap.empty() && config.effect.empty())
      progress_.message(fmt::format("no --swap and no --effect: the face gets the filter '{}'", kUsualEffect));
  }

  std::optional<CompositeFrame> read() {
    if (InterruptGuard::interrupted() || (command_.frames > 0 && read_ == command_.frames)) {
      stopped_ = true;
      return std::nullopt;
    }
    CompositeFrame frame;
    frame.done = all_have(source_->next_name());
    if (frame.done && !mattes_->remembers()) {
      if (!source_->skip()) return std::nullopt;
    } else {
      std::optional<MediaFrame> next = source_->next();
      if (!next) return std::nullopt;
      frame.target = *std::move(next);
    }
    ++read_;
    return frame;
  }

  std::vector<Stage<CompositeFrame>> stages() {
    std::vector<Stage<CompositeFrame>> stages = {{"matte", [this](CompositeFrame& f) { find_matte(f); }}};
    if (swaps_) stages.push_back({"swap", [this](CompositeFrame& f) { find_swap(f); }});
    stages.push_back({"composite", [this](CompositeFrame& f) { blend(f); }});
    for (size_t i = 0; i < outputs_.size(); ++i)
      stages.push_back({outputs_[i].kind->name, [this, i](CompositeFrame& f) { write(f, i); }});
    return stages;
  }

  CompositeOutcome finish() {
    outcome_.interrupted = InterruptGuard::interrupted();
    require(read_ > 0, "{}: {}", command_.target, outcome_.interrupted ? "stopped before the first frame" : "no frames");
    if (!stopped_) mattes_->check_end();
    if (!stopped_ && swaps_) outcome_.note = swaps_->left_over();
    outcome_.without_face = mattes_->frames_without_face();
    for (const Output& output : outputs_) output.sink->finish(!stopped_);
    if (!command_.sheet.empty()) write_image(command_.sheet, sheet_.picture());
    return outcome_;
  }

  // After a failure: where the disk was full, the other outputs are finished too, as far as that goes.
  void rescue() {
    bool full = false;
    for (const Output& output : outputs_) full = full || output.sink->full();
    for (const Output& output : outputs_)
      if (full && !output.sink->full()) finish_quietly(*output.sink);
  }

 private:
  std::unique_ptr<FrameSource> open_target() const {
    SourceOptions options;
    options.read.bits = config_.bits;
    options.read.threads = command_.threads;
    options.rate = config_.rate;
    options.raw = command_.raw;
    options.camera = command_.camera;
    return open_source(command_.target, options);
  }

  void open_outputs() {
    SinkOptions options;
    options.single = source_->kind().single;
    options.clip = source_->info();
    options.bits = config_.bits;
    options.premultiplied = config_.premultiplied;
    options.video = config_.video;
    options.pictures = config_.pictures;
    options.pipe = config_.pipe;
    options.rescale = config_.size_changes == "scale";
    options.resume = command_.resume;
    options.threads = command_.threads;
    for (const OutputKind& kind : output_kinds()) {
      const std::string& where = command_.outputs.at(kind.name);
      if (where.empty()) continue;
      options.alpha = kind.alpha;
      options.audio_from = source_->kind().film && !command_.mute && kind.name == "out" ? command_.target : "";
      outputs_.push_back({&kind, open_sink(where, options)});
    }
  }

  bool all_have(const std::string& name) const {
    if (!command_.resume) return false;
    for (const Output& output : outputs_)
      if (!output.sink->has(name)) return false;
    return true;
  }

  void find_matte(CompositeFrame& frame) {
    if (frame.target.image.empty()) return mattes_->skip();
    const bool cut = config_.cuts == "auto" && !config_.stills && mattes_->remembers() && cuts_.is_cut(frame.target.image);
    outcome_.cuts += cut;
    FoundMatte found = mattes_->next(frame.target, cut);
    frame.matte = std::move(found.matte);
    frame.face_height = found.face_height;
  }

  void find_swap(CompositeFrame& frame) {
    if (frame.done)
      swaps_->skip();
    else
      frame.swap = swaps_->next(frame.target, frame.face_height);
  }

  void blend(CompositeFrame& frame) {
    if (frame.done) return;
    for (const Output& output : outputs_) frame.pictures.push_back(output.kind->picture(frame, config_, region_));
    if (!command_.sheet.empty() && sheet_.wants(blended_++)) sheet_.add(frame, composite_of(frame));
    frame.swap.release();
    frame.target.image.release();
  }

  cv::Mat composite_of(const CompositeFrame& frame) const {
    return composite(frame.target.image, frame.swap, frame.matte, config_.blend, region_);
  }

  void write(CompositeFrame& frame, size_t index) {
    if (!frame.done && !outputs_[index].sink->has(frame.target.name)) {
      MediaFrame out = frame.target;
      out.image = std::move(frame.pictures[index]);
      outputs_[index].sink->write(out);
    }
    if (index + 1 < outputs_.size()) return;
    ++(frame.done ? outcome_.kept : outcome_.frames);
    progress_.frame();
  }

  static void finish_quietly(FrameSink& sink) {
    try {
      sink.finish(false);
    } catch (const Error&) {  // the disk is full; the first failure is the one to tell
    }
  }

  const CompositeCommand& command_;
  const CompositeConfig& config_;
  std::unique_ptr<FrameSource> source_;
  bool swap_needed_;
  std::unique_ptr<MatteInput> mattes_;
  std::unique_ptr<SwapSource> swaps_;
  cv::Mat region_;
  CutDetector cuts_;
  Sheet sheet_;
  JobProgress progress_;
  std::vector<Output> outputs_;
  CompositeOutcome outcome_;
  int64_t read_ = 0, blended_ = 0;
  std::atomic<bool> stopped_{false};
};

}  // namespace

CompositeOutcome run_composite(const CompositeCommand& command, const CompositeConfig& config, bool overlap) {
  Job job(command, config);
  const std::function<std::optional<CompositeFrame>()> read = [&] { return job.read(); };
  std::vector<StageTime> times;
  const Stopwatch all;
  try {
    times = overlap ? run_pipeline(read, job.stages()) : run_one_by_one(read, job.stages());
  } catch (...) {
    job.rescue();
    throw;
  }
  const Stopwatch watch;
  CompositeOutcome outcome = job.finish();
  times.back().busy_seconds += watch.seconds();  // encoders still hold frames
  outcome.stages = std::move(times);
  outcome.seconds = all.seconds();
  return outcome;
}

}  // namespace facemat
