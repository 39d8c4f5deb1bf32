#include "data/annotate/cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/image/transform.h"
#include "src/runtime/faces/crop.h"

namespace facemat {
namespace {

// `pose`, not turned, on whole pixels.
cv::Rect whole_pixels(const FacePose& pose) {
  const int side = static_cast<int>(std::lround(pose.side));
  return {static_cast<int>(std::lround(pose.centre.x - pose.side / 2)),
          static_cast<int>(std::lround(pose.centre.y - pose.side / 2)), side, side};
}

}  // namespace

Cut cut_of(const Face& face, const AnnotatorConfig& config, cv::Size photograph) {
  const Framing framing = framed(face, config.crop, photograph);
  Cut out{whole_pixels(framing.pose), framing.moved, 0, ""};
  out.side = std::min(out.crop.width, config.largest);
  if (!framing.fits) {
    out.reject = fmt::format("{:.0f} % or more of any crop of it lies outside the picture", 100 * config.crop.outside);
  } else if (out.crop.width < config.smallest) {
    out.reject = fmt::format("a face {:.0f} pixels high, its crop {} (allowed: from {})", face.size.height, out.crop.width,
                             config.smallest);
  }
  return out;
}

cv::Mat cut_out(const cv::Mat& photograph, const Cut& cut, const CropConfig& config) {
  const double side = cut.crop.width;
  const FacePose pose{{cut.crop.x + side / 2, cut.crop.y + side / 2}, side, 0};
  const cv::Mat whole = crop_of(photograph, pose, cut.crop.width, beyond_of(config));
  return cut.side == cut.crop.width ? whole : resize(whole, {cut.side, cut.side});
}

cv::Rect picture_in(const Cut& cut, cv::Size photograph) {
  const cv::Rect seen = cut.crop & cv::Rect({}, photograph);
  const double scale = 1.0 * cut.side / cut.crop.width;
  const auto place = [&](int at, int corner) { return static_cast<int>(std::lround((at - corner) * scale)); };
  return {cv::Point(place(seen.x, cut.crop.x), place(seen.y, cut.crop.y)),
          cv::Point(place(seen.br().x, cut.crop.x), place(seen.br().y, cut.crop.y))};
}

Face in_cut(const Face& face, const Cut& cut) {
  Face out = face;
  const cv::Point2d corner(cut.crop.x, cut.crop.y);
  out.centre -= corner;
  for (cv::Point2d& point : out.points) point -= corner;
  return grown(out, 1.0 * cut.side / cut.crop.width);
}

}  // namespace facemat
