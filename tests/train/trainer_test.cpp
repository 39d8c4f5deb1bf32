// Whole runs on a tiny drawn dataset.

#include "train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "data/builder.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/model/weights.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

std::unique_ptr<Progress> silent() { return make_progress("", "", true); }

DataConfig tiny_data() {
  DataConfig config;
  config.size = 48;
  config.degrade.probability = 0;
  config.splits = {SplitConfig{}, SplitConfig{}};
  config.splits[0].stills = 4, config.splits[0].clips = 2, config.splits[0].frames = 3;
  config.splits[1].name = "valid", config.splits[1].stills = 2;
  return config;
}

TrainConfig tiny_teacher() {
  TrainConfig config;
  config.model.width = 0.25, config.model.uncertainty = true;
  config.losses = {{"l1_unknown", 1}, {"laplacian", 1}, {"beta_nll", 1}, {"coherence", 5}};
  config.batch = 2, config.steps = 8, config.log_every = 2, config.validate_every = 4, config.checkpoint_every = 4;
  return config;
}

TrainConfig tiny_student(const fs::path& teacher) {
  TrainConfig config = tiny_teacher();
  config.model.uncertainty = false;
  config.teacher = config.init = teacher.string();
  config.losses = {{"l1_uncertainty", 1}, {"laplacian", 1}, {"coherence", 5}};
  return config;
}

class Runs : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    torch::set_num_threads(2);
    scratch_ = std::make_unique<Scratch>();
    build_dataset(tiny_data(), data(), {}, *silent());
  }
  static void TearDownTestSuite() { scratch_.reset(); }

  static fs::path data() { return scratch_->path() / "data"; }
  static fs::path run(const std::string& name) { return scratch_->path() / name; }
  static TrainOutcome train_run(const TrainConfig& config, const std::string& name, bool resume = false, int stop_after = 0) {
    return train(config, {data(), run(name), resume, stop_after}, *silent());
  }
  static std::string bytes(const std::string& name, const std::string& file) { return read_file(run(name) / file); }

  static std::unique_ptr<Scratch> scratch_;
};
std::unique_ptr<Scratch> Runs::scratch_;

TEST_F(Runs, ResumedEqualsUninterruptedBitForBit) {
  train_run(tiny_teacher(), "whole");
  train_run(tiny_teacher(), "parts", false, 4);
  const TrainOutcome outcome = train_run(tiny_teacher(), "parts", true);
  EXPECT_EQ(outcome.steps, 8);
  for (const char* file : {"model.safetensors", "optimizer.safetensors", "state.json"})
    EXPECT_EQ(bytes("whole", std::string("checkpoints/step-00000008/") + file),
              bytes("parts", std::string("checkpoints/step-00000008/") + file))
        << file;
  EXPECT_EQ(bytes("whole", "log.jsonl"), bytes("parts", "log.jsonl"));
}

TEST_F(Runs, LearnsFromSamplesMadeOnTheFly) {
  const fs::path settings = run("data.yaml");
  write_file(settings, config_to_yaml(tiny_data()));
  const auto fly = [&](const std::string& name, bool resume, int stop_after) {
    return train(tiny_teacher(), {settings, run(name), resume, stop_after}, *silent());
  };
  EXPECT_EQ(fly("fly", false, 0).steps, 8);
  fly("fly-parts", false, 5);  // within the second epoch, whose samples are other ones
  fly("fly-parts", true, 0);
  EXPECT_EQ(bytes("fly", "checkpoints/step-00000008/model.safetensors"),
            bytes("fly-parts", "checkpoints/step-00000008/model.safetensors"));
}

TEST_F(Runs, StudentLearnsFromAFrozenTeacher) {
  train_run(tiny_teacher(), "teacher");
  const std::string before = bytes("teacher", "checkpoints/step-00000008/model.safetensors");
  const TrainOutcome outcome = train_run(tiny_student(run("teacher")), "student");
  EXPECT_EQ(outcome.steps, 8);
  EXPECT_EQ(bytes("teacher", "checkpoints/step-00000008/model.safetensors"), before);
  const TrainedModel student = load_model(run("student"));
  EXPECT_FALSE(student.config.uncertainty);
  EXPECT_EQ(student.metadata.at("polarity"), "visible_face");
  EXPECT_EQ(student.metadata.at("train_size"), "48");
}

