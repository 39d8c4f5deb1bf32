#include "src/runtime/faces/crop.h"

#include <algorithm>
#include <cmath>

#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr double kAliases = 1.5;  // crop pixels to a pixel of the frame from which on an average is taken first

cv::Point2d mapped(const cv::Matx23d& m, double x, double y) {
  return {m(0, 0) * x + m(0, 1) * y + m(0, 2), m(1, 0) * x + m(1, 1) * y + m(1, 2)};
}

cv::Matx23d inverse(const cv::Matx23d& m) {  // of a similarity
  const double d = m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0);
  const double a = m(1, 1) / d, b = -m(0, 1) / d, c = -m(1, 0) / d, e = m(0, 0) / d;
  return {a, b, -a * m(0, 2) - b * m(1, 2), c, e, -c * m(0, 2) - e * m(1, 2)};
}

// The pixels of the frame's grid that a crop's pixels from -0.5 to side - 0.5 cover, not cut to any frame.
cv::Rect covered(const cv::Matx23d& crop_to_frame, int side) {
  const double low = -0.5, high = side - 0.5;
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for (const cv::Point2d& corner : {mapped(crop_to_frame, low, low), mapped(crop_to_frame, high, low),
                                    mapped(crop_to_frame, low, high), mapped(crop_to_frame, high, high)}) {
    left = std::min(left, corner.x), right = std::max(right, corner.x);
    top = std::min(top, corner.y), bottom = std::max(bottom, corner.y);
  }
  const cv::Point from(static_cast<int>(std::floor(left)), static_cast<int>(std::floor(top)));
  return {from, cv::Point(static_cast<int>(std::ceil(right)) + 1, static_cast<int>(std::ceil(bottom)) + 1)};
}

// Which of `length` pixels is seen in each of `count` places from `first` on; -1: none.
std::vector<int> seen_from(int first, int count, int length, Beyond beyond) {
  const int type = beyond == Beyond::kReplicated ? cv::BORDER_REPLICATE
                   : beyond == Beyond::kMirrored ? cv::BORDER_REFLECT_101
                                                 : cv::BORDER_CONSTANT;
  std::vector<int> out(count);
  for (int i = 0; i < count; ++i) out[i] = cv::borderInterpolate(first + i, length, type);
  return out;
}

// `part` of the frame, and what lies beyond it.
cv::Mat cut_out(const cv::Mat& frame, const cv::Rect& part, Beyond beyond) {
  cv::Mat out(part.size(), frame.type(), cv::Scalar::all(0));
  const size_t pixel = frame.elemSize();
  const std::vector<int> columns = seen_from(part.x, part.width, frame.cols, beyond),
                         rows = seen_from(part.y, part.height, frame.rows, beyond);
  for (int y = 0; y < part.height; ++y) {
    if (rows[y] < 0) continue;
    const uchar* row = frame.ptr(rows[y]);
    uchar* to = out.ptr(y);
    for (int x = 0; x < part.width; ++x)
      if (columns[x] >= 0) std::copy_n(row + pixel * columns[x], pixel, to + pixel * x);
  }
  return out;
}

// Nothing is scaled or turned, and places are whole: to a millionth of a pixel, which 8 bits do not show.
bool is_a_copy(const cv::Matx23d& m, int side) {
  const auto is_nearly = [](double value, double wanted) { return std::abs(value - wanted) < 1e-6; };
  return is_nearly(side * m(0, 0), side) && is_nearly(side * m(0, 1), 0) && is_nearly(m(0, 2), std::round(m(0, 2))) &&
         is_nearly(m(1, 2), std::round(m(1, 2)));
}

// `map` (CV_32FC1) at (u, v), bilinear, its border replicated.
float sample(const cv::Mat& map, double u, double v) {
  u = std::clamp(u, 0.0, map.cols - 1.0), v = std::clamp(v, 0.0, map.rows - 1.0);
  const int x = std::min(static_cast<int>(u), std::max(0, map.cols - 2));
  const int y = std::min(static_cast<int>(v), std::max(0, map.rows - 2));
  const auto right = static_cast<float>(u - x), down = static_cast<float>(v - y);
  const float* p = map.ptr<float>(y) + x;
  const float* q = map.ptr<float>(std::min(y + 1, map.rows - 1)) + x;
  const int next = map.cols > 1 ? 1 : 0;
  return (1 - down) * ((1 - right) * p[0] + right * p[next]) + down * ((1 - right) * q[0] + right * q[next]);
}

