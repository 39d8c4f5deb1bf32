#include "data/render/render.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "data/recipe/degrade.h"
#include "data/recipe/harmonise.h"
#include "data/sources/pictures/layout.h"
#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

constexpr double kMostRecomposition = 1.0 / 255 + 1e-6;

bool identity(const cv::Matx23d& m) { return cv::norm(m - cv::Matx23d(1, 0, 0, 0, 1, 0), cv::NORM_INF) < 1e-12; }

// What moves by itself moves evenly through the clip; easings and pauses are for what the recipe moves.
double time_of(const Recipe& recipe, int t) { return recipe.still ? 0 : static_cast<double>(t) / (recipe.frames - 1); }

double progress_at(const Timing& timing, const Recipe& recipe, int t) { return progress(timing, t, recipe.frames); }

// What moves both streams of frame t, and what moves one of them.
cv::Matx23d both_at(const Recipe& recipe, int t) {
  return motion_matrix(recipe.both, progress_at(recipe.both_timing, recipe, t), recipe.size);
}
cv::Matx23d stream_at(const Recipe& recipe, const StreamRecipe& stream, int t) {
  return compose(both_at(recipe, t), motion_matrix(stream.motion, progress_at(stream.timing, recipe, t), recipe.size));
}

FaceLayout mirrored(const FaceLayout& layout, int side) {
  FaceLayout out = transformed(layout, {-1, 0, side - 1.0, 0, 1, 0});
  std::swap(out.left_eye, out.right_eye);
  std::swap(out.left_edge, out.right_edge);
  out.yaw = -layout.yaw;
  out.roll = -layout.roll;
  return out;
}

FaceView mirrored(const FaceView& view) {
  FaceView out = view;
  out.image = out.mask = out.trust = out.background =
      cv::Mat();  // flipping into headers that share the pixels would mirror the source itself
  cv::flip(view.image, out.image, 1);
  cv::flip(view.mask, out.mask, 1);
  if (!view.trust.empty()) cv::flip(view.trust, out.trust, 1);
  if (!view.background.empty()) cv::flip(view.background, out.background, 1);
  out.layout = mirrored(view.layout, view.image.cols);
  out.light.key_direction[0] *= -1;
  out.light.fill_direction[0] *= -1;
  return out;
}

cv::Mat gained(const cv::Mat& layer, float gain) {
  cv::Mat out(layer.size(), layer.type());
  for (int y = 0; y < layer.rows; ++y) {
    const auto* in = layer.ptr<cv::Vec4f>(y);
    auto* to = out.ptr<cv::Vec4f>(y);
    for (int x = 0; x < layer.cols; ++x) {
      for (int c = 0; c < 3; ++c) to[x][c] = std::min(in[x][c] * gain, in[x][3]);
      to[x][3] = in[x][3];
    }
  }
  return out;
}

// Brightness near the scene's, so that a studio cut-out does not glow in a dark room.
double scene_gain(const Light& light) {
  const cv::Vec3f sum = light.ambient + light.key_colour * 0.7f + light.fill_colour * 0.4f;
  return std::sqrt(std::clamp((sum[0] + sum[1] + sum[2]) / 3.0, 0.4, 1.1));
}

// A cut-out with its colours and handedness as the recipe has them, the same for all frames.
cv::Mat dressed(const Cutout& cutout, const OccluderRecipe& recipe, const FaceView& face) {
  cv::Mat layer = cutout.layer;
  if (recipe.stream.mirror) cv::flip(cutout.layer, layer = cv::Mat(), 1);
  if (recipe.harmonise != "none") {
    const cv::Rect frame({0, 0}, face.image.size()), box = cv::Rect(face_box(face.layout)) & frame;
    if (!box.empty())
      layer = find_harmoniser(recipe.harmonise)
                  .apply(layer, face.image(box), face.mask(box), Rng::of_key(recipe.stream.look).fork("harmonise"));
  }
  if (recipe.gain > 0) layer = gained(layer, static_cast<float>(recipe.gain * scene_gain(face.light)));
  return layer;
}

// One occluder over the frames of a sample.
class Covering {
 public:
  Covering(const Occluder& occluder, const OccluderRecipe& recipe, const FaceView& first)
      : occluder_(occluder), recipe_(recipe) {
    const auto* cutout = std::get_if<Cutout>(&occluder);
    if (cutout == nullptr) return;
    layer_ = dressed(*cutout, recipe, first);
    worn_ = cutout->rule == Rule::kFitFace;
    first_ = first.layout;
  }

