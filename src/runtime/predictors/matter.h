#pragma once
// The exported model as a Predictor: frames in, visible-face alpha out, whatever the network behind it is.

#include <filesystem>
#include <memory>

#include "src/image/predictor.h"
#include "src/runtime/onnx/session.h"
#include "src/runtime/predictors/matter_state.h"

namespace facemat {

struct MatterOptions {
  int threads = 0;   // of the model; 0: as many as the machine has
  int max_side = 0;  // longest side the model sees, pixels; larger frames are shrunk and the alpha is enlarged; 0: no limit
  bool as_trained =
      false;  // where max_side is 0: no larger than the model's training pictures, if its contract states their size
  // For models with a ratio_input: the share of width and height the network works at, its refiner at full size, above 0 and at
  // most 1. 0: the contract's own if it is below 1, else automatic_ratio() of what the model sees.
  double ratio = 0;
  bool stretch = false;              // a model of fixed size sees frames stretched to it; false: fitted in (see predict)
  std::string provider = "cpu";      // with which ONNX Runtime runs the model, a name of providers() or auto
  int device = 0;                    // of the provider
  std::string optimisation = "all";  // of the graph: none | basic | extended | all
};

// What RVM's authors advise for downsample_ratio: the longest side the network works at is 512 pixels or the image's own.
double automatic_ratio(cv::Size image);

// One stream of frames. Not for two threads at once; several Matters may share a model, each in a thread of its own.
class Matter : public Predictor {
 public:
  // Throws Error as Model does, and for options out of range.
  explicit Matter(const fs::path& model, const MatterOptions& options = {});
  // A stream of its own through a model that others use too. `options`: what concerns the model (threads, provider, device,
  // optimisation) was settled when it was loaded and is not looked at.
  explicit Matter(std::shared_ptr<const Model> model, const MatterOptions& options = {});

  // Follows the contract: channel order, range, size multiple (replicated border, cropped away after), polarity. A model of
  // fixed size sees the frame in its top left corner, as large as fits with its proportions kept, and a replicated border;
  // faces are not distorted, which no training shows a network. A frame of another size than the one before starts a new clip.
  // Throws Error for frames that are not CV_8UC3 or smaller than 16x16, and when the model answers with numbers that are not
  // finite, after which a new clip starts. After anything else that it throws (a lack of memory) the same frame may come again.
  Matte predict(const cv::Mat& frame) override { return predict_given(frame, {}); }
  // Guides are scaled and padded with the frame, and turned round with alpha where the model's polarity is. Throws Error naming
  // the model and the guide that it needs and does not get, or that does not fit (check_guides in src/image/guides.h).
  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override;
  GuideWishes wishes() const override;
  bool remembers() const override { return !contract().states.empty(); }
  void reset() override;

  // What this stream remembers of its clip, and back: a Matter of the same model and options goes on from there with the same
  // bits, in another process too (matter_state.h). Throws Error if `state` is another model's, or was made at another working
  // size or ratio than this Matter uses for its frames.
  MatterState state() const;
  void set_state(const MatterState& state);

  const Model& model() const { return session_.model(); }
  const ModelContract& contract() const { return session_.contract(); }

 private:
  struct View;
  View view_of(cv::Size frame) const;
  FrameGuides planes_of(const FrameGuides& guides, const View& view) const;
  Matte matte_of(const Session::Answer& answer, const View& view, cv::Size frame) const;

  Session session_;
  MatterOptions options_;
  cv::Size clip_size_;  // of the frames since the last reset
};

}  // namespace facemat