TEST_F(Runs, OverfitsOneBatch) {
  TrainConfig config = tiny_teacher();
  config.losses = {{"l1", 1}};
  config.model.uncertainty = false;
  config.split = "valid";  // two stills: one batch, over and over
  config.steps = 150, config.flip = 0, config.validate_every = 150, config.checkpoint_every = 150, config.log_every = 10;
  config.learning_rate.backbone = config.learning_rate.aspp = config.learning_rate.decoder = 5e-3;
  const TrainOutcome outcome = train_run(config, "overfit");
  std::ifstream log(run("overfit") / "log.jsonl");
  std::string first;
  std::getline(log, first);
  const auto start = std::stod(first.substr(first.find("\"loss\":") + 7));
  EXPECT_LT(outcome.last_loss, 0.03);
  EXPECT_LT(outcome.last_loss, start / 5);
}

TEST_F(Runs, RefusesToOverwriteARunOrToResumeAnother) {
  train_run(tiny_teacher(), "there");
  EXPECT_THAT(message_of([&] { train_run(tiny_teacher(), "there"); }), HasSubstr("--resume"));
  TrainConfig other = tiny_teacher();
  other.batch = 1;
  EXPECT_THAT(message_of([&] { train_run(other, "there", true); }), HasSubstr("other settings"));
}

TEST_F(Runs, SaysWhatDoesNotFit) {
  TrainConfig config = tiny_teacher();
  config.model.uncertainty = false;
  EXPECT_THAT(message_of([&] { train_run(config, "x"); }), HasSubstr("model.uncertainty"));
  EXPECT_THAT(message_of([&] { train_run(tiny_student(run("nowhere")), "x"); }), HasSubstr("no such model"));
  config = tiny_student("");
  EXPECT_THAT(message_of([&] { train_run(config, "x"); }), HasSubstr("teacher"));
  config = tiny_teacher();
  config.split = "trainn";
  EXPECT_THAT(message_of([&] { train_run(config, "x"); }), HasSubstr("known: train, valid"));
  EXPECT_FALSE(fs::exists(run("x")));
}

TEST_F(Runs, NeedsTrimapsOnlyForLossesOfTheUnknownRegion) {
  DataConfig bare = tiny_data();
  bare.write = {"image", "alpha"};
  build_dataset(bare, run("bare-data"), {}, *silent());
  TrainConfig config = tiny_teacher();
  config.losses = {{"l1", 1}, {"beta_nll", 1}};
  config.steps = 2;
  EXPECT_EQ(train(config, {run("bare-data"), run("bare")}, *silent()).steps, 2);
  EXPECT_THAT(message_of([&] {
                train(tiny_teacher(), {run("bare-data"), run("x")}, *silent());
              }),
              HasSubstr("the dataset has no trimap files"));
}

TEST_F(Runs, ADamagedCheckpointIsNamed) {
  train_run(tiny_teacher(), "damaged", false, 4);
  write_file(run("damaged") / "checkpoints/step-00000004/optimizer.safetensors", "garbage");
  EXPECT_THAT(message_of([&] { train_run(tiny_teacher(), "damaged", true); }), HasSubstr("optimizer.safetensors"));
  fs::remove(run("damaged") / "checkpoints/step-00000004/DONE");  // incomplete: as if it were not there
  EXPECT_EQ(train_run(tiny_teacher(), "damaged", true).steps, 8);
}

TEST(TrainConfigs, EveryFileLoadsAndFits) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(FACEMAT_SOURCE_DIR) / "configs/train")) {
    auto config = load_config<TrainConfig>(entry.path());
    if (entry.path().filename().string().find("student") != std::string::npos) config.teacher = "given on the command line";
    EXPECT_NO_THROW(check(config)) << entry.path();
    EXPECT_EQ(config_to_yaml(config_from_yaml<TrainConfig>(config_to_yaml(config), "x")), config_to_yaml(config))
        << entry.path();
    ++files;
  }
  EXPECT_GE(files, 4);
}

}  // namespace
}  // namespace facemat
