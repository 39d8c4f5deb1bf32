#include "tools/composite/matte.h"

#include <algorithm>

#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/core/progress.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/image/pixels.h"
#include "src/runtime/faces/face_matter.h"
#include "src/runtime/predictors/matter.h"
#include "src/runtime/sources/alpha_source.h"
#include "tools/composite/guides.h"
#include "tools/composite/outputs.h"

namespace facemat {
namespace {

// What --model or --source asks for, and how large the pictures are that it was made for (0: any).
struct MadePredictors {
  MakePredictor make;
  int side = 0;
};

bool finds_faces(const CompositeCommand& command, const FacesConfig& faces) {
  if (faces.find.detector.kind == "whole") return false;
  return faces.use == "always" || (faces.use == "auto" && !command.model.empty());
}

// `progress`: of a frame that takes long; null: nobody is told.
MadePredictors predictors_of(const CompositeCommand& command, const CompositeConfig& config, Progress* progress) {
  if (!command.source.empty()) {
    const AlphaSourceConfig source = load_alpha_source(command.source);
    SourceContext context;
    context.threads = command.threads, context.progress = progress;
    context.moved = finds_faces(command, config.faces);  // it sees crops of them
    return {[=] { return make_alpha_source(source, context); }, 0};
  }
  SessionOptions session;
  session.threads = command.threads;
  const auto model = std::make_shared<const Model>(command.model, session);
  MatterOptions options;
  options.max_side = config.max_side;
  options.as_trained = true;
  return {[=] { return std::make_unique<Matter>(model, options); }, model->contract().train_size};
}

// The matte in a picture: its alpha channel, or its grey.
cv::Mat alpha_in(const cv::Mat& picture, bool own_alpha, const std::string& where) {
  if (!own_alpha)
    return grey_of(picture, "a colour picture without alpha is no matte (allowed: grey, or an alpha channel)", where);
  cv::Mat alpha;
  cv::extractChannel(to_float(picture), alpha, 3);
  return alpha;
}

class PredictedMattes : public MatteInput {
 public:
  PredictedMattes(const CompositeCommand& command, const CompositeConfig& config, const FrameSource& target)
      : stills_(config.stills || target.kind().single) {
    if (target.kind().single) progress_ = make_progress("solving", "part", command.quiet);
    MadePredictors made = predictors_of(command, config, progress_.get());
    std::unique_ptr<Predictor> predictor;
    if (finds_faces(command, config.faces)) {
      FaceConfig faces = config.faces.find;
      if (faces.crop.side == 0) faces.crop.side = made.side;
      if (stills_ && config.faces.stills == "thorough") faces.detector = for_stills(faces.detector);
      auto matter = std::make_unique<FaceMatter>(faces, std::move(made.make), command.threads);
      faces_ = matter.get();
      predictor = std::move(matter);
    } else {
      predictor = made.make();
    }
    predictor_ = smoothed(std::move(predictor), config.smooth);
    const std::string who = command.source.empty() ? command.model.string() : command.source.string();
    guides_ = std::make_unique<GuideInputs>(command, config, predictor_->wishes(), who, target);
  }

  FoundMatte next(const MediaFrame& frame, bool fresh) override {
    if (fresh || stills_) predictor_->reset();
    if (faces_) faces_->set_next_frame(index_);
    ++index_;
    const std::optional<FrameGuides> guides = guides_->next(frame, fresh);
    if (!guides) return {{}, 0, guides_->ended_by()};
    if (guides_->too_early()) return untouched(frame);
    FoundMatte found{predictor_->predict_given(at_depth(frame.image, CV_8U), *guides)};
    if (!faces_ || !faces_->faces().empty()) guides_->carry(found.matte.alpha);  // a face that is away comes back
    if (faces_)
      for (const TrackedFace& face : faces_->faces())
        found.face_height = std::max(found.face_height, face.pose.side * kFaceOfCrop);
    return found;
  }
  void skip() override {
    ++index_;
    predictor_->skip();
    guides_->skip();
  }
  bool remembers() const override { return !stills_; }
  std::vector<PairedFrames*> films() override { return guides_->films(); }
  std::string doubt() const override { return guides_->doubt(); }
  std::string note(bool whole) const override { return guides_->note(whole); }
  int64_t frames_without_face() const override { return faces_ ? faces_->frames_without_face() : 0; }

 private:
  // A matte of 0: what cannot be told yet is left as it is.
  FoundMatte untouched(const MediaFrame& frame) {
    predictor_->skip();
    const cv::Mat nothing(frame.image.size(), CV_32FC1, cv::Scalar(0));
    return {{nothing, nothing}};
  }

  std::unique_ptr<Progress> progress_;  // of one picture; outlives the predictor
  std::unique_ptr<Predictor> predictor_;
  FaceMatter* faces_ = nullptr;  // inside predictor_, if faces are looked for
  bool stills_;                  // each frame stands alone
  std::unique_ptr<GuideInputs> guides_;
  int64_t index_ = 0;
};

ReadOptions deep_with_alpha() {
  ReadOptions options;
  options.bits = 16;
  options.alpha = true;
  return options;
}

class StoredMattes : public MatteInput {
 public:
  StoredMattes(const CompositeCommand& command, const FrameSource& target)
      : path_(command.alpha), target_files_(target.files()), paired_(path_, "the mattes have", deep(), target, command.target) {
    const int64_t own = paired_.info().frames, wanted = target.info().frames;
    require(paired_.single() || target.kind().film || own == 0 || wanted == 0 || own == wanted,
            "{}: {} mattes, the target has {} frames", path_, own, wanted);
  }

  FoundMatte next(const MediaFrame& frame, bool) override {
    if (!paired_.single() || alpha_.empty()) {
      const std::optional<cv::Mat> stored = paired_.next(frame);
      if (!stored) return {{}, 0, path_};
      alpha_ = alpha_in(*stored, paired_.info().has_alpha, path_);
    }
    if (alpha_.size() != frame.image.size())
      fail("{}: the matte of frame '{}' is {}x{}, the target {}x{}{}", path_, frame.name, alpha_.cols, alpha_.rows,
           frame.image.cols, frame.image.rows,
           turned_apart(target_files_, frame, file_of_frame(paired_.files(), frame.name), alpha_.size(), "matte"));
    return {{alpha_, {}}};
  }
  void skip() override { paired_.skip(); }
  bool remembers() const override { return false; }
  std::vector<PairedFrames*> films() override { return {&paired_}; }
  // Of what src/image reads: OpenEXR's floats have no such mistakes.
  std::string doubt() const override {
    std::vector<fs::path> files = paired_.files();
    files.erase(std::remove_if(files.begin(), files.end(), [](const auto& f) { return !has_extension(f, image_extensions()); }),
                files.end());
    const std::string reason = black_reason(files);
    return reason.empty() ? "" : fmt::format("{}: the mattes {} (255 means 1)", path_, reason);
  }

 private:
  static SourceOptions deep() {
    SourceOptions options;
    options.read = deep_with_alpha();
    return options;
  }

  std::string path_;
  std::vector<fs::path> target_files_;
  PairedFrames paired_;
  cv::Mat alpha_;
};

}  // namespace

std::unique_ptr<MatteInput> open_mattes(const CompositeCommand& command, const CompositeConfig& config,
                                        const FrameSource& target) {
  if (!command.alpha.empty()) return std::make_unique<StoredMattes>(command, target);
  return std::make_unique<PredictedMattes>(command, config, target);
}

}  // namespace facemat
