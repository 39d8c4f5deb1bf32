// Every network of the table keeps the promises of src/model/networks/network.h: the tests loop over it.

#include "src/model/networks/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"
#include "src/model/weights/weights.h"
#include "tests/src/model/networks/configs.h"
#include "tests/support/scratch.h"

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
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{64, 64}, {37, 50}, {16, 17}, {1, 1}}) {
    const auto frames = torch::rand({2, 3, 3, h, w});
    const auto out = network->forward(frames, guides_for(GetParam().guides, frames), {}, 1);
    EXPECT_EQ(out.alpha.sizes().vec(), (std::vector<int64_t>{2, 3, 1, h, w}));
    EXPECT_GE(out.alpha.min().item<float>(), 0);
    EXPECT_LE(out.alpha.max().item<float>(), 1);
    EXPECT_TRUE(out.parts.empty()) << "parts are for training";
    ASSERT_EQ(out.states.size(), static_cast<size_t>(GetParam().states));
    if (out.states.empty()) continue;
    EXPECT_EQ(out.states[0].size(2), (h + 1) / 2);
    EXPECT_EQ(out.states[3].size(3), (w + 15) / 16);
  }
}

// In double precision: in single, deep networks make visible how sums over a batch are ordered.
TEST_P(EveryModel, FrameByFrameEqualsTheSequence) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(small(GetParam()), Rng(3));
  network->eval();
  network->to(torch::kFloat64);
  const auto frames = torch::rand({1, 4, 3, 48, 33}, torch::kFloat64);
  const Guides guides = guides_for(GetParam().guides, frames);
  const auto whole = network->forward(frames, guides, {}, 1);
  States states;
  for (int t = 0; t < 4; ++t) {
    const auto one = network->forward(frames.select(1, t), guides_at(guides, t), states, 1);
    EXPECT_LT((one.alpha - whole.alpha.select(1, t)).abs().max().item<double>(), 1e-9) << "frame " << t;
    states = one.states;
  }
  for (size_t i = 0; i < states.size(); ++i)
    EXPECT_LT((states[i] - whole.states[i]).abs().max().item<double>(), 1e-9) << "state " << i;
}

TEST_P(EveryModel, StatesChangeTheResultOrAreRefused) {
  const torch::NoGradGuard no_grad;
  auto network = make_model(small(GetParam()), Rng(3));
  network->train();  // unclamped
  const auto frame = torch::rand({1, 3, 48, 48});
  const Guides guides = guides_for(GetParam().guides, frame);
  const auto first = network->forward(frame, guides, {}, 1);
  if (GetParam().states == 0) {
    EXPECT_THROW(network->forward(frame, guides, {torch::zeros({1, 1, 1, 1})}, 1), Error);
    return;
  }
  const auto second = network->forward(frame, guides, first.states, 1);
  EXPECT_GT((first.alpha - second.alpha).abs().max().item<float>(), 1e-6);
}

TEST_P(EveryModel, AsksForItsGuidesByName) {
  auto network = make_model(small(GetParam()), Rng(3));
  const auto frame = torch::rand({1, 3, 48, 48});
  for (const std::string& missing : GetParam().guides) {
    Guides guides = guides_for(GetParam().guides, frame);
    find_guide(missing).of(guides) = torch::Tensor();
    EXPECT_THAT(message_of([&] { network->forward(frame, guides, {}, 1); }), testing::HasSubstr("needs a " + missing));
  }
}

// Every setting beside network and width, with another value than its default.
struct SettingChange {
  const char* path;
  void (*change)(ModelConfig& config);
};
const SettingChange kChanges[] = {{"foreground", [](ModelConfig& c) { c.foreground = true; }},
                                  {"uncertainty", [](ModelConfig& c) { c.uncertainty = true; }},
                                  {"detached_uncertainty", [](ModelConfig& c) { c.detached_uncertainty = true; }},
                                  {"segmentation", [](ModelConfig& c) { c.segmentation = true; }},
                                  {"refiner", [](ModelConfig& c) { c.refiner = true; }},
                                  {"patches.scale", [](ModelConfig& c) { c.patches.scale = 0.5; }},
                                  {"patches.refine", [](ModelConfig& c) { c.patches.refine = "full"; }},
                                  {"patches.share", [](ModelConfig& c) { c.patches.share = 0.1; }},
                                  {"patches.threshold", [](ModelConfig& c) { c.patches.threshold = 0.2; }}};

