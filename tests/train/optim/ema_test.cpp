#include "train/optim/ema.h"

#include <gtest/gtest.h>

#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "tests/src/model/networks/configs.h"

namespace facemat {
namespace {

// Fills weights and statistics of a network.
void fill(MattingNetwork& network, double parameters, double buffers) {
  const torch::NoGradGuard no_grad;
  for (auto& item : network.named_parameters()) item.value().fill_(parameters);
  for (auto& item : network.named_buffers()) item.value().fill_(buffers);
}

TEST(MovingAverage, FollowsParametersSlowlyAndCopiesStatistics) {
  const auto network = make_model(quarter(), Rng(1));
  fill(*network, 1, 2);
  MovingAverage average(make_model(quarter(), Rng(2)), *network, 0.5);
  fill(*network, 3, 4);
  average.update(*network, 0);   // d = min(0.5, 1 / 10): 0.1 * 1 + 0.9 * 3 = 2.8
  average.update(*network, 90);  // d = min(0.5, 91 / 100): 0.5 * 2.8 + 0.5 * 3 = 2.9
  for (const auto& item : average.network().named_parameters())
    EXPECT_NEAR(item.value().min().item<double>(), 2.9, 1e-6) << item.key();
  for (const auto& item : average.network().named_buffers()) EXPECT_EQ(item.value().max().item<double>(), 4) << item.key();
  EXPECT_FALSE(average.network().is_training());
}

TEST(MovingAverage, SharesNoMemoryWithTheNetwork) {
  const auto network = make_model(quarter(), Rng(1));
  MovingAverage average(make_model(quarter(), Rng(2)), *network, 0.9);
  const auto before = named_weights(average.network()).at("project_mat.conv.bias").clone();
  fill(*network, 7, 7);
  EXPECT_TRUE(torch::equal(named_weights(average.network()).at("project_mat.conv.bias"), before));
}

}  // namespace
}  // namespace facemat
