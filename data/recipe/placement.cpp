#include "data/recipe/placement.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr double kFaceHeight = 1.22;  // chin to hair line over chin to the middle of the forehead

cv::Point2d face_centre(const FaceLayout& layout) { return cv::Point2d(0.5f * (layout.forehead + layout.chin)); }

cv::Rect2d placement_box(const PlacementConfig& rules, const FaceLayout& layout, int side) {
  if (rules.of == "image") return {0, 0, static_cast<double>(side), static_cast<double>(side)};
  return face_box(layout);
}

// Degrees that turn a picture's top (up) to point from `from` to `to`.
double degrees_toward(cv::Point2d from, cv::Point2d to) {
  const cv::Point2d d = to - from;
  return cv::norm(d) < 1e-9 ? 0 : std::atan2(-d.y, d.x) * 180 / CV_PI - 90;
}

cv::Point2d mapped(const cv::Matx23d& m, double x, double y) {
  return {m(0, 0) * x + m(0, 1) * y + m(0, 2), m(1, 0) * x + m(1, 1) * y + m(1, 2)};
}

bool inside(cv::Point2d p, double margin, int side) {
  return p.x > -margin && p.y > -margin && p.x < side - 1 + margin && p.y < side - 1 + margin;
}

// How far a placed limb must move along `outward` (a unit vector) until its end lies outside the canvas.
double way_out(const CutoutPose& pose, const PoseRequest& r, cv::Point2d outward) {
  const cv::Matx23d matrix = pose_matrix(pose, r.placed, r.cutout, r.side);
  const auto hidden = [&](double way) {
    constexpr int kPoints = 9;
    for (int i = 0; i < kPoints; ++i) {
      const cv::Point2d end = r.limb->left + (r.limb->right - r.limb->left) * (i / (kPoints - 1.0));
      if (inside(mapped(matrix, end.x, end.y) + way * outward, r.margin, r.side)) return false;
    }
    return true;
  };
  const double step = r.side / 128.0;
  double way = 0;
  while (!hidden(way) && way < 2 * r.side) way += step;
  return way;
}

CutoutPose worn(Rng& rng, const PoseRequest& r) {
  const FaceLayout& face = r.layout;
  const cv::Point2d middle(0.35f * face.nose_tip + 0.45f * face.mouth + 0.2f * face.chin);
  return {middle.x / r.side, middle.y / r.side, face.width * rng.uniform(0.95, 1.1) / r.cutout.width, -face.roll};
}

}  // namespace

cv::Rect2d face_box(const FaceLayout& layout) {
  const double height = kFaceHeight * cv::norm(layout.chin - layout.forehead);
  const cv::Point2d centre = face_centre(layout);
  return {centre.x - layout.width / 2.0, centre.y - height / 2, layout.width, height};
}

Limb limb_of(const cv::Mat& alpha) {
  constexpr double kEnd = 0.08;  // the share of the length that counts as its end
  const cv::Moments m = cv::moments(alpha);
  const cv::Point2d middle(m.m10 / m.m00, m.m01 / m.m00);
  const double angle = 0.5 * std::atan2(2 * m.mu11, m.mu20 - m.mu02);
  cv::Point2d up(std::cos(angle), std::sin(angle));
  if (up.y > 0) up = -up;
  const cv::Point2d across(-up.y, up.x);
  double bottom = 0, top = 0;
  const auto each = [&](auto use) {
    for (int y = 0; y < alpha.rows; ++y)
      for (int x = 0; x < alpha.cols; ++x)
        if (alpha.at<float>(y, x) > 0.5f) use(cv::Point2d(x, y) - middle);
  };
  each([&](cv::Point2d p) { bottom = std::min(bottom, p.dot(up)), top = std::max(top, p.dot(up)); });
  double left = 0, right = 0;
  bool first = true;
  each([&](cv::Point2d p) {
    if (p.dot(up) > bottom + kEnd * (top - bottom)) return;
    const double a = p.dot(across);
    left = first ? a : std::min(left, a), right = first ? a : std::max(right, a);
    first = false;
  });
  const cv::Point2d end = middle + bottom * up;
  return {end + left * across, end + right * across, std::atan2(-up.y, up.x) * 180 / CV_PI - 90};
}

Limb mirrored(const Limb& limb, int width) {
  const auto flipped = [&](cv::Point2d p) { return cv::Point2d(width - 1 - p.x, p.y); };
  return {flipped(limb.right), flipped(limb.left), -limb.tilt};
}

CutoutPose draw_pose(Rng rng, const PlacementConfig& rules, const PoseRequest& r) {
  if (r.rule == Rule::kFitFace) return worn(rng, r);
  const cv::Rect2d box = placement_box(rules, r.layout, r.side);
  CutoutPose pose;
  pose.scale = std::sqrt(rng.uniform(rules.least_area, rules.most_area) * box.area() / r.cutout.area());
  const double down = rng.uniform(), across = rng.uniform();
  cv::Point2d middle(box.x + across * box.width, box.y + down * box.height);
  pose.degrees = rng.uniform(-rules.turn, rules.turn);
  const double tilt = r.limb ? r.limb->tilt : 0;
  if (r.rule == Rule::kTowardFace) pose.degrees += degrees_toward(middle, face_centre(r.layout)) - tilt;
  pose.x = middle.x / r.side, pose.y = middle.y / r.side;
  if (r.rule != Rule::kTowardFace || !r.limb) return pose;
  const double angle = (pose.degrees + tilt - 90) * CV_PI / 180;  // where the limb comes from
  const cv::Point2d outward(std::cos(angle), -std::sin(angle));
  middle += way_out(pose, r, outward) * outward;
  pose.x = middle.x / r.side, pose.y = middle.y / r.side;
  return pose;
}

cv::Matx23d pose_matrix(const CutoutPose& pose, const Affine& placed, cv::Size cutout, int side) {
  const double longer = std::max(cutout.width, cutout.height);
  const cv::Matx23d to_middle(1, 0, -(cutout.width - 1) / 2.0, 0, 1, -(cutout.height - 1) / 2.0);
  const cv::Matx23d change =  // about the origin: a picture of one pixel has its centre there
      affine_matrix({placed.degrees, placed.x * longer, placed.y * longer, placed.scale, placed.shear}, 1);
  return compose(similarity({0, 0}, pose.scale, pose.degrees, {pose.x * side, pose.y * side}), compose(change, to_middle));
}

cv::Matx23d follow(const FaceLayout& from, const FaceLayout& to) {
  const cv::Point2d a = from.right_edge - from.left_edge, b = to.right_edge - to.left_edge;
  const double scale = cv::norm(b) / std::max(1e-6, cv::norm(a));
  const double degrees = (std::atan2(a.y, a.x) - std::atan2(b.y, b.x)) * 180 / CV_PI;
  return similarity(0.5 * cv::Point2d(from.left_edge + from.right_edge), scale, degrees,
                    0.5 * cv::Point2d(to.left_edge + to.right_edge));
}

}  // namespace facemat
