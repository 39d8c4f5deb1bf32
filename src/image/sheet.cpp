#include "src/image/sheet.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {

cv::Mat contact_sheet(const std::vector<Tile>& tiles, int columns, int tile) {
  constexpr int kGap = 4, kCaption = 16;
  const bool captions = std::any_of(tiles.begin(), tiles.end(), [](const Tile& t) { return !t.caption.empty(); });
  const int cell_height = tile + (captions ? kCaption : 0) + kGap, cell_width = tile + kGap;
  const int rows = std::max(1, (static_cast<int>(tiles.size()) + columns - 1) / columns);
  cv::Mat sheet(rows * cell_height + kGap, columns * cell_width + kGap, CV_8UC3, cv::Scalar::all(96));
  for (size_t i = 0; i < tiles.size(); ++i) {
    cv::Mat image = tiles[i].image;
    if (image.channels() == 1) cv::cvtColor(image, image, cv::COLOR_GRAY2BGR);
    const double scale = static_cast<double>(tile) / std::max(image.cols, image.rows);
    const cv::Size size(std::max(1, cvRound(image.cols * scale)), std::max(1, cvRound(image.rows * scale)));
    const cv::Point corner(kGap + static_cast<int>(i % columns) * cell_width,
                           kGap + static_cast<int>(i / columns) * cell_height);
    resize(image, size).copyTo(sheet(cv::Rect(corner, size)));
    cv::putText(sheet, tiles[i].caption, corner + cv::Point(1, tile + kCaption - 4), cv::FONT_HERSHEY_SIMPLEX, 0.38,
                cv::Scalar::all(255), 1, cv::LINE_AA);
  }
  return sheet;
}

cv::Mat over_checkerboard(const cv::Mat& image, const cv::Mat& matte) {
  constexpr int kSquare = 8;
  cv::Mat board(image.size(), CV_32FC3);
  for (int y = 0; y < board.rows; ++y)
    for (int x = 0; x < board.cols; ++x)
      board.at<cv::Vec3f>(y, x) = cv::Vec3f::all((x / kSquare + y / kSquare) % 2 ? 0.55f : 0.75f);
  return to_u8(blend(to_float(image), matte, board));
}

cv::Mat error_map(const cv::Mat& error, double top) {
  cv::Mat out(error.size(), CV_8UC3);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      const double level = std::clamp(error.at<float>(y, x) / top, 0.0, 1.0) * 3;
      const auto channel = [&](double from) { return static_cast<uint8_t>(std::clamp(level - from, 0.0, 1.0) * 255 + 0.5); };
      out.at<cv::Vec3b>(y, x) = {channel(2), channel(1), channel(0)};
    }
  return out;
}

}  // namespace facemat