  Patch at(const Recipe& sample, const FaceView& face, int t, Rng noise) const {
    const double progress = progress_at(recipe_.stream.timing, sample, t);
    Patch patch = layer_.empty() ? std::get<Drawing>(occluder_)(scene_of(sample, face, t)) : placed(sample, face, t);
    if (patch.layer.empty()) return patch;
    if (recipe_.opacity < 1) patch.layer = patch.layer * recipe_.opacity;
    if (!empty(recipe_.stream.effects)) patch.layer = apply_layer_effects(patch.layer, recipe_.stream.effects, progress, noise);
    return patch;
  }

 private:
  static Scene scene_of(const Recipe& sample, const FaceView& face, int t) {
    return {face.image.size(), face.layout, face.light, time_of(sample, t)};
  }
  Patch placed(const Recipe& sample, const FaceView& face, int t) const {
    const cv::Matx23d pose = pose_matrix(recipe_.pose, recipe_.stream.placed, layer_.size(), sample.size);
    const cv::Matx23d way = worn_ ? follow(first_, face.layout) : stream_at(sample, recipe_.stream, t);
    return warped(layer_, compose(way, pose), face.image.size());
  }

  const Occluder& occluder_;
  const OccluderRecipe& recipe_;
  cv::Mat layer_;  // of a cut-out; empty for what draws itself
  FaceLayout first_;
  bool worn_ = false;
};

cv::Mat visible(const cv::Mat& face_mask, const Patch& occluder) {
  cv::Mat alpha = face_mask.clone();
  if (occluder.layer.empty()) return alpha;
  cv::Mat part = alpha(occluder.box());
  for (int y = 0; y < part.rows; ++y) {
    const auto* layer = occluder.layer.ptr<cv::Vec4f>(y);
    float* a = part.ptr<float>(y);
    for (int x = 0; x < part.cols; ++x) a[x] *= 1 - layer[x][3];
  }
  return alpha;
}

// O + (1 - O) trust; empty if `trust` is.
cv::Mat believed(const cv::Mat& trust, const Patch& occluder) {
  cv::Mat out = trust.clone();
  if (out.empty() || occluder.layer.empty()) return out;
  cv::Mat part = out(occluder.box());
  for (int y = 0; y < part.rows; ++y) {
    const auto* layer = occluder.layer.ptr<cv::Vec4f>(y);
    float* t = part.ptr<float>(y);
    for (int x = 0; x < part.cols; ++x) t[x] = layer[x][3] + (1 - layer[x][3]) * t[x];
  }
  return out;
}

// Pixels that 8 bits can tell from 0 and 1.
double soft_share(const cv::Mat& alpha) {
  int64_t soft = 0;
  for (int y = 0; y < alpha.rows; ++y) {
    const float* a = alpha.ptr<float>(y);
    int row = 0;
    for (int x = 0; x < alpha.cols; ++x) row += (a[x] > 0.5f / 255) & (a[x] < 1 - 0.5f / 255);
    soft += row;
  }
  return static_cast<double>(soft) / static_cast<double>(alpha.total());
}

cv::Mat shaded(const FaceView& face, const Patch& occluder, const Shadow& shadow) {
  if (occluder.layer.empty() || (shadow.strength == 0 && shadow.contact == 0)) return face.image;
  const cv::Mat alpha = layer_alpha(on_canvas(occluder, face.image.size()));
  return shadowed(face.image, alpha, face.layout.width, shadow);
}

// What lies behind a foreground, as a layer over it.
Patch behind(const FaceView& face) {
  if (face.background.empty()) return {};
  return trimmed(premultiply(to_float(face.background), cv::Mat(1 - face.mask)));
}

// S of render.h: of a foreground over a background of its own it is everywhere.
cv::Mat face_mask(const FaceView& face) {
  return face.background.empty() ? face.mask : cv::Mat(face.mask.size(), CV_32FC1, cv::Scalar(1));
}

}  // namespace

double recomposition_error(const cv::Mat& image, const cv::Mat& clean, const Patch& occluder) {
  cv::Mat again = to_float(clean);
  if (!occluder.layer.empty()) {
    cv::Mat part = again(occluder.box());
    blend_over(occluder.layer, part.clone()).copyTo(part);
  }
  return cv::norm(to_float(image), again, cv::NORM_INF);
}

