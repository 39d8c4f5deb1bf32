#include "train/run/sample_sheet.h"

#include <vector>

#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/sheet.h"

namespace facemat {
namespace {

void require_plane(const cv::Mat& plane, const cv::Mat& frame, const char* what) {
  require(plane.type() == CV_32FC1 && plane.size() == frame.size(), "the {} must be {} of {}x{} pixels, got {} of {}x{}", what,
          cv::typeToString(CV_32FC1), frame.cols, frame.rows, cv::typeToString(plane.type()), plane.cols, plane.rows);
}

}  // namespace

cv::Mat sample_sheet(const cv::Mat& frame, const cv::Mat& alpha, const cv::Mat& target, const cv::Mat& uncertainty, int tile) {
  constexpr double kWhite = 0.5;
  require(frame.type() == CV_8UC3 && !frame.empty(), "the frame must be 8-bit BGR");
  require_plane(alpha, frame, "alpha");
  require_plane(target, frame, "target");
  if (!uncertainty.empty()) require_plane(uncertainty, frame, "uncertainty");

  const cv::Mat matte = cv::max(cv::min(alpha, 1.0), 0.0);
  cv::Mat error;
  cv::absdiff(matte, target, error);
  std::vector<Tile> tiles{{frame, "input"}, {to_u8(matte), "alpha"}, {to_u8(target), "truth"}};
  if (!uncertainty.empty()) tiles.push_back({error_map(uncertainty, kWhite), "uncertainty, white 0.5"});
  tiles.push_back({error_map(error, kWhite), "error, white 0.5"});
  return contact_sheet(tiles, static_cast<int>(tiles.size()), tile);
}

}  // namespace facemat
