#include "tools/composite/matte.h"

#include <algorithm>

#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "src/image/mask_file.h"
#include "src/image/pixels.h"
#include "src/runtime/faces/face_matter.h"
#include "src/runtime/predictors/matter.h"
#include "src/runtime/sources/alpha_source.h"
#include "tools/composite/outputs.h"

namespace facemat {
namespace {

// What --model or --source asks for, and how large the pictures are that it was made for (0: any).
struct MadePredictors {
  MakePredictor make;
  int side = 0;
};

MadePredictors predictors_of(const CompositeCommand& command, const CompositeConfig& config) {
  if (!command.source.empty()) {
    const AlphaSourceConfig source = load_alpha_source(command.source);
    return {[=, threads = command.threads] { return make_alpha_source(source, threads); }, 0};
  }
  SessionOptions session;
  session.threads = command.threads;
  const auto model = std::make_shared<const Model>(command.model, session);
  MatterOptions options;
  options.max_side = config.max_side;
  options.as_trained = true;
  return {[=] { return std::make_unique<Matter>(model, options); }, model->contract().train_size};
}

bool finds_faces(const CompositeCommand& command, const FacesConfig& faces) {
  if (faces.find.detector.kind == "whole") return false;
  return faces.use == "always" || (faces.use == "auto" && !command.model.empty());
}

class PredictedMattes : public MatteInput {
 public:
  // `stills`: each frame stands alone.
  PredictedMattes(const CompositeCommand& command, const CompositeConfig& config, bool stills) : stills_(stills) {
    MadePredictors made = predictors_of(command, config);
    std::unique_ptr<Predictor> predictor;
    if (finds_faces(command, config.faces)) {
      FaceConfig faces = config.faces.find;
      if (faces.crop.side == 0) faces.crop.side = made.side;
      if (stills && config.faces.stills == "thorough") faces.detector = for_stills(faces.detector);
      auto matter = std::make_unique<FaceMatter>(faces, std::move(made.make), command.threads);
      faces_ = matter.get();
      predictor = std::move(matter);
    } else {
      predictor = made.make();
    }
    predictor_ = smoothed(std::move(predictor), config.smooth);
  }

  FoundMatte next(const MediaFrame& frame, bool fresh) override {
    if (fresh || stills_) predictor_->reset();
    if (faces_) faces_->set_next_frame(index_);
    ++index_;
    FoundMatte found{predictor_->predict(at_depth(frame.image, CV_8U)), 0};
    if (faces_)
      for (const TrackedFace& face : faces_->faces())
        found.face_height = std::max(found.face_height, face.pose.side * kFaceOfCrop);
    return found;
  }
  void skip() override { ++index_; }
  bool remembers() const override { return !stills_; }
  int64_t frames_without_face() const override { return faces_ ? faces_->frames_without_face() : 0; }

 private:
  std::unique_ptr<Predictor> predictor_;
  FaceMatter* faces_ = nullptr;  // inside predictor_, if faces are looked for
  bool stills_;
  int64_t index_ = 0;
};

// The matte in a picture: its alpha channel, or its grey.
cv::Mat alpha_in(const cv::Mat& picture, bool own_alpha, const std::string& where) {
  const cv::Mat values = to_float(picture);
  std::vector<cv::Mat> channels;
  cv::split(values, channels);
  if (own_alpha) return channels[3];
  constexpr double kNearlyGrey = 8 / 255.;  // films and JPEG keep grey only so far
  const double colour =
      std::max(cv::norm(channels[0], channels[1], cv::NORM_INF), cv::norm(channels[1], channels[2], cv::NORM_INF));
  require(colour <= kNearlyGrey, "{}: a colour picture without alpha is no matte (allowed: grey, or an alpha channel)", where);
  return cv::min(cv::max((channels[0] + channels[1] + channels[2]) / 3, 0), 1);
}

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
      if (!stored) return {};
      alpha_ = alpha_in(*stored, paired_.info().has_alpha, path_);
    }
    if (alpha_.size() != frame.image.size())
      fail("{}: the matte of frame '{}' is {}x{}, the target {}x{}{}", path_, frame.name, alpha_.cols, alpha_.rows,
           frame.image.cols, frame.image.rows,
           turned_apart(target_files_, frame, paired_.file_of(frame), alpha_.size(), "matte"));
    return {{alpha_, {}}, 0};
  }
  void skip() override { paired_.skip(); }
  bool remembers() const override { return false; }
  PairedFrames* film() override { return &paired_; }
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
  return std::make_unique<PredictedMattes>(command, config, config.stills || target.kind().single);
}

}  // namespace facemat