bool knows(const ModelEntry& entry, const std::string& path) {
  return std::count(entry.settings.begin(), entry.settings.end(), path.substr(0, path.find('.'))) > 0;
}

TEST_P(EveryModel, RefusesSettingsThatItHasNoUseFor) {
  EXPECT_EQ(message_of([] { check(small(GetParam())); }), "no error");
  EXPECT_EQ(flat_settings_of(config_to_yaml(ModelConfig()), "x").size(), 2 + std::size(kChanges)) << "a setting without a case";
  for (const auto& [path, change] : kChanges) {
    ModelConfig config = small(GetParam());
    change(config);
    std::string networks;
    for (const ModelEntry& entry : model_table())
      if (knows(entry, path)) networks += (networks.empty() ? "" : ", ") + std::string(entry.name);
    const std::string refusal = std::string("model.") + path + ": the network '" + GetParam().name +
                                "' has no use for it (networks that have: " + networks + ")";
    const std::string needs_more = "model.detached_uncertainty needs model.uncertainty: true";
    const std::string accepted = config.detached_uncertainty ? needs_more : "no error";
    EXPECT_EQ(message_of([&] { check(config); }), knows(GetParam(), path) ? accepted : refusal);
  }
}

// It tells what its row says that it can be asked for, and nothing that nobody asked for.
TEST_P(EveryModel, TellsWhatItIsAskedFor) {
  const torch::NoGradGuard no_grad;
  ModelConfig config = small(GetParam());
  const auto frame = torch::rand({1, 3, 48, 48});
  const auto prediction = [&] {
    const auto network = make_model(config, Rng(3));
    network->eval();
    return network->forward(frame, guides_for(GetParam().guides, frame), {}, 1);
  };
  const Prediction quiet = prediction();
  EXPECT_FALSE(quiet.foreground.defined() || quiet.variance.defined() || quiet.logits.defined());
  config.foreground = knows(GetParam(), "foreground"), config.uncertainty = knows(GetParam(), "uncertainty");
  config.segmentation = knows(GetParam(), "segmentation");
  const Prediction out = prediction();
  EXPECT_EQ(out.foreground.defined(), config.foreground);
  EXPECT_EQ(out.variance.defined(), config.uncertainty);
  EXPECT_EQ(out.logits.defined(), config.segmentation);
}

TEST_P(EveryModel, RefusesWhatIsNoFrame) {
  const auto network = make_model(small(GetParam()), Rng(3));
  const auto complaint = [&](const std::vector<int64_t>& sizes) {
    const auto frames = torch::rand(sizes);
    return message_of([&] { network->forward(frames, guides_for(GetParam().guides, frames), {}, 1); });
  };
  EXPECT_EQ(complaint({1, 1, 32, 32}), "frames must be [B,T,3,H,W] or [B,3,H,W], got [1,1,32,32]");
  EXPECT_EQ(complaint({3, 32, 32}), "frames must be [B,T,3,H,W] or [B,3,H,W], got [3,32,32]");
  EXPECT_EQ(complaint({1, 3, 0, 32}), "frames must be at least 1x1 pixels, got 32x0");
}

// Whatever LibTorch's generator would draw meanwhile.
TEST_P(EveryModel, DrawsNothingWhileItTrains) {
  const torch::NoGradGuard no_grad;
  const auto frame = torch::rand({1, 3, 48, 48});
  const Guides guides = guides_for(GetParam().guides, frame);
  const auto first_step = [&](uint64_t seed) {
    const auto network = make_model(small(GetParam()), Rng(3));
    network->train();
    torch::manual_seed(seed);
    return network->forward(frame, guides, {}, 1);
  };
  const Prediction a = first_step(1), b = first_step(2);
  EXPECT_TRUE(torch::equal(a.alpha, b.alpha));
  ASSERT_EQ(a.parts.size(), b.parts.size());
  for (const auto& [name, part] : a.parts) EXPECT_TRUE(torch::equal(part, b.parts.at(name))) << name;
}

TEST_P(EveryModel, HasItsRowOnTheRoomsPage) {
  EXPECT_THAT(read_file(FACEMAT_SOURCE_DIR "/src/model/README.md"),
              testing::HasSubstr("`" + std::string(GetParam().name) + "`"));
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
