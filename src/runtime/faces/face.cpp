#include "src/runtime/faces/face.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <optional>

namespace facemat {
namespace {

using Complex = std::complex<double>;

constexpr double kDegree = 3.14159265358979323846 / 180;

Complex as_complex(const cv::Point2d& p) { return {p.x, p.y}; }

// The a and b of q = a p + b nearest to `to` for p of `from`, in the sum of squares; none if the points tell no direction.
struct Similarity {
  Complex a, b;
};
std::optional<Similarity> nearest_similarity(const std::vector<cv::Point2d>& from,
                                             const std::array<cv::Point2d, kFacePoints>& to) {
  Complex from_mean, to_mean, together;
  double spread = 0;
  for (size_t i = 0; i < kFacePoints; ++i) {
    from_mean += as_complex(from[i]) / static_cast<double>(kFacePoints);
    to_mean += as_complex(to[i]) / static_cast<double>(kFacePoints);
  }
  for (size_t i = 0; i < kFacePoints; ++i) {
    const Complex p = as_complex(from[i]) - from_mean;
    together += std::conj(p) * (as_complex(to[i]) - to_mean);
    spread += std::norm(p);
  }
  const Complex a = together / spread;
  if (!std::isfinite(std::abs(a)) || std::abs(together) <= 1e-6 * std::sqrt(spread)) return std::nullopt;
  return Similarity{a, to_mean - a * from_mean};
}

// -180..180
double turned(double degrees) { return std::remainder(degrees, 360); }

// The crop of that side by the face's box.
FacePose by_box(const Face& face, const CropConfig& config, double side) {
  const double degrees = config.align == "upright" ? 0 : face.degrees, below = (0.5 - config.face_at) * side;
  const cv::Point2d down(-std::sin(degrees * kDegree), std::cos(degrees * kDegree));
  return {face.centre + below * down, side, degrees};
}

cv::Rect2d square_of(const FacePose& pose) {
  return {pose.centre.x - pose.side / 2, pose.centre.y - pose.side / 2, pose.side, pose.side};
}

// Share of `box` that lies in the frame.
double share_inside(const cv::Rect2d& box, cv::Size frame) {
  return (box & cv::Rect2d(0, 0, frame.width, frame.height)).area() / box.area();
}

// The place of a stretch of that length, as near to `from` as 0..whole allows.
double moved_into(double from, double length, double whole) { return std::clamp(from, 0.0, whole - length); }

double beyond(double move, double slack) { return std::abs(move) <= slack ? 0 : move - std::copysign(slack, move); }

}  // namespace

void fields(FieldVisitor& visit, CropConfig& c) {
  visit("side", c.side, "pixels of the square the network sees; 0: as it was trained, else 512", {0, 4096});
  visit("align", c.align,
        "points: five points on a template, the box without; box: turned with the head; upright: never turned",
        {"points", "box", "upright"});
  visit("face_share", c.face_share, "by the box: height of the face in sides of the crop", {0.1, 1});
  visit("face_at", c.face_at, "by the box: its centre, in sides from the top of the crop", {0.2, 0.8});
  visit("outside", c.outside, "a crop with this share outside the frame is tightened round the face; 1: never", {0.01, 1});
  visit("tightest", c.tightest, "but not so that the face is higher than this, in sides", {0.1, 1});
  visit("border", c.border, "what is seen beyond the frame", {"replicate", "mirror", "black"});
  visit("slack", c.slack, "the crop rests while the face stays within this share of its side and size", {0, 0.3});
  visit("slack_degrees", c.slack_degrees, "and within this angle", {0, 45});
  visit("fade", c.fade, "a matte cut by the crop's border fades over this share of the side", {0, 0.3});
}

cv::Rect2d box_of(const Face& face) {
  const double cosine = std::abs(std::cos(face.degrees * kDegree)), sine = std::abs(std::sin(face.degrees * kDegree));
  const double width = face.size.width * cosine + face.size.height * sine;
  const double height = face.size.width * sine + face.size.height * cosine;
  return {face.centre.x - width / 2, face.centre.y - height / 2, width, height};
}

cv::Rect2d unturned_box(const Face& face) {
  return {face.centre.x - face.size.width / 2, face.centre.y - face.size.height / 2, face.size.width, face.size.height};
}

const std::array<cv::Point2d, kFacePoints>& face_template() {
  static const std::array<cv::Point2d, kFacePoints> points = {
      {{0.3769, 0.4686}, {0.6229, 0.4691}, {0.5012, 0.6133}, {0.3931, 0.7254}, {0.6115, 0.7249}}};
  return points;
}

FacePose pose_of(const Face& face, const CropConfig& config) {
  const bool by_points = config.align == "points" && face.points.size() == kFacePoints;
  const auto to_crop = by_points ? nearest_similarity(face.points, face_template()) : std::nullopt;
  if (!to_crop) return by_box(face, config, face.size.height / config.face_share);
  const Complex centre = (Complex(0.5, 0.5) - to_crop->b) / to_crop->a;
  return {{centre.real(), centre.imag()}, 1 / std::abs(to_crop->a), -std::arg(to_crop->a) / kDegree};
}

Framing framed(const Face& face, const CropConfig& config, cv::Size frame) {
  constexpr double kTighter = 0.98, kMostlyInside = 0.88;
  const FacePose wanted = pose_of(face, config);
  Framing out{wanted};
  if (config.outside >= 1) return out;
  const double least = face.size.height / config.tightest;
  const bool has_points = config.align == "points" && face.points.size() == kFacePoints;
  const auto is_outside = [&] { return 1 - share_inside(square_of(out.pose), frame) >= config.outside; };
  while (is_outside() && kTighter * out.pose.side >= least) {
    const double side = kTighter * out.pose.side;
    out.pose = has_points ? FacePose{wanted.centre, side, wanted.degrees} : by_box(face, config, side);
  }
  if (!is_outside()) return out;
  if (share_inside(unturned_box(face), frame) < kMostlyInside) return {out.pose, false, false};
  const double side = std::min({wanted.side, 1.0 * frame.width, 1.0 * frame.height});
  const cv::Rect2d square = square_of(has_points ? FacePose{wanted.centre, side, 0} : by_box(face, config, side));
  const cv::Point2d corner(moved_into(square.x, side, frame.width), moved_into(square.y, side, frame.height));
  return {{corner + cv::Point2d(side / 2, side / 2), side, wanted.degrees}, true, true};
}

FacePose followed(const FacePose& crop, const FacePose& face, const CropConfig& config) {
  FacePose out;
  const cv::Point2d move = face.centre - crop.centre;
  const double length = std::hypot(move.x, move.y), most = config.slack * crop.side;
  out.centre = crop.centre + (length > most ? move * (1 - most / length) : cv::Point2d());
  out.side = crop.side * std::exp(beyond(std::log(face.side / crop.side), std::log(1 + config.slack)));
  out.degrees = turned(crop.degrees + beyond(turned(face.degrees - crop.degrees), config.slack_degrees));
  return out;
}

cv::Matx23d frame_to_crop(const FacePose& pose, int side) {
  const double scale = side / pose.side;
  const double cosine = scale * std::cos(pose.degrees * kDegree), sine = scale * std::sin(pose.degrees * kDegree);
  const double x = pose.centre.x - 0.5, y = pose.centre.y - 0.5, middle = side / 2.0 - 0.5;
  return {cosine, sine, middle - cosine * x - sine * y, -sine, cosine, middle + sine * x - cosine * y};
}

}  // namespace facemat
