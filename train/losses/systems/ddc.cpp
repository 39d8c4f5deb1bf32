#include "train/losses/systems/ddc.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int64_t kReach = 5, kSide = 2 * kReach + 1;  // of the window
constexpr int64_t kNeighbours = 11, kExtremes = 5;

// For each of the region's M pixels its place in [B T H W], and those of its window's, [M,121], held inside its picture.
struct Windows {
  torch::Tensor middle, places;
};

Windows windows_of(const torch::Tensor& region) {
  const int64_t height = region.size(-2), width = region.size(-1);
  const auto where = torch::nonzero(region.flatten(0, 2) > 0);  // [M,3]: picture, row, column
  const auto picture = where.select(1, 0), row = where.select(1, 1), column = where.select(1, 2);
  const auto offset = torch::arange(-kReach, kReach + 1, where.options());
  const auto down = offset.repeat_interleave(kSide), across = offset.repeat({kSide});  // [121]
  const auto rows = (row.unsqueeze(1) + down).clamp(0, height - 1);
  const auto columns = (column.unsqueeze(1) + across).clamp(0, width - 1);
  return {(picture * height + row) * width + column, (picture.unsqueeze(1) * height + rows) * width + columns};
}

// The mean over the channels of how far the window's brightest and darkest are apart. colours [M,121,3] -> [M,1].
torch::Tensor contrast(const torch::Tensor& colours) {
  const auto brightest = std::get<0>(colours.topk(kExtremes, 1)), darkest = std::get<0>(colours.topk(kExtremes, 1, false));
  return (brightest.mean(1) - darkest.mean(1)).mean(1, /*keepdim=*/true);
}

}  // namespace

torch::Tensor ddc_loss(const torch::Tensor& alpha, const torch::Tensor& frames, const torch::Tensor& region,
                       const MeanOverProcesses& over_processes) {
  require(alpha.size(-1) * alpha.size(-2) > kNeighbours, "ddc needs more than {} pixels, got {}x{}", kNeighbours,
          alpha.size(-1), alpha.size(-2));
  const Windows windows = windows_of(region);
  const int64_t pixels = windows.middle.size(0);
  const auto size = torch::full({}, static_cast<double>(pixels * kNeighbours), alpha.options().requires_grad(false));
  if (pixels == 0) return region_mean(0 * alpha.sum(), size, over_processes);

  const auto flat = windows.places.flatten();
  const auto colours = frames.detach().movedim(2, -1).reshape({-1, 3});
  const auto around = colours.index_select(0, flat).view({pixels, kSide * kSide, 3});
  auto distance = (around - colours.index_select(0, windows.middle).unsqueeze(1)).abs().mean(2);  // [M,121]
  const auto itself = windows.places == windows.middle.unsqueeze(1);
  distance = distance.masked_fill(itself, std::numeric_limits<double>::infinity());
  const auto [nearest, which] = distance.topk(kNeighbours, 1, /*largest=*/false);

  const auto alphas = alpha.reshape({-1});
  const auto others = alphas.index_select(0, windows.places.gather(1, which).flatten()).view({pixels, kNeighbours});
  const auto apart = (alphas.index_select(0, windows.middle).unsqueeze(1) - others).abs();
  return region_mean((contrast(around) * apart - nearest).abs().sum(), size, over_processes);
}

}  // namespace facemat
