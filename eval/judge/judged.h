#pragma once
// What is judged: anything that has a matte for each frame.

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "eval/judge/clips.h"
#include "src/image/predictor.h"

namespace facemat {

class MatteSource {
 public:
  virtual ~MatteSource() = default;
  // The matte of frame `t` of clip `index`. Frames of a clip are asked for in order, from the first.
  virtual Matte matte(int64_t index, int t, const TrueFrame& frame) = 0;
  // Whether several threads may ask for mattes of different clips at once.
  virtual bool concurrent() const { return false; }
  // Whether the time it takes says something of a model.
  virtual bool timed() const { return false; }
};

// A network, over the frames' images, with the guides that they come with. Throws Error for a frame without image.
class PredictedMattes : public MatteSource {
 public:
  explicit PredictedMattes(Predictor& predictor) : predictor_(predictor) {}
  Matte matte(int64_t index, int t, const TrueFrame& frame) override;
  bool timed() const override { return true; }

 private:
  Predictor& predictor_;
};

struct PictureMattesOptions {
  bool zero_one = false;  // pictures hold the values 0 and 1 instead of up to 255
  bool occluder = false;  // pictures show 1 = occluder instead of 1 = visible face
  bool resized = false;   // to the size of the true matte; else other sizes are refused
  // A picture (of no film) as CV_32FC1, for what is no matte yet; empty: read_predicted_matte.
  std::function<cv::Mat(const fs::path& picture, const TrueFrame& frame)> read;
};

// Pictures of mattes made by any system. Throws Error naming the picture: unreadable, or of another size than the true matte.
class PictureMattes : public MatteSource {
 public:
  PictureMattes(const std::vector<PictureClip>& clips, PictureMattesOptions options)
      : clips_(clips), options_(std::move(options)) {}
  Matte matte(int64_t index, int t, const TrueFrame& frame) override;
  bool concurrent() const override { return true; }

 private:
  cv::Mat read(int64_t index, int t, const TrueFrame& frame);

  std::vector<PictureClip> clips_;
  PictureMattesOptions options_;
  std::mutex mutex_;
  std::map<int64_t, FrameReader> films_;  // of the clips that are being read
};

// Mattes as they are with what trimaps know: 0 and 1 there, as several systems over trimaps write it themselves (Deep Image
// Matting, GCA, Context-aware, FBA), so that others stand beside them; where nothing is unknown, the trimap. `inner` outlives
// it. Throws Error for a frame without trimap.
class ClampedMattes : public MatteSource {
 public:
  explicit ClampedMattes(MatteSource& inner) : inner_(inner) {}
  Matte matte(int64_t index, int t, const TrueFrame& frame) override;
  bool concurrent() const override { return inner_.concurrent(); }
  bool timed() const override { return inner_.timed(); }

 private:
  MatteSource& inner_;
};

// What is known without a network and without seeing the picture. "hull": the convex hull of the true visible face, the matte
// of a filter that knows where the face is but not what covers it. "constant": the best constant matte (constant_matte.h) of
// all clips.
struct BaselineEntry {
  const char *name, *about;
  std::unique_ptr<MatteSource> (*make)(const ClipSource& clips);
};
const std::vector<BaselineEntry>& baseline_table();
// Throws Error listing the known names.
const BaselineEntry& find_baseline(const std::string& name);

}  // namespace facemat
