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

// One clip at one time: a disc over a pattern.
struct Scene {
  int t;
  double phase, radius, cy, cx;

  Scene(FrameSize size, int time, int64_t clip) : t(time), phase(1.7 * static_cast<double>(clip)) {
    const auto height = static_cast<double>(size.height), width = static_cast<double>(size.width);
    radius = 0.3 * std::min(height, width);
    cy = height * (0.5 + 0.2 * std::sin(0.3 * t + phase)), cx = width * (0.5 + 0.2 * std::cos(0.2 * t + phase));
  }
  // How far inside the disc's edge, pixels.
  double inside(int64_t y, int64_t x) const { return radius - std::hypot(y - cy, x - cx); }
  double pattern(int64_t y, int64_t x, int64_t c) const {
    return 0.5 + 0.4 * std::sin(0.1 * (x + 2 * t) + 0.07 * y + 2.0 * c + phase);
  }
};

// 0 to 1 across `width` pixels about 0.
double ramp(double x, double width) { return std::clamp(x / width + 0.5, 0.0, 1.0); }

// `value` of every pixel of every clip, [batch,channels,H,W].
template <typename Value>
torch::Tensor drawn(FrameSize size, int64_t batch, int64_t channels, int t, Value value) {
  auto maps = torch::empty({batch, channels, size.height, size.width});
  auto pixels = maps.accessor<float, 4>();
  for (int64_t b = 0; b < batch; ++b) {
    const Scene scene(size, t, b);
    for (int64_t y = 0; y < size.height; ++y)
      for (int64_t x = 0; x < size.width; ++x)
        for (int64_t c = 0; c < channels; ++c)
          pixels[b][c][y][x] = static_cast<float>(std::clamp(value(scene, b, c, y, x), 0.0, 1.0));
  }
  return maps;
}

torch::Tensor drawn_guide(const GuideEntry& entry, FrameSize size, int64_t batch, int t) {
  constexpr double kEdge = 4;  // pixels, of the disc itself
  return drawn(size, batch, entry.channels(), t, [&](const Scene& scene, int64_t, int64_t c, int64_t y, int64_t x) {
    const double inside = scene.inside(y, x);
    if (entry.kind == GuideKind::kColours) return scene.pattern(y, x, c);
    if (entry.kind == GuideKind::kShare) return ramp(inside, kEdge + scene.radius * entry.place / 4);  // each softer
    const double band = std::max(kEdge, scene.radius / 2);
    return std::abs(inside) <= band ? 0.5 : inside > 0 ? 1.0 : 0.0;
  });
}

Guides drawn_guides(FrameSize size, int64_t batch, int t, const std::vector<std::string>& names) {
  Guides guides;
  for (const std::string& name : names) find_guide(name).of(guides) = drawn_guide(find_guide(name), size, batch, t);
  return guides;
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
  std::vector<Rng> noise;
  for (int64_t b = 0; b < batch; ++b) noise.push_back(rng.fork("frame", t).fork("clip", b));
  return drawn(size, batch, 3, t, [&](const Scene& scene, int64_t b, int64_t c, int64_t y, int64_t x) {
    const double disc = ramp(scene.inside(y, x), 4);
    return disc * (0.9 - 0.2 * c) + (1 - disc) * scene.pattern(y, x, c) + 0.05 * noise[static_cast<size_t>(b)].uniform(-1, 1);
  });
}

ShownFrames drawn_frames(FrameSize size, int64_t batch, int t, const Rng& rng, const std::vector<std::string>& guides) {
  return {drawn_frame(size, batch, t, rng), drawn_guides(size, batch, t, guides)};
}

ShownFrames as_half(const ShownFrames& shown) {
  const auto rounded = [](const torch::Tensor& x) { return x.to(torch::kFloat16).to(torch::kFloat32); };
  ShownFrames out{rounded(shown.frames), {}};
  for (const GuideEntry& entry : guide_table())
    if (entry.of(shown.guides).defined()) entry.of(out.guides) = rounded(entry.of(shown.guides));
  return out;
}

std::vector<ShownFrames> calibration_frames(const CalibrationConfig& config, FrameSize fixed, uint64_t seed,
                                            const std::vector<std::string>& guides) {
  std::vector<ShownFrames> frames;
  if (config.dataset.empty()) {
    const FrameSize size = fixed.height > 0 ? fixed : FrameSize{config.side, config.side};
    const Rng rng = Rng(seed).fork("calibration");
    for (int t = 0; t < config.frames; ++t) frames.push_back(drawn_frames(size, 1, t, rng, guides));
    return frames;
  }
  const std::vector<fs::path> files = calibration_pictures(config.dataset);
  const size_t count = std::min<size_t>(files.size(), config.frames);
  FrameSize size = fixed;
  for (size_t i = 0; i < count; ++i) {
    const cv::Mat picture = read_image(files[i * files.size() / count]);
    if (size.height == 0) size = scaled_to(picture.size(), config.side);
    frames.push_back({to_frame(fitted(picture, size)), drawn_guides(size, 1, static_cast<int>(i), guides)});
  }
  return frames;
}

}  // namespace facemat