Face take_face(const Pool& pool, const Recipe& recipe) {
  const Ingredient& from = recipe.face.from;
  const Rng look = Rng::of_key(recipe.face.stream.look);
  const Face face = pool.face_source(from).take(from.index, look, recipe.size, recipe.frames);
  struct Last {
    double time = -1;
    FaceView view;
  };
  return [face, last = std::make_shared<Last>()](double time) {
    if (last->time != time) *last = {time, face(time)};
    return last->view;
  };
}

Taken take(const Pool& pool, const Recipe& recipe, Face face) {
  Taken taken{std::move(face), {}};
  for (const OccluderRecipe& occluder : recipe.occluders)
    taken.occluders.push_back(pool.occluder_source(occluder.from).take(occluder.from.index, Rng::of_key(occluder.stream.look)));
  return taken;
}

FaceView face_at(const Recipe& recipe, const Face& face, int t) {
  const StreamRecipe& stream = recipe.face.stream;
  const double p = progress_at(stream.timing, recipe, t);
  FaceView view = face(time_of(recipe, t));
  if (stream.mirror) view = mirrored(view);
  const cv::Matx23d matrix = compose(stream_at(recipe, stream, t), affine_matrix(stream.placed, recipe.size));
  if (!identity(matrix)) {
    const Outside outside = recipe.face.outside == "replicated" ? Outside::kReplicated : Outside::kMirrored;
    view.image = warp(view.image, matrix, view.image.size(), outside);
    const Label label =
        resampled({view.mask, view.trust}, [&](const cv::Mat& plane) { return warp(plane, matrix, plane.size()); });
    view.mask = label.value, view.trust = label.trust;
    view.layout = transformed(view.layout, matrix);
  }
  if (!empty(stream.effects))
    view.image = apply_effects(view.image, stream.effects, p, Rng::of_key(recipe.noise).fork("face", static_cast<uint64_t>(t)));
  return view;
}

Rendered render(const Recipe& recipe, const Taken& taken) {
  const Rng noise = Rng::of_key(recipe.noise);
  FaceView face = face_at(recipe, taken.face, 0);
  std::vector<Covering> coverings;
  for (size_t i = 0; i < taken.occluders.size(); ++i) coverings.emplace_back(taken.occluders[i], recipe.occluders[i], face);

  Rendered out;
  Measured& m = out.measured;
  if (!face.trust.empty()) m.trusted_share = 0;
  for (int t = 0; t < recipe.frames; ++t) {
    const auto frame_number = static_cast<uint64_t>(t);
    if (t > 0) face = face_at(recipe, taken.face, t);
    Frame frame;
    for (size_t i = 0; i < coverings.size(); ++i)
      frame.occluder =
          over(coverings[i].at(recipe, face, t, noise.fork("occluder", i).fork("frame", frame_number)), frame.occluder);
    frame.clean = shaded(face, frame.occluder, recipe.shadow);
    frame.trust = believed(face.trust, frame.occluder);
    frame.occluder = over(frame.occluder, behind(face));
    frame.image = painted(frame.occluder, frame.clean);
    frame.alpha = visible(face_mask(face), frame.occluder);
    frame.background = face.background;
    frame.trimap = make_trimap(frame.alpha, recipe.trimap.foreground, recipe.trimap.background);
    const double error = recomposition_error(frame.image, frame.clean, frame.occluder);
    require(error <= kMostRecomposition, "sample {} of {}: recomposition is off by {} (allowed: 1/255)", recipe.name,
            recipe.split, error);
    const double face_area = cv::mean(face.mask)[0];
    m.recomposition = std::max(m.recomposition, error);
    m.face_share += face_area / recipe.frames;
    m.covered_share += (face_area > 0 ? 1 - cv::mean(frame.alpha)[0] / face_area : 0) / recipe.frames;
    m.soft_share += soft_share(frame.alpha) / recipe.frames;
    if (!frame.trust.empty()) m.trusted_share += cv::mean(frame.trust)[0] / recipe.frames;
    frame.image = degrade(frame.image, recipe.degradation, noise.fork("degrade", frame_number));
    out.frames.push_back(std::move(frame));
  }
  return out;
}

}  // namespace facemat
