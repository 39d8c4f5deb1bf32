#include "train/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/config.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

std::string complaint(std::vector<LossTerm> losses) {
  TrainConfig config;
  config.losses = std::move(losses);
  return message_of([&] { check(config); });
}

TEST(TrainConfig, LossesMustFindWhatTheyNeed) {
  using testing::HasSubstr;
  EXPECT_THAT(complaint({{"nll", 1}}), HasSubstr("the loss nll needs model.uncertainty: true"));
  EXPECT_THAT(complaint({{"foreground_l1", 1}}), HasSubstr("the loss foreground_l1 needs model.foreground: true"));
  EXPECT_THAT(complaint({{"segmentation", 1}}), HasSubstr("the loss segmentation needs model.segmentation: true"));
  EXPECT_THAT(complaint({{"laplacian_uncertainty", 1}}), HasSubstr("the loss laplacian_uncertainty needs a teacher"));
  EXPECT_THAT(complaint({{"distillation", 1}}), HasSubstr("the loss distillation needs a teacher"));
  EXPECT_THAT(complaint({{"l1", 1}, {"nll", 0}}), "no error") << "what counts nothing needs nothing";
}

TEST(TrainConfig, SettingsThatANetworkHasNoUseForAreRefused) {
  TrainConfig config;
  config.model.network = "modnet", config.model.patches.scale = 0.5;
  EXPECT_EQ(message_of([&] { check(config); }),
            "model.patches.scale: the network 'modnet' has no use for it (networks that have: bgmv2_mobilenetv2, "
            "bgmv2_resnet50)");
}

TEST(TrainConfig, LossesMustBeNamedOnce) {
  EXPECT_THAT(complaint({{"l1", 1}, {"l1", 2}}), testing::HasSubstr("'l1' is listed twice"));
  EXPECT_THAT(complaint({}), testing::HasSubstr("losses is empty"));
  EXPECT_EQ(complaint({{"l1", 1, "", "a.b"}}), "the task 'a.b' of the loss 'l1' has a dot in its name");
}

TEST(TrainConfig, GuidesAreThoseOfTheNetworkAndOfTheLosses) {
  TrainConfig config;
  EXPECT_THAT(guides_of(config), testing::ElementsAre());
  config.losses = {{"l1", 1}, {"composition_given", 1}};
  config.model.foreground = true;
  EXPECT_THAT(guides_of(config, passes_of(config)[0]), testing::ElementsAre("background"));
  EXPECT_NO_THROW(check(config));
  config.model.network = "no_such_network";
  EXPECT_THAT(message_of([&] { guides_of(config); }), testing::HasSubstr("model.network is 'no_such_network' (known: "));
}

TEST(TrainConfig, TermsOfPartsAreToldApart) {
  TrainConfig config;
  config.losses = {{"l1", 1}, {"l1", 1, "coarse_alpha"}};
  EXPECT_NO_THROW(check(config));
  const std::vector<LossTerm> all = all_losses(config);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].of, "coarse_alpha");
  EXPECT_THAT(complaint({{"features_alpha", 1}}),
              testing::HasSubstr("needs weights of VGG16 (set loss_options.feature_weights"));
}

TEST(TrainConfig, APassWithoutLossesHasThoseOfTheRun) {
  TrainConfig config;
  config.losses = {{"l1", 3}};
  config.passes.resize(2);
  config.passes[1].losses = {{"laplacian", 1}};
  const std::vector<TrainPass> passes = passes_of(config);
  ASSERT_EQ(passes.size(), 2u);
  ASSERT_EQ(passes[0].losses.size(), 1u);
  EXPECT_EQ(passes[0].losses[0].name, "l1");
  EXPECT_EQ(passes[0].losses[0].weight, 3);
  EXPECT_EQ(passes[1].losses[0].name, "laplacian");
}

TEST(TrainConfig, CosineWarmUpAndAMovingAverageAreTheDefaults) {
  const TrainConfig config;
  EXPECT_EQ(config.learning_rate.schedule.name, "cosine");
  EXPECT_GT(config.learning_rate.schedule.warmup, 0);
  EXPECT_GT(config.ema, 0);
  EXPECT_GT(config.norm_batches, 0) << "the average's batch norms are estimated again";
}

// The recipes for users learn motion: at least half of their steps are clips of four frames or more.
TEST(TrainConfig, RecommendedRecipesLearnMotion) {
  const fs::path folder = fs::path(FACEMAT_SOURCE_DIR) / "configs/train";
  for (const char* name : {"teacher.yaml", "student.yaml", "student_long.yaml", "release/1_start.yaml",
                           "release/2_teacher.yaml", "release/3_student.yaml", "release/4_fine.yaml"}) {
    const TrainConfig config = load_config<TrainConfig>(folder / name);
    int clips = 0, turns = 0;
    for (const TrainPass& pass : passes_of(config)) {
      turns += pass.turns;
      if (pass.samples == "clips" && (pass.frames == 0 || pass.frames >= 4)) clips += pass.turns;
    }
    EXPECT_GE(2 * clips, turns) << name;
  }
}

}  // namespace
}  // namespace facemat
