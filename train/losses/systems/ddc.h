#pragma once
// Edges from the picture where no alpha is known: scaled directional distance consistency (DDC), by which trainers of 2025 and
// 2026 learn from binary masks and unlabelled films (MatAnyone: L1 where the mask is certain, this on its boundary).

#include <torch/torch.h>

#include "train/losses/terms/average.h"

namespace facemat {

// Where front and back have one colour each, F and B, alphas differ as colours do: |a_i - a_j| |F - B| = |I_i - I_j|. The loss
// is the mean, over the pixels i of `region` and the K neighbours j whose colours are most alike, of
//
//   | s_i |a_i - a_j| - |I_i - I_j| |
//
// Known of the method: the window of 11x11 pixels and that it is scaled. Ours: distances of colours are means over the three
// channels; K = 11; s_i stands for |F - B| and is the contrast of the window, the mean over the channels of (mean of the five
// brightest - mean of the five darkest); pixels beyond the border are the nearest inside, and no pixel is its own neighbour. So
// where a window holds plain front and plain back the loss is 0 at the true alpha, and where it holds neither, alphas are
// pulled apart too far: keep the region narrower than the window.
//
// frames [B,T,3,H,W] RGB 0..1; alpha, region [B,T,1,H,W], the region counts where it is above 0; no gradient for frames. ->
// scalar, 0 for an empty region. At least 12 pixels in a picture. It asks no label. On a GPU it waits for the region's size.
torch::Tensor ddc_loss(const torch::Tensor& alpha, const torch::Tensor& frames, const torch::Tensor& region,
                       const MeanOverProcesses& over_processes = {});

}  // namespace facemat
