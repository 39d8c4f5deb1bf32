#include "eval/judge/judged.h"

#include <opencv2/imgproc.hpp>

#include "eval/measures/constant_matte.h"
#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

class HullMattes : public MatteSource {
 public:
  Matte matte(int64_t, int, const TrueFrame& frame) override {
    Matte matte{cv::Mat(frame.alpha.size(), CV_32FC1, cv::Scalar(0)), {}};
    std::vector<cv::Point> face, hull;
    cv::findNonZero(frame.alpha >= 0.5, face);
    if (face.empty()) return matte;
    cv::convexHull(face, hull);
    cv::fillConvexPoly(matte.alpha, hull, 1);
    return matte;
  }
  bool concurrent() const override { return true; }
};

class ConstantMattes : public MatteSource {
 public:
  explicit ConstantMattes(int value) : value_(value) {}
  Matte matte(int64_t, int, const TrueFrame& frame) override {
    return {cv::Mat(frame.alpha.size(), CV_32FC1, cv::Scalar(value_ / 255.0)), {}};
  }
  bool concurrent() const override { return true; }

 private:
  int value_;
};

std::unique_ptr<MatteSource> make_hull(const ClipSource&) { return std::make_unique<HullMattes>(); }

std::unique_ptr<MatteSource> make_constant(const ClipSource& clips) {
  ConstantBaseline baseline;
  for (int64_t i = 0; i < clips.size; ++i) {
    const TrueClip clip = clips.clip(i);
    for (int t = 0; t < clip.length; ++t) baseline.add(to_u8(clip.frame(t).alpha));
  }
  return std::make_unique<ConstantMattes>(baseline.best().value);
}

}  // namespace

Matte PredictedMattes::matte(int64_t, int t, const TrueFrame& frame) {
  require(!frame.image.empty(), "a model needs the frames' images (give --images)");
  if (t == 0) predictor_.reset();
  return predictor_.predict_given(frame.image, frame.guides);
}

Matte ClampedMattes::matte(int64_t index, int t, const TrueFrame& frame) {
  require(!frame.trimap.empty(), "clamping what is known needs trimaps");
  Matte matte = inner_.matte(index, t, frame);
  matte.alpha = matte.alpha.clone();
  matte.alpha.setTo(0, frame.trimap == 0);
  matte.alpha.setTo(1, frame.trimap == 255);
  return matte;
}

cv::Mat PictureMattes::read(int64_t index, int t, const TrueFrame& frame) {
  const FrameFile& file = clips_[index].frames[t].prediction;
  if (!file.in_film())
    return options_.read ? options_.read(file.path, frame) : read_predicted_matte(file.path, options_.zero_one ? 1 : 0);
  require(!options_.read, "{}: only pictures can be converted or refined, not films", file.path.string());
  require(!options_.zero_one, "{}: films hold levels, 255 means 1 (--pred-zero-one is of pictures)", file.path.string());
  FrameReader* film = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    film = &films_[index];  // stays where it is while others come and go
  }
  cv::Mat alpha = film->matte(file);
  if (t + 1 == static_cast<int>(clips_[index].frames.size())) {
    const std::lock_guard<std::mutex> lock(mutex_);
    films_.erase(index);
  }
  return alpha;
}

Matte PictureMattes::matte(int64_t index, int t, const TrueFrame& frame) {
  constexpr const char* kWhat = "prediction";
  const FrameFile &truth = clips_[index].frames[t].truth, &prediction = clips_[index].frames[t].prediction;
  const cv::Size size = frame.alpha.size();
  cv::Mat alpha = read(index, t, frame);
  if (options_.occluder) alpha = 1 - alpha;
  if (options_.resized && alpha.size() != size && turned_apart(prediction, alpha.size(), kWhat, truth, size).empty())
    alpha = resize(alpha, size);
  require_fitting(prediction, alpha.size(), kWhat, truth, size, " (--resize scales it)");
  return {alpha, {}};
}

const std::vector<BaselineEntry>& baseline_table() {
  static const std::vector<BaselineEntry> table = {
      {"constant", "the one grey level that, given for every frame, has the lowest SAD", make_constant},
      {"hull", "the convex hull of the true visible face: its place is known, but not what covers it", make_hull},
  };
  return table;
}

const BaselineEntry& find_baseline(const std::string& name) { return find_entry(baseline_table(), name, "baseline"); }

}  // namespace facemat
