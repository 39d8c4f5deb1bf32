#include "train/feed/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "tests/train/tiny_run.h"

namespace facemat {
namespace {

class Feeds : public testing::Test {
 protected:
  Feeds() {
    DataConfig data = tiny_data();
    data.faces[0].licence = "of the faces";
    write_file(settings_, config_to_yaml(data));
    data.faces[0].licence = "of other faces";
    write_file(other_, config_to_yaml(data));
  }

  static TrainConfig with_turns(const std::vector<int>& turns) {
    TrainConfig config = tiny_teacher();
    for (size_t i = 0; i < turns.size(); ++i) {
      TrainPass pass;
      pass.name = std::to_string(i), pass.turns = turns[i], pass.batch = 2, pass.frames = 1;
      config.passes.push_back(pass);
    }
    return config;
  }

  Scratch folder_;
  fs::path settings_ = folder_ / "data.yaml", other_ = folder_ / "other.yaml";
};

TEST_F(Feeds, PassesTakeAsManyStepsInARowAsTheyHaveTurns) {
  const Feed feed(with_turns({2, 1, 3}), settings_, 0, 1);
  std::string order;
  for (int64_t step = 0; step < 13; ++step) order += feed.pass_of(step).name;
  EXPECT_EQ(order, "0012220012220");
  EXPECT_EQ(feed.steps_per_round(), 6);
}

TEST_F(Feeds, APassGoesThroughItsClipsWhateverTheOthersDo) {
  const Feed alone(with_turns({1}), settings_, 0, 1), unequal(with_turns({2, 3}), settings_, 0, 1);
  std::vector<std::string> names, among_others;
  for (int64_t step = 0; step < 4; ++step)
    for (const std::string& name : alone.batch(step).names) names.push_back(name);
  for (const int64_t step : {0, 1, 5, 6})
    for (const std::string& name : unequal.batch(step).names) among_others.push_back(name);
  EXPECT_EQ(among_others, names);
}

TEST_F(Feeds, APassTakesStillsOrClipsAlone) {
  TrainConfig config = with_turns({1, 1});
  config.passes[0].samples = "stills", config.passes[1].samples = "clips", config.passes[1].frames = 0;
  const Feed feed(config, settings_, 0, 1);
  EXPECT_EQ(feed.clips(0), 4);
  EXPECT_EQ(feed.clips(1), 2);
  for (int64_t step = 0; step < 8; ++step) EXPECT_EQ(feed.batch(step).frames.size(1), step % 2 == 0 ? 1 : 3) << step;
}

TEST_F(Feeds, APassWithoutItsKindOfSamplesIsRefused) {
  DataConfig data = tiny_data();
  data.splits[0].clips = 0;
  write_file(settings_, config_to_yaml(data));
  TrainConfig config = with_turns({1});
  config.passes[0].samples = "clips";
  EXPECT_THAT(message_of([&] { Feed(config, settings_, 0, 1); }),
              testing::HasSubstr("the split 'train' holds no clips to learn from"));
}

TEST_F(Feeds, AnEpochIsTheFirstPassOnce) {
  // Six clips are three batches of two.
  EXPECT_DOUBLE_EQ(Feed(with_turns({1}), settings_, 0, 1).steps_per_epoch(), 3);
  EXPECT_DOUBLE_EQ(Feed(with_turns({1, 1}), settings_, 0, 1).steps_per_epoch(), 6);
  EXPECT_DOUBLE_EQ(Feed(with_turns({2, 3}), settings_, 0, 1).steps_per_epoch(), 7.5);
  TrainConfig config = with_turns({2, 3});
  config.epochs = 1;
  EXPECT_EQ(Feed(config, settings_, 0, 1).with_steps(config).steps, 8);
}

// A loss that looks at the background asks for it, whatever the network needs.
TEST_F(Feeds, GuidesAreDrawnForEachClipOfEachStep) {
  TrainConfig config = with_turns({1});
  config.model.foreground = true;
  config.losses = {{"composition_given", 1}};
  const Feed feed(config, settings_, 0, 1), again(config, settings_, 0, 1);
  const Batch batch = feed.batch(1);
  ASSERT_TRUE(batch.guides.background.defined());
  EXPECT_EQ(batch.guides.background.sizes().vec(), batch.frames.sizes().vec());
  EXPECT_FALSE(batch.guides.trimap.defined());
  EXPECT_TRUE(torch::equal(batch.guides.background, again.batch(1).guides.background));
  EXPECT_FALSE(torch::equal(batch.guides.background, batch.clean)) << "never exactly what is behind";
  bool differs = false;
  for (int64_t step = 0; step < 4; ++step) {
    const Batch other = feed.batch(step);
    differs |= !torch::equal(other.guides.background - other.clean, batch.guides.background - batch.clean);
  }
  EXPECT_TRUE(differs);
  EXPECT_FALSE(Feed(with_turns({1}), settings_, 0, 1).batch(0).guides.background.defined());
}

TEST_F(Feeds, WhatATeacherNeedsIsDrawnIfItIsAsked) {
  ModelConfig teacher;
  teacher.network = "dim", teacher.width = 0.125;
  write_file(folder_ / "dim.safetensors", encode_model(*make_model(teacher, Rng(1)), teacher, {}));
  TrainConfig config = with_turns({1});
  config.teacher = (folder_ / "dim.safetensors").string();
  config.losses = {{"l1_unknown", 1}};
  const Batch unasked = Feed(config, settings_, 0, 1).batch(0);
  EXPECT_FALSE(unasked.guides.trimap.defined());
  config.losses = {{"l1_unknown", 1}, {"distillation", 1}};
  const Batch asked = Feed(config, settings_, 0, 1).batch(0);
  EXPECT_TRUE(asked.guides.trimap.defined());
  EXPECT_TRUE(torch::equal(asked.unknown, unasked.unknown)) << "the student's region stays the dataset's";
}

TEST_F(Feeds, TheLicenceIsThatOfAllPasses) {
  TrainConfig config = with_turns({1, 1});
  config.passes[1].data = other_.string();
  const std::string licence = Feed(config, settings_, 0, 1).licence();
  EXPECT_THAT(licence, testing::AllOf(testing::HasSubstr("of the faces"), testing::HasSubstr("of other faces")));
}

}  // namespace
}  // namespace facemat
