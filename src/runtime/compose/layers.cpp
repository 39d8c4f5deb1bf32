#include "src/runtime/compose/layers.h"

#include <algorithm>
#include <vector>

#include "src/core/error.h"
#include "src/runtime/compose/layer_rows.h"

namespace facemat {
namespace {

// A plane whose rows have a zero before and after them, so that loops need not ask for the border.
cv::Mat bordered_plane(int width, int height) {
  cv::Mat whole(height, width + 2, CV_32FC1);
  whole.col(0).setTo(0);
  whole.col(width + 1).setTo(0);
  return whole.colRange(1, width + 1);
}

// One level: for each pixel (a block of the picture's pixels) its part of the energy, and the layers so far.
struct Level {
  Level(int width, int height, bool with_energy) : size(width, height) {
    for (cv::Mat& plane : layers) plane = bordered_plane(width, height);
    if (!with_energy) return;
    for (cv::Mat& plane : energy) plane = bordered_plane(width, height);
  }
  RowEnergy energy_row(int y) {
    RowEnergy row;
    for (int k = 0; k < kEnergyTerms; ++k) row[k] = energy[k].ptr<float>(y);
    return row;
  }
  LayerRow layer_row(int y) {
    LayerRow row;
    for (int k = 0; k < kLayerPlanes; ++k) row[k] = layers[k].ptr<float>(y);
    return row;
  }

  cv::Size size;
  std::array<cv::Mat, kEnergyTerms> energy;
  std::array<cv::Mat, kLayerPlanes> layers;
};

// The energy of the picture's own pixels, made row by row when asked for: it would be many times the picture to keep.
class PictureEnergy {
 public:
  PictureEnergy(const Planes& image, const cv::Mat& alpha, const LayerOptions& options)
      : image_(image), alpha_(bordered_plane(alpha.cols, alpha.rows)) {
    weights_ = {static_cast<float>(options.face_change), static_cast<float>(options.occluder_change),
                static_cast<float>(options.alpha_change), static_cast<float>(options.rest)};
    for (int y = 0; y < alpha.rows; ++y) clamped_row(alpha.ptr<float>(y), alpha.cols, alpha_.ptr<float>(y));
    for (auto& row : buffers_) row.assign(static_cast<size_t>(kEnergyTerms) * (alpha.cols + 2), 0.f);
  }
  // Valid until the row after the next, or before the one before, is asked for.
  RowEnergy energy_row(int y) {
    std::vector<float>& buffer = buffers_[y % 2];
    RowEnergy row;
    for (int k = 0; k < kEnergyTerms; ++k) row[k] = buffer.data() + static_cast<size_t>(k) * (alpha_.cols + 2) + 1;
    if (held_[y % 2] == y) return row;
    held_[y % 2] = y;
    const std::array<const float*, 3> colours = {image_[0].ptr<float>(y), image_[1].ptr<float>(y), image_[2].ptr<float>(y)};
    picture_energy(colours, alpha_.ptr<float>(y), y + 1 < alpha_.rows ? alpha_.ptr<float>(y + 1) : nullptr, alpha_.cols,
                   weights_, row);
    return row;
  }

 private:
  const Planes& image_;
  cv::Mat alpha_;
  EnergyWeights weights_;
  std::array<std::vector<float>, 2> buffers_;
  std::array<int, 2> held_ = {-1, -1};
};

// The same energy with the layers constant on blocks of 2x2 pixels.
template <typename Fine>
Level coarsened(Fine& fine, cv::Size size) {
  Level coarse((size.width + 1) / 2, (size.height + 1) / 2, true);
  for (int y = 0; y < coarse.size.height; ++y) {
    const RowEnergy upper = fine.energy_row(2 * y);
    const bool has_lower = 2 * y + 1 < size.height;
    const RowEnergy lower = has_lower ? fine.energy_row(2 * y + 1) : RowEnergy{};
    sum_blocks(upper, has_lower ? &lower : nullptr, size.width, coarse.energy_row(y));
  }
  return coarse;
}

void start_from(Level& coarse, Level& fine) {
  for (int y = 0; y < fine.size.height; ++y)
    for (int k = 0; k < kLayerPlanes; ++k)
      repeat_pixels(coarse.layers[k].ptr<float>(y / 2), fine.size.width, fine.layers[k].ptr<float>(y));
}

// Downwards and upwards in turns. A row sees its upper and lower neighbours as they are now.
template <typename Energy>
void sweep(Energy& energy, Level& level, int sweeps) {
  RowSolver solver(level.size.width);
  const int height = level.size.height;
  for (int pass = 0; pass < sweeps; ++pass) {
    for (int i = 0; i < height; ++i) {
      const int y = pass % 2 == 0 ? i : height - 1 - i;
      const RowEnergy above = y > 0 ? energy.energy_row(y - 1) : RowEnergy{};
      const RowEnergy here = energy.energy_row(y);
      solver.relax(y > 0 ? &above : nullptr, here, level.layer_row(std::max(0, y - 1)), level.layer_row(y),
                   level.layer_row(std::min(height - 1, y + 1)));
    }
  }
}

void check(const Planes& image, const cv::Mat& alpha) {
  require(alpha.type() == CV_32FC1 && !alpha.empty(), "alpha must be a float map");
  for (const cv::Mat& plane : image)
    require(plane.type() == CV_32FC1 && plane.size() == alpha.size(),
            "the picture is {}x{}, alpha {}x{} (float planes of one size)", plane.cols, plane.rows, alpha.cols, alpha.rows);
}

}  // namespace

SeparatedLayers estimate_layers(const Planes& image, const cv::Mat& alpha, const LayerOptions& options) {
  check(image, alpha);
  PictureEnergy picture(image, alpha, options);
  const auto sweeps = [&](cv::Size size) {
    return std::max(size.width, size.height) <= options.coarse_side ? options.coarse_sweeps : options.fine_sweeps;
  };
  std::vector<Level> levels;
  for (cv::Size size = alpha.size(); size.area() > 1; size = levels.back().size)
    levels.push_back(levels.empty() ? coarsened(picture, size) : coarsened(levels.back(), size));
  Level finest(alpha.cols, alpha.rows, false);
  Level* coarser = nullptr;
  for (auto level = levels.rbegin(); level != levels.rend(); coarser = &*level++) {
    if (coarser) start_from(*coarser, *level);
    if (!coarser)
      for (cv::Mat& plane : level->layers) plane.setTo(0.5);
    sweep(*level, *level, sweeps(level->size));
  }
  if (coarser) start_from(*coarser, finest);
  if (!coarser)
    for (cv::Mat& plane : finest.layers) plane.setTo(0.5);
  sweep(picture, finest, sweeps(finest.size));
  return {{finest.layers[0], finest.layers[1], finest.layers[2]}, {finest.layers[3], finest.layers[4], finest.layers[5]}};
}

}  // namespace facemat
