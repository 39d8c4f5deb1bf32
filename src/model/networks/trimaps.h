#pragma once
// How networks see a trimap (guides.h: 0 background, 0.5 unknown, 1 face). All of it is computed with operators that a traced
// graph keeps.

#include <torch/torch.h>

namespace facemat {

// trimap [N,1,H,W] -> [N,2,H,W]: 1 where it is background, and 1 where it is face; both 0 where it is unknown (FBA Matting). A
// value in between counts as much as it is near: 0.25 is half background.
torch::Tensor known_classes(const torch::Tensor& trimap);

// The same with what is left of each pixel between the two: trimap [N,1,H,W] -> [N,3,H,W], background, unknown, face.
torch::Tensor three_classes(const torch::Tensor& trimap);

// alpha [N,1,H,W] where a trimap's `classes` (three_classes) are unknown, else what the trimap says, by share in between: so
// systems over trimaps are tested.
torch::Tensor known_kept(const torch::Tensor& alpha, const torch::Tensor& classes);

// known [N,2,H,W] (known_classes) -> [N,6,H,W]: how near each pixel is to the nearest background, then to the nearest face, for
// each at three scales: exp(-D^2 / (2 s^2)), D the distance in pixels (distances.h), s = 0.02, 0.08 and 0.16 of 320
// pixels: 6.4, 25.6 and 51.2, whatever the picture's size (Forte & Pitie, "F, B, Alpha Matting", 2020). 0 where a picture has
// no pixel of that class.
torch::Tensor distance_channels(const torch::Tensor& known);

}  // namespace facemat
