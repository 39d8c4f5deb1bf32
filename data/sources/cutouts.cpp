// Pictures with their own alpha (RGBA PNG), placed as CelebAMat's relatives do: an area drawn relative to the face's box, a
// centre drawn inside the box, optionally turned so that the top points to the face's centre (hands), or laid over nose, mouth
// and chin.

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/sources/occluders.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

// Where a cut-out lies: its centre, size and turn on the canvas.
struct Pose {
  cv::Point2d centre;
  double scale = 1, degrees = 0;  // counter-clockwise
};

cv::Point2d face_centre(const FaceLayout& layout) { return cv::Point2d(0.5f * (layout.forehead + layout.chin)); }

double face_height(const FaceLayout& layout) { return 1.22 * cv::norm(layout.chin - layout.forehead); }

// Degrees that turn a picture's top (up) towards `from` -> `to`.
double degrees_toward(cv::Point2d from, cv::Point2d to) {
  const cv::Point2d d = to - from;
  return std::atan2(-d.y, d.x) * 180 / CV_PI - 90;
}

Pose free_pose(Rng& rng, const FaceLayout& layout, cv::Size size, const Placement& placement, bool toward_face) {
  const double width = layout.width, height = face_height(layout);
  const double area = rng.uniform(placement.least_area, placement.most_area) * width * height;
  Pose pose;
  pose.scale = std::sqrt(area / (static_cast<double>(size.width) * size.height));
  const cv::Point2d centre = face_centre(layout);
  pose.centre = centre + cv::Point2d(rng.uniform(-0.5, 0.5) * width, rng.uniform(-0.5, 0.5) * height);
  pose.degrees = rng.uniform(-15, 15) + (toward_face ? degrees_toward(pose.centre, centre) : 0);
  return pose;
}

// Over nose, mouth and chin, as wide as the face: for face masks photographed from the front.
Pose fitted_pose(Rng& rng, const FaceLayout& layout, cv::Size size) {
  Pose pose;
  pose.centre = cv::Point2d(0.35f * layout.nose_tip + 0.45f * layout.mouth + 0.2f * layout.chin);
  pose.scale = layout.width * rng.uniform(0.95, 1.1) / size.width;
  pose.degrees = -layout.roll;
  return pose;
}

// A smooth path: there and back along a random direction, with a slight turn.
Pose moved(Pose pose, Rng& rng, const FaceLayout& layout, double time, double reach) {
  const double direction = rng.uniform(0, 2 * CV_PI), distance = rng.uniform(0.3, 1) * reach * layout.width;
  const double turn = rng.uniform(-12, 12) * reach * 4, phase = rng.uniform(0.6, 1.4);
  const double progress = std::sin(time * phase * CV_PI / 2);
  pose.centre += cv::Point2d(std::cos(direction), std::sin(direction)) * (distance * progress);
  pose.degrees += turn * progress;
  return pose;
}

class Cutouts : public OccluderSource {
 public:
  Cutouts(const OccluderSourceConfig& config, const Placement& placement) : config_(config), placement_(placement) {
    require(!config.root.empty(), "occluders: kind cutouts needs 'root'");
    for (const fs::path& file : list_files(config.root, {".png"})) add(file);
    require(!files_.empty(), "{}: no RGBA PNG files", config.root);
  }
  int64_t size() const override { return static_cast<int64_t>(files_.size()); }
  std::string item(int64_t index) const override { return files_[index].filename().string(); }
  std::string occluder_class(int64_t) const override { return config_.occluder_class; }

  cv::Mat layer(int64_t index, const Rng& rng, const Scene& scene) const override {
    const cv::Mat& picture = pictures_[index];
    Rng place = rng.fork("place"), path = rng.fork("path");
    Pose pose = config_.fit_face ? fitted_pose(place, scene.layout, picture.size())
                                 : free_pose(place, scene.layout, picture.size(), placement_, config_.toward_face);
    if (!config_.fit_face) pose = moved(pose, path, scene.layout, scene.time, 0.25);
    const bool mirror = !config_.fit_face && rng.fork("mirror").chance(0.5);
    cv::Mat source = picture;
    if (mirror) {
      source = cv::Mat();  // flipping into a header that shares the pixels would mirror the source itself
      cv::flip(picture, source, 1);
    }
    const cv::Point2d middle((source.cols - 1) / 2.0, (source.rows - 1) / 2.0);
    const cv::Mat layer = warp(source, similarity(middle, pose.scale, pose.degrees, pose.centre), scene.size);
    return lit(layer, rng.fork("light"), scene.light);
  }

 private:
  // Trimmed to its alpha and no larger than any canvas needs; a transparent border keeps its edges soft.
  void add(const fs::path& file) {
    constexpr int kMostSide = 1024, kBorder = 2;
    cv::Mat picture = read_cutout(file);
    cv::Mat alpha;
    cv::extractChannel(picture, alpha, 3);
    const cv::Rect box = bounding_box(alpha, 1 / 255.f);
    require(!box.empty(), "{}: the cut-out is fully transparent", file.string());
    picture = picture(box);
    const int side = std::max(picture.cols, picture.rows);
    if (side > kMostSide) {
      const double scale = static_cast<double>(kMostSide) / side;
      picture = resize(picture, {std::max(1, cvRound(picture.cols * scale)), std::max(1, cvRound(picture.rows * scale))});
    }
    cv::Mat bordered;
    cv::copyMakeBorder(picture, bordered, kBorder, kBorder, kBorder, kBorder, cv::BORDER_CONSTANT, cv::Scalar::all(0));
    files_.push_back(file);
    pictures_.push_back(bordered);
  }

  // Brightness near the scene's, so that a studio cut-out does not glow in a dark room. Colour never exceeds alpha.
  static cv::Mat lit(cv::Mat layer, Rng rng, const Light& light) {
    const cv::Vec3f sum = light.ambient + light.key_colour * 0.7f + light.fill_colour * 0.4f;
    const double scene = std::clamp((sum[0] + sum[1] + sum[2]) / 3.0, 0.4, 1.1);
    const auto gain = static_cast<float>(std::pow(scene, 0.5) * rng.uniform(0.85, 1.1));
    for (int y = 0; y < layer.rows; ++y)
      for (auto *p = layer.ptr<cv::Vec4f>(y), *end = p + layer.cols; p < end; ++p)
        for (int c = 0; c < 3; ++c) (*p)[c] = std::min((*p)[c] * gain, (*p)[3]);
    return layer;
  }

  OccluderSourceConfig config_;
  Placement placement_;
  std::vector<fs::path> files_;
  std::vector<cv::Mat> pictures_;  // premultiplied CV_32FC4
};

}  // namespace

std::unique_ptr<OccluderSource> open_cutouts(const OccluderSourceConfig& config, const Placement& placement) {
  return std::make_unique<Cutouts>(config, placement);
}

}  // namespace facemat
