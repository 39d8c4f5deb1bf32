#include "export/proof/frames.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "src/core/error.h"
#include "src/image/codec.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

void draw_clip(torch::TensorAccessor<float, 3> pixels, FrameSize size, int t, double phase, Rng rng) {
  const double height = static_cast<double>(size.height), width = static_cast<double>(size.width);
  const double radius = 0.3 * std::min(height, width);
  const double cy = height * (0.5 + 0.2 * std::sin(0.3 * t + phase)), cx = width * (0.5 + 0.2 * std::cos(0.2 * t + phase));
  for (int64_t y = 0; y < size.height; ++y)
    for (int64_t x = 0; x < size.width; ++x) {
      const double disc = std::clamp((radius - std::hypot(y - cy, x - cx)) / 4 + 0.5, 0.0, 1.0);
      for (int64_t c = 0; c < 3; ++c) {
        const double pattern = 0.5 + 0.4 * std::sin(0.1 * (x + 2 * t) + 0.07 * y + 2.0 * c + phase);
        const double value = disc * (0.9 - 0.2 * c) + (1 - disc) * pattern + 0.05 * rng.uniform(-1, 1);
        pixels[c][y][x] = static_cast<float>(std::clamp(value, 0.0, 1.0));
      }
    }
}

// The images of a dataset lie beside alphas, trimaps and occluders.
std::vector<fs::path> calibration_pictures(const fs::path& folder) {
  std::vector<fs::path> all, images;
  const std::vector<std::string> names = pictures_below(folder);
  refuse_foreign(folder, names);
  for (const std::string& name : names) {
    all.push_back(folder / name);
    const fs::path below = name;
    if (std::find(below.begin(), below.end(), "image") != below.end()) images.push_back(folder / name);
  }
  auto& chosen = images.empty() ? all : images;
  require(!chosen.empty(), "calibration.dataset: {}: holds no pictures (allowed: {} files, in sub-folders too)",
          folder.string(), fmt::join(image_extensions(), ", "));
  return chosen;
}

FrameSize scaled_to(cv::Size size, int side) {
  const double scale = static_cast<double>(side) / std::max(size.width, size.height);
  return {std::max<int64_t>(16, std::lround(size.height * scale)), std::max<int64_t>(16, std::lround(size.width * scale))};
}

// Covers `size`, cut in the middle.
cv::Mat fitted(const cv::Mat& picture, FrameSize size) {
  const int height = static_cast<int>(size.height), width = static_cast<int>(size.width);
  const double scale = std::max(static_cast<double>(height) / picture.rows, static_cast<double>(width) / picture.cols);
  const cv::Size scaled(std::max(width, static_cast<int>(std::lround(picture.cols * scale))),
                        std::max(height, static_cast<int>(std::lround(picture.rows * scale))));
  const cv::Mat large = resize(picture, scaled);
  return large(cv::Rect((scaled.width - width) / 2, (scaled.height - height) / 2, width, height)).clone();
}

torch::Tensor to_frame(const cv::Mat& bgr) {
  const auto pixels = torch::from_blob(bgr.data, {1, bgr.rows, bgr.cols, 3}, torch::kUInt8);
  return (pixels.permute({0, 3, 1, 2}).flip(1).to(torch::kFloat32) / 255).contiguous();
}

}  // namespace

torch::Tensor drawn_frame(FrameSize size, int64_t batch, int t, const Rng& rng) {
  auto frame = torch::empty({batch, 3, size.height, size.width});
  auto pixels = frame.accessor<float, 4>();
  for (int64_t b = 0; b < batch; ++b)
    draw_clip(pixels[b], size, t, 1.7 * static_cast<double>(b), rng.fork("frame", t).fork("clip", b));
  return frame;
}

std::vector<torch::Tensor> calibration_frames(const CalibrationConfig& config, FrameSize fixed, uint64_t seed) {
  std::vector<torch::Tensor> frames;
  if (config.dataset.empty()) {
    const FrameSize size = fixed.height > 0 ? fixed : FrameSize{config.side, config.side};
    const Rng rng = Rng(seed).fork("calibration");
    for (int t = 0; t < config.frames; ++t) frames.push_back(drawn_frame(size, 1, t, rng));
    return frames;
  }
  const std::vector<fs::path> files = calibration_pictures(config.dataset);
  const size_t count = std::min<size_t>(files.size(), config.frames);
  FrameSize size = fixed;
  for (size_t i = 0; i < count; ++i) {
    const cv::Mat picture = read_image(files[i * files.size() / count]);
    if (size.height == 0) size = scaled_to(picture.size(), config.side);
    frames.push_back(to_frame(fitted(picture, size)));
  }
  return frames;
}

}  // namespace facemat
