// Runs of networks that are given more than the frame, and that predict more than a matte: their losses find both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/file.h"
#include "tests/train/tiny_run.h"
#include "train/run/learner.h"

namespace facemat {
namespace {

class GuidedRuns : public testing::Test {
 protected:
  GuidedRuns() { write_file(folder_ / "data.yaml", config_to_yaml(tiny_data())); }

  // Three steps of a small network on stills of `size` pixels, made on the fly.
  TrainOutcome outcome_of(const std::string& network, const std::vector<LossTerm>& losses, bool foreground = false,
                          int size = 64) {
    TrainConfig config;
    config.model.network = network, config.model.width = 0.125, config.model.foreground = foreground;
    config.losses = losses, config.teacher = teacher_;
    TrainPass pass;
    pass.batch = 2, pass.frames = 1, pass.size = size;
    config.passes = {pass};
    config.ema = 0, config.steps = 3, config.log_every = 1, config.validate_every = 3, config.checkpoint_every = 3;
    config.validate_on.resize(1);
    config.validate_on[0].regions = {"whole", "unknown"};
    TrainRequest request;
    request.data = folder_ / "data.yaml", request.run = folder_ / network;
    return train(config, request, *silent());
  }
  std::string log_of(const std::string& network) const { return read_file(folder_ / network / "log.jsonl"); }

  Scratch folder_;
  std::string teacher_;
};

TEST_F(GuidedRuns, ATrimapIsDrawnAndItsUnknownRegionIsThatOfTheLosses) {
  const TrainOutcome outcome = outcome_of("dim", {{"charbonnier_unknown", 0.5}, {"composition_unknown", 0.5}});
  EXPECT_EQ(outcome.steps, 3);
  EXPECT_TRUE(std::isfinite(outcome.last_loss));
  EXPECT_GT(outcome.figures.at("sad_unknown"), 0);
  EXPECT_THAT(log_of("dim"), testing::HasSubstr("composition_unknown"));
}

TEST_F(GuidedRuns, BackgroundAndSegmentationAreDrawn) {
  const TrainOutcome outcome = outcome_of(
      "background_matting",
      {{"l1", 1}, {"gradient", 1}, {"foreground_l1_normalised", 2}, {"composition_predicted", 1}, {"composition_given", 1}},
      true);
  EXPECT_EQ(outcome.steps, 3);
  EXPECT_TRUE(std::isfinite(outcome.last_loss));
}

TEST_F(GuidedRuns, BranchesAreLearnedByTheirParts) {
  const TrainOutcome outcome =
      outcome_of("modnet", {{"modnet_semantic", 10}, {"modnet_detail", 10}, {"modnet_fusion", 1}, {"modnet_consistency", 1}});
  EXPECT_EQ(outcome.steps, 3);
  EXPECT_THAT(log_of("modnet"), testing::AllOf(testing::HasSubstr("modnet_semantic"), testing::HasSubstr("modnet_detail")));
}

// MODNet pads 48 pixels to 64, and its semantics are 4x4 of 16x16 pixels: three of them are the frame. Of 40 pixels 2.5 are.
TEST_F(GuidedRuns, APartIsComparedWithoutWhatWasPadded) {
  EXPECT_EQ(outcome_of("modnet", {{"modnet_semantic", 10}}, false, 48).steps, 3);
}

TEST_F(GuidedRuns, APartHasToEndWhereTheFramesDo) {
  EXPECT_THAT(message_of([&] {
                outcome_of("modnet", {{"modnet_semantic", 10}}, false, 40);
              }),
              testing::HasSubstr("the part 'semantic' is 4x4, no whole share of frames of 40x40"));
}

TEST_F(GuidedRuns, ATeacherMayBeGivenMoreThanItsStudent) {
  outcome_of("dim", {{"l1", 1}});
  teacher_ = (folder_ / "dim").string();
  const TrainOutcome outcome = outcome_of("modnet", {{"distillation", 1}, {"l1_unknown", 1}});
  EXPECT_EQ(outcome.steps, 3);
  EXPECT_THAT(log_of("modnet"), testing::AllOf(testing::HasSubstr("distillation"), testing::HasSubstr("l1_unknown")));
}

// A trimap is in the batch, all of it unknown, and the dataset calls nothing unknown.
TEST(UnknownRegion, IsOfTheTrimapThatTheNetworkItselfIsGiven) {
  torch::manual_seed(1);
  Batch batch;
  batch.frames = torch::rand({1, 1, 3, 32, 32});
  batch.alpha = batch.unknown = torch::zeros({1, 1, 1, 32, 32});
  batch.guides.trimap = torch::full({1, 1, 1, 32, 32}, 0.5);
  const auto loss = [&](const char* network) {
    TrainConfig config;
    config.model.network = network, config.model.width = 0.125;
    config.losses = {{"l1_unknown", 1}};
    const auto alone = single_process();
    Learner learner(config, torch::kCPU, *alone);
    return learner.step(passes_of(config)[0], {batch}, 0).loss;
  };
  EXPECT_GT(loss("dim"), 0);
  EXPECT_EQ(loss("modnet"), 0) << "it is another's";
}

TEST_F(GuidedRuns, APartThatANetworkLacksIsNamed) {
  EXPECT_THAT(message_of([&] {
                outcome_of("modnet", {{"l1", 1, "coarse_alpha"}});
              }),
              testing::HasSubstr("loss 'l1' needs the part 'coarse_alpha' of the prediction (this network has "));
}

}  // namespace
}  // namespace facemat
