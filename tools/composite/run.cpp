#include "tools/composite/run.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>

#include "src/core/error.h"
#include "src/core/program.h"
#include "src/core/progress.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
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

  // `note`: what its matte took.
  void frame(const std::string& note) {
    ++done_;
    if (total_ > 0) return bar_->update(done_, std::max(done_, total_), note);
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

bool lets_through(const cv::Mat& alpha) {
  double least = 0;
  if (!alpha.empty()) cv::minMaxLoc(at_depth(alpha, CV_8U), &least);
  return !alpha.empty() && least < 255;
}

// CV_32FC1; empty: none is asked for.
cv::Mat region_of(const CompositeCommand& command) {
  if (command.region.empty()) return {};
  return read_mask_file(command.region, {}, {"the swap shows where it is 255", "a region is 0 and 255"}).value;
}

std::string profile_text(const VideoInfo& info) { return info.profile.empty() ? "none" : info.profile; }

struct Output {
  const OutputKind* kind;
  std::unique_ptr<FrameSink> sink;
  bool own_alpha;  // keeps the target's
};

class Job {
 public:
  Job(const CompositeCommand& command, const CompositeConfig& config)
      : command_(command),
        config_(config),
        source_(open_target()),
        transparent_(is_transparent()),
        swap_needed_(needs_swap(command, config)),
        mattes_(open_mattes(command, config, *source_)),
        swaps_(swap_needed_ ? std::make_unique<SwapSource>(command, config, *source_) : nullptr),
        region_(region_of(command)),
        cuts_(config.cut_threshold),
        sheet_(source_->info().likely_frames),
        progress_(command.frames > 0 ? command.frames : source_->info().likely_frames, command.quiet) {
    open_outputs();
    say_limits();
    if (swap_needed_ && command.swap.empty() && config.effect.empty())
      progress_.message(fmt::format("no --swap and no --effect: the face gets the filter '{}'", kUsualEffect));
  }

  std::optional<CompositeFrame> read() {
    if (InterruptGuard::interrupted() || ended_ || (command_.frames > 0 && read_ == command_.frames)) {
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
      split_alpha(frame.target.image, frame.alpha);
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
    require(!ended_ || outcome_.frames + outcome_.kept > 0, "{}: ends before the target's first frame", ended_by_);
    for (PairedFrames* paired : pairs())
      if (!stopped_ && !ended_) add_note(paired->left_over());
    if (ended_)
      add_note(fmt::format("{}: ends before the target, so the result ends there, after {} frames", ended_by_,
                           outcome_.frames + outcome_.kept));
    add_note(mattes_->note(!stopped_ && !ended_));
    outcome_.without_face = mattes_->frames_without_face();
    if (late_alpha_ > 0)
      add_note(fmt::format("{}: transparent, though not in its first frame: shown over black (frames: {})", command_.target,
                           late_alpha_));
    finish_outputs();
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
  // With its alpha if it has any; what cannot be opened twice, without.
  std::unique_ptr<FrameSource> open_target() const {
    SourceOptions options = reading_of(command_, config_);
    std::unique_ptr<FrameSource> source = open_source(command_.target, options);
    if (!source->info().has_alpha || source->kind().live) return source;
    options.read.alpha = true;
    return open_source(command_.target, options);
  }

  // Whether its first frame lets something through: many pictures have an alpha channel that is opaque, and nothing to keep.
  bool is_transparent() const {
    if (!source_->info().has_alpha || source_->kind().live) return false;
    SourceOptions options = reading_of(command_, config_);
    options.read.alpha = true;
    std::optional<MediaFrame> first = open_source(command_.target, options)->next();
    if (!first) return false;
    cv::Mat alpha;
    split_alpha(first->image, alpha);
    return lets_through(alpha);
  }

  void open_outputs() {
    SinkOptions options;
    options.single = source_->kind().single;
    options.bits = config_.bits;
    options.premultiplied = config_.premultiplied;
    options.video = config_.video;
    options.pictures = config_.pictures;
    options.pipe = config_.pipe;
    options.rescale = config_.size_changes == "scale";
    options.resume = command_.resume;
    options.threads = command_.threads;
    options.sound = !command_.mute;
    for (const OutputKind& kind : output_kinds()) {
      const std::string& where = command_.outputs.at(kind.name);
      if (where.empty()) continue;
      const bool itself = kind.name == "out";  // the target's film; the others are made beside it
      options.clip = source_->info();
      if (!itself) options.clip.bits = 8, options.clip.light.clear(), options.clip.profile.clear();
      const bool own_alpha = itself && transparent_ && sink_holds_alpha(where, options);
      options.alpha = kind.alpha || own_alpha;
      options.tracks_from = source_->kind().film && itself ? command_.target : "";
      outputs_.push_back({&kind, open_sink(where, options), own_alpha});
      if (itself && transparent_ && !own_alpha)
        notes_.push_back(fmt::format("{}: transparent, which {} cannot keep: it is shown over black", command_.target, where));
      if (itself && source_->info().has_alpha && source_->kind().live)
        notes_.push_back(command_.target + ": its alpha is left out");
    }
  }

  // Before the work, what of the inputs will not be in the outputs.
  void say_limits() {
    const std::vector<std::string>& own = source_->info().notes;
    notes_.insert(notes_.begin(), own.begin(), own.end());
    if (!source_->info().profile_fault.empty() && !command_.outputs.at("out").empty())
      notes_.push_back(fmt::format("{}: its colour profile is left out: {}", command_.target, source_->info().profile_fault));
    notes_.push_back(mattes_->doubt());
    for (PairedFrames* paired : pairs()) {
      const std::vector<std::string>& others = paired->info().notes;
      notes_.insert(notes_.end(), others.begin(), others.end());
      notes_.push_back(paired->note());
      notes_.push_back(paired->turned_doubt(source_->files()));
    }
    if (!command_.region.empty())
      notes_.push_back(turned_doubt(source_->files(), command_.region.string(), {command_.region}, "the region has"));
    for (const Output& output : outputs_)
      for (const std::string& note : output.sink->notes()) notes_.push_back(note);
    if (PairedFrames* swap = swaps_ ? swaps_->film() : nullptr)
      if (swap->info().profile != source_->info().profile)
        notes_.push_back(fmt::format("{}: its colour profile ({}) is not the target's ({}): its colours are taken as they are",
                                     command_.swap, profile_text(swap->info()), profile_text(source_->info())));
    for (const std::string& note : notes_) warn(note);
    notes_.erase(std::remove(notes_.begin(), notes_.end(), ""), notes_.end());
    outcome_.limits = notes_;
  }

  std::vector<PairedFrames*> pairs() {
    std::vector<PairedFrames*> out = mattes_->films();
    if (PairedFrames* swap = swaps_ ? swaps_->film() : nullptr) out.push_back(swap);
    return out;
  }

  void add_note(const std::string& line) { outcome_.note += (outcome_.note.empty() || line.empty() ? "" : "\n") + line; }

  // The swap or the mattes have ended: so does the result, whatever the target goes on with.
  void end_at(CompositeFrame& frame, const std::string& path) {
    frame.beyond = true;
    if (!ended_.exchange(true)) ended_by_ = path;
  }

  bool all_have(const std::string& name) const {
    if (!command_.resume) return false;
    for (const Output& output : outputs_)
      if (!output.sink->has(name)) return false;
    return true;
  }

  // All that can be: what goes wrong with one takes nothing from the others.
  void finish_outputs() {
    std::exception_ptr first;
    const auto attempt = [&](const std::function<void()>& last_step) {
      try {
        last_step();
      } catch (const Error&) {
        if (!first) first = std::current_exception();
      }
    };
    for (const Output& output : outputs_) attempt([&] { output.sink->finish(!stopped_ && !ended_); });
    if (!command_.sheet.empty()) attempt([&] { write_image(command_.sheet, sheet_.picture()); });
    if (first) std::rethrow_exception(first);
  }

  void find_matte(CompositeFrame& frame) {
    if (frame.target.image.empty()) return mattes_->skip();
    const bool cut = config_.cuts == "auto" && !config_.stills && mattes_->remembers() && cuts_.is_cut(frame.target.image);
    outcome_.cuts += cut;
    FoundMatte found = mattes_->next(frame.target, cut);
    if (found.matte.alpha.empty()) return end_at(frame, found.ended_by);
    frame.matte = std::move(found.matte);
    frame.face_height = found.face_height;
  }

  void find_swap(CompositeFrame& frame) {
    if (frame.beyond) return;
    if (frame.done) return swaps_->skip();
    frame.swap = swaps_->next(frame.target, frame.face_height);
    if (frame.swap.empty()) end_at(frame, command_.swap);
  }

  void blend(CompositeFrame& frame) {
    if (frame.done || frame.beyond) return;
    require_fitting_region(frame.target);
    for (const Output& output : outputs_) {
      const cv::Mat picture = output.kind->picture(frame, config_, region_);
      const bool through = output.kind->name == "out" && lets_through(frame.alpha);
      late_alpha_ += through && !transparent_;
      frame.pictures.push_back(through || output.own_alpha ? with_target_alpha(picture, frame.alpha, output.own_alpha)
                                                           : picture);
    }
    if (!command_.sheet.empty() && sheet_.wants(blended_++)) sheet_.add(frame, composite_of(frame));
    frame.swap.release();
    frame.target.image.release();
  }

  void require_fitting_region(const MediaFrame& target) const {
    if (region_.empty() || region_.size() == target.image.size()) return;
    fail("{}: the region is {}x{}, the target {}x{}{}", command_.region.string(), region_.cols, region_.rows, target.image.cols,
         target.image.rows, turned_apart(source_->files(), target, command_.region, region_.size(), "region"));
  }

  cv::Mat composite_of(const CompositeFrame& frame) const {
    return composite(frame.target.image, frame.swap, frame.matte, config_.blend, region_);
  }

  void write(CompositeFrame& frame, size_t index) {
    if (frame.beyond) return;
    if (!frame.done && !outputs_[index].sink->has(frame.target.name)) {
      MediaFrame out = frame.target;
      out.image = std::move(frame.pictures[index]);
      outputs_[index].sink->write(out);
    }
    if (index + 1 < outputs_.size()) return;
    ++(frame.done ? outcome_.kept : outcome_.frames);
    progress_.frame(frame.matte.note);
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
  bool transparent_, swap_needed_;
  std::unique_ptr<MatteInput> mattes_;
  std::unique_ptr<SwapSource> swaps_;
  cv::Mat region_;
  CutDetector cuts_;
  Sheet sheet_;
  JobProgress progress_;
  std::vector<Output> outputs_;
  CompositeOutcome outcome_;
  int64_t read_ = 0, blended_ = 0;
  int64_t late_alpha_ = 0;          // frames that are transparent, though the first is not
  std::vector<std::string> notes_;  // said before the work
  std::string ended_by_;            // the input that ended before the target
  std::atomic<bool> stopped_{false}, ended_{false};
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