// Fades `alpha` from its first row on; `seen` tells which pixels of that row lie in the frame.
void fade_from_top(cv::Mat alpha, int width, const std::vector<bool>& seen) {
  std::vector<float> border(alpha.cols);
  for (int x = 0; x < alpha.cols; ++x) border[x] = seen[x] ? alpha.at<float>(0, x) : 0;
  for (int y = 0; y < std::min(width, alpha.rows); ++y) {
    const float share = 1 - static_cast<float>(y) / static_cast<float>(width);
    float* row = alpha.ptr<float>(y);
    for (int x = 0; x < alpha.cols; ++x) row[x] = std::max(0.f, row[x] - border[x] * share);
  }
}

// Which pixels of the crop's first row lie in the frame, after the crop was turned clockwise by `quarters` right angles.
std::vector<bool> first_row_in_frame(const FacePose& pose, int side, int quarters, cv::Size frame) {
  const cv::Matx23d to_frame = inverse(frame_to_crop(pose, side));
  const int last = side - 1;
  std::vector<bool> seen(side);
  for (int i = 0; i < side; ++i) {
    const cv::Point before_turning[] = {{i, 0}, {0, last - i}, {last - i, last}, {last, i}};
    const cv::Point2d at = mapped(to_frame, before_turning[quarters].x, before_turning[quarters].y);
    seen[i] = at.x >= -0.5 && at.y >= -0.5 && at.x < frame.width - 0.5 && at.y < frame.height - 0.5;
  }
  return seen;
}

}  // namespace

Beyond beyond_of(const CropConfig& config) {
  if (config.border == "mirror") return Beyond::kMirrored;
  return config.border == "black" ? Beyond::kBlack : Beyond::kReplicated;
}

cv::Mat crop_of(const cv::Mat& frame, const FacePose& pose, int side, Beyond beyond) {
  const cv::Matx23d to_crop = frame_to_crop(pose, side);
  cv::Rect part = covered(inverse(to_crop), side);
  if (is_a_copy(to_crop, side)) {
    part = {static_cast<int>(std::lround(-to_crop(0, 2))), static_cast<int>(std::lround(-to_crop(1, 2))), side, side};
    return cut_out(frame, part, beyond);
  }
  const int margin = 2 + static_cast<int>(std::ceil(pose.side / side));  // what the area average reaches over
  part = {part.x - margin, part.y - margin, part.width + 2 * margin, part.height + 2 * margin};
  cv::Matx23d from_part = to_crop;
  const cv::Point2d origin = mapped(to_crop, part.x, part.y);
  from_part(0, 2) = origin.x, from_part(1, 2) = origin.y;
  return warp(cut_out(frame, part, beyond), from_part, {side, side}, Outside::kMirrored);
}

cv::Mat faded(const cv::Mat& alpha, const FacePose& pose, cv::Size frame, double fade) {
  require(alpha.type() == CV_32FC1 && alpha.cols == alpha.rows, "the matte of a crop must be square");
  cv::Mat out = alpha.clone();
  const int width = static_cast<int>(std::lround(fade * alpha.cols));
  if (width == 0) return out;
  for (int quarters = 0; quarters < 4; ++quarters) {
    fade_from_top(out, width, first_row_in_frame(pose, alpha.cols, quarters, frame));
    cv::rotate(out, out, cv::ROTATE_90_CLOCKWISE);
  }
  return out;
}

void paste(const Matte& crop, const FacePose& pose, Matte& frame) {
  const bool judged = !crop.uncertainty.empty();
  require(crop.alpha.type() == CV_32FC1 && crop.alpha.cols == crop.alpha.rows, "the matte of a crop must be square");
  require(!judged || frame.uncertainty.size() == frame.alpha.size(), "the frame's matte has no uncertainty");
  const bool coarser = crop.alpha.cols >= kAliases * pose.side;
  const int side = coarser ? std::max(1, static_cast<int>(std::ceil(pose.side))) : crop.alpha.cols;
  const cv::Mat alpha = coarser ? resize(crop.alpha, {side, side}) : crop.alpha;
  const cv::Mat uncertainty = judged && coarser ? resize(crop.uncertainty, {side, side}) : crop.uncertainty;
  const cv::Matx23d to_crop = frame_to_crop(pose, side);
  const cv::Rect part = covered(inverse(to_crop), side) & cv::Rect({}, frame.alpha.size());
  for (int y = part.y; y < part.br().y; ++y) {
    float* to = frame.alpha.ptr<float>(y);
    for (int x = part.x; x < part.br().x; ++x) {
      const cv::Point2d at = mapped(to_crop, x, y);
      if (!(at.x >= -0.5 && at.y >= -0.5 && at.x <= side - 0.5 && at.y <= side - 0.5)) continue;
      const float value = sample(alpha, at.x, at.y);
      if (value < to[x]) continue;
      if (judged) {
        float& deviation = frame.uncertainty.at<float>(y, x);
        const float own = sample(uncertainty, at.x, at.y);
        deviation = value > to[x] ? own : std::max(deviation, own);
      }
      to[x] = value;
    }
  }
}

}  // namespace facemat
