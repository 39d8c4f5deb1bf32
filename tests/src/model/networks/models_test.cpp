// Every network of the table keeps the promises of src/model/networks/network.h: the tests loop over it.

#include "src/model/networks/models.h"

#include <gtest/gtest.h>

#include "src/model/weights/weights.h"
#include "tests/src/model/networks/configs.h"

namespace facemat {

inline void PrintTo(const ModelEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

class EveryModel : public testing::TestWithParam<ModelEntry> {};

ModelConfig small(const ModelEntry& entry) {
  ModelConfig config = quarter();
  config.network = entry.name;
  return config;
}

TEST_P(EveryModel, GivesAlphaOfTheFramesSizeAtOddSizes) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(small(GetParam()), Rng(3));
  network->eval();
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{64, 64}, {37, 50}, {16, 17}}) {
    const auto out = network->forward(torch::rand({2, 3, 3, h, w}));
    EXPECT_EQ(out.alpha.sizes().vec(), (std::vector<int64_t>{2, 3, 1, h, w}));
    EXPECT_GE(out.alpha.min().item<float>(), 0);
    EXPECT_LE(out.alpha.max().item<float>(), 1);
    EXPECT_EQ(out.states[0].size(2), (h + 1) / 2);
    EXPECT_EQ(out.states[3].size(3), (w + 15) / 16);
  }
}

TEST_P(EveryModel, FrameByFrameEqualsTheSequence) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(small(GetParam()), Rng(3));
  network->eval();
  const auto frames = torch::rand({1, 4, 3, 48, 33});
  const auto whole = network->forward(frames);
  States states;
  for (int t = 0; t < 4; ++t) {
    const auto one = network->forward(frames.select(1, t), states);
    EXPECT_LT((one.alpha - whole.alpha.select(1, t)).abs().max().item<float>(), 1e-5) << "frame " << t;
    states = one.states;
  }
  EXPECT_LT((states[1] - whole.states[1]).abs().max().item<float>(), 1e-5);
}

TEST_P(EveryModel, StateChangesTheResult) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(small(GetParam()), Rng(3));
  network->train();  // unclamped
  const auto frame = torch::rand({1, 3, 48, 48});
  const auto first = network->forward(frame), second = network->forward(frame, first.states);
  EXPECT_GT((first.alpha - second.alpha).abs().max().item<float>(), 1e-6);
}

TEST_P(EveryModel, EverySeedGivesItsOwnWeights) {
  const auto weights = [&](uint64_t seed) {
    return encode_model(*make_model(small(GetParam()), Rng(seed)), small(GetParam()), {});
  };
  EXPECT_EQ(weights(5), weights(5));
  EXPECT_NE(weights(5), weights(6));
}

INSTANTIATE_TEST_SUITE_P(Table, EveryModel, testing::ValuesIn(model_table()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace facemat
