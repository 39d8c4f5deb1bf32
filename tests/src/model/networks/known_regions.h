#pragma once
// What networks over trimaps have in common that keep to them where they are sure.

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "src/model/networks/network.h"
#include "tests/src/model/compute/gradients.h"

namespace facemat {

// In evaluation, for clips of sides from one pixel up: where the trimap is sure, alpha is its word, and a frame within a clip
// is matted as by itself, but for `rounding`. `more`: asked for each clip (frames [2,3,3,H,W], guides, the prediction).
inline void expect_known_kept(
    MattingNetwork& network, double rounding,
    const std::function<void(const torch::Tensor& frames, const Guides& guides, const Prediction& out)>& more) {
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {37, 50}, {64, 32}}) {
    const torch::NoGradGuard no_grad;
    const auto frames = torch::rand({2, 3, 3, height, width});
    Guides guides, one;
    guides.trimap = torch::randint(0, 3, {2, 3, 1, height, width}).to(torch::kFloat32) / 2;
    one.trimap = guides.trimap.select(1, 2);
    network.eval();
    const Prediction out = network.forward(frames, guides, {}, 1);
    ASSERT_EQ(out.alpha.sizes(), guides.trimap.sizes());
    const auto sure = guides.trimap != 0.5;
    EXPECT_TRUE(torch::equal(out.alpha.masked_select(sure), guides.trimap.masked_select(sure)));
    const auto single = network.forward(frames.select(1, 2), one, {}, 1).alpha;
    EXPECT_LT((single - out.alpha.select(1, 2)).abs().mean().item<double>(), rounding);
    more(frames, guides, out);
  }
}

}  // namespace facemat
