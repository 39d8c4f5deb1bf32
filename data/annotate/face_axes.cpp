#include "data/annotate/face_axes.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"

namespace facemat {
namespace {

constexpr double kMostPoints = 10000;

bool are_whole(const std::vector<double>& list) {
  for (const double at : list)
    if (at != std::floor(at)) return false;
  return true;
}

}  // namespace

void fields(FieldVisitor& visit, MeshConfig& c) {
  const Range index{0, kMostPoints};
  visit("forehead", c.forehead, "landmark, from 0, at the top of the middle line", index);
  visit("chin", c.chin, "at its lower end", index);
  visit("nose", c.nose, "its tip", index);
  visit("mouth", c.mouth, "middle of the upper lip", index);
  visit("left_ear", c.left_ear, "where the left ear begins; left as seen in the picture", index);
  visit("right_ear", c.right_ear, "likewise", index);
  visit("left_eye", c.left_eye, "its outer corner", index);
  visit("right_eye", c.right_eye, "likewise", index);
  visit("oval", c.oval, "outline of the face, in order", index);
  visit("jaw", c.jaw, "from the left temple over the chin to the right one", index);
}

void check(const MeshConfig& config, const std::string& where) {
  require(config.oval.size() >= 3 && config.jaw.size() >= 3, "{}: oval and jaw have {} and {} points (allowed: 3 or more)",
          where, config.oval.size(), config.jaw.size());
  require(are_whole(config.oval) && are_whole(config.jaw), "{}: oval and jaw are whole numbers", where);
}

void check_points(size_t count, const MeshConfig& mesh, const std::string& where) {
  std::vector<double> named = mesh.oval;
  named.insert(named.end(), mesh.jaw.begin(), mesh.jaw.end());
  for (const int at :
       {mesh.forehead, mesh.chin, mesh.nose, mesh.mouth, mesh.left_ear, mesh.right_ear, mesh.left_eye, mesh.right_eye})
    named.push_back(at);
  for (const double at : named)
    require(at < static_cast<double>(count), "{}: {} landmarks, the mesh names number {} (allowed: below that)", where, count,
            at);
}

FaceAxes face_axes(const std::vector<cv::Point2d>& points, const MeshConfig& mesh, const std::string& where) {
  check_points(points.size(), mesh, where);
  const auto point = [&](double at) { return points[static_cast<size_t>(at)]; };
  FaceAxes out;
  out.forehead = point(mesh.forehead), out.chin = point(mesh.chin), out.nose = point(mesh.nose), out.mouth = point(mesh.mouth);
  out.left_ear = point(mesh.left_ear), out.right_ear = point(mesh.right_ear);
  out.left_eye = point(mesh.left_eye), out.right_eye = point(mesh.right_eye);
  for (const double at : mesh.oval) out.oval.push_back(point(at));
  for (const double at : mesh.jaw) out.jaw.push_back(point(at));
  for (const cv::Point2d& p : out.oval) out.centre += p / static_cast<double>(out.oval.size());
  out.height = cv::norm(out.forehead - out.chin);
  out.up = (out.forehead - out.chin) / out.height;
  out.side = {-out.up.y, out.up.x};
  const cv::Point2d across = out.right_ear - out.left_ear;
  if (across.dot(out.side) < 0) out.side = -out.side;
  require(out.height >= 1 && std::abs(across.dot(out.side)) >= 1e-3 * out.height, "{}: the landmarks span no face", where);
  return out;
}

std::vector<cv::Point2d> scaled(const std::vector<cv::Point2d>& points, cv::Point2d centre, double factor) {
  std::vector<cv::Point2d> out;
  for (const cv::Point2d& p : points) out.push_back(centre + factor * (p - centre));
  return out;
}

cv::Mat filled_polygon(const std::vector<cv::Point2d>& polygon, cv::Size size) {
  constexpr int kBits = 4;          // of a place's fraction
  constexpr double kFar = 1 << 16;  // beyond any crop
  std::vector<cv::Point> corners;
  for (const cv::Point2d& p : polygon) {
    const auto place = [&](double at) {
      return static_cast<int>(std::lround(std::clamp(at - 0.5, -kFar, kFar) * (1 << kBits)));
    };
    corners.emplace_back(place(p.x), place(p.y));
  }
  cv::Mat out(size, CV_8UC1, cv::Scalar(0));
  cv::fillPoly(out, std::vector<std::vector<cv::Point>>{corners}, cv::Scalar(255), cv::LINE_8, kBits);
  return out;
}

cv::Mat oval_mask(const FaceAxes& frame, double factor, cv::Size size) {
  return filled_polygon(scaled(frame.oval, frame.centre, factor), size);
}

FrameMaps frame_maps(const FaceAxes& frame, cv::Size size) {
  FrameMaps out{cv::Mat(size, CV_32FC1), cv::Mat(size, CV_32FC1)};
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const cv::Point2d p(x + 0.5, y + 0.5);
      out.t.at<float>(y, x) = static_cast<float>(frame.t(p));
      out.u.at<float>(y, x) = static_cast<float>(frame.u(p));
    }
  return out;
}

}  // namespace facemat
