// facemat-train as its users meet it: command lines, exit codes, messages. Whole runs of it are in
// tests/train/run/resume_test.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "src/core/file.h"
#include "src/model/weights/weights.h"
#include "tests/support/command.h"
#include "tests/train/tiny_run.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

Outcome facemat_train(const std::string& arguments) {
  return run(std::string(FACEMAT_BIN_DIR) + "/facemat-train " + arguments);
}

// Refused with one line that holds `part`, and exit code 1.
void expect_refused(const std::string& arguments, const std::string& part) {
  const Outcome outcome = facemat_train(arguments);
  EXPECT_EQ(outcome.code, 1) << arguments;
  EXPECT_THAT(outcome.text, AllOf(StartsWith("facemat-train: "), HasSubstr(part))) << arguments;
  EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
}

class TrainProgram : public testing::Test {
 protected:
  TrainProgram() { write_file(folder_ / "tiny.yaml", config_to_yaml(tiny_teacher())); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string tiny() const { return "--config " + path("tiny.yaml"); }
  void build_data() const { build_dataset(tiny_data(), path("data"), {}, *silent()); }

  Scratch folder_;
};

TEST_F(TrainProgram, PrintsSettingsThatLoad) {
  const Outcome printed = facemat_train(tiny() + " --print-config --set steps=7 --teacher runs/teacher");
  ASSERT_EQ(printed.code, 0) << printed.text;
  write_file(path("printed.yaml"), printed.text);
  const auto config = load_config<TrainConfig>(path("printed.yaml"));
  EXPECT_EQ(config.steps, 7);
  EXPECT_EQ(config.teacher, "runs/teacher");
  EXPECT_EQ(config.model.width, 0.25);
  EXPECT_EQ(config_to_yaml(config), printed.text);
}

TEST_F(TrainProgram, WhatIsMissingIsOneLine) {
  expect_refused(tiny(), "--data DIR is needed");
  expect_refused(tiny() + " --data " + path("data"), "--out RUN is needed");
  expect_refused(tiny() + " --dry-run --data " + path("data"), "data: no such dataset");
}

TEST_F(TrainProgram, ADryRunForecastsAndWritesNothing) {
  build_data();
  const auto before = names_in(folder_.path());
  const Outcome outcome = facemat_train(tiny() + " --quiet --threads 1 --loader-threads 0 --dry-run --data " + path("data") +
                                        " --out " + path("run"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, AllOf(HasSubstr(" parameters, 6 clips, "), HasSubstr(" epochs in 8 steps\n"),
                                  HasSubstr("a step takes "), HasSubstr("the run will take about ")));
  EXPECT_EQ(names_in(folder_.path()), before);
}

TEST_F(TrainProgram, ARunThatGoesOnKnowsItsSettings) {
  build_data();
  const std::string rest = " --data " + path("data") + " --out " + path("run") + " --quiet --json";
  ASSERT_EQ(facemat_train(tiny() + " --set seed=5" + rest + " --stop-after 3").code, 0);
  const Outcome goes_on = facemat_train("--resume" + rest);
  EXPECT_EQ(goes_on.code, 0) << goes_on.text;
  EXPECT_THAT(goes_on.text, HasSubstr("\"steps\":8"));
}

TEST_F(TrainProgram, AMistypedRunIsNotResumedInSilence) {
  build_data();
  const Outcome outcome =
      facemat_train(tiny() + " --resume --data " + path("data") + " --out " + path("runn") + " --quiet --stop-after 1");
  EXPECT_THAT(outcome.text, HasSubstr("runn: there is no run to resume, a new one starts"));
}

TEST_F(TrainProgram, SharesARunsWeightsInHalfPrecision) {
  build_data();
  const std::string run = path("run"), file = path("shared.safetensors");
  ASSERT_EQ(facemat_train(tiny() + " --data " + path("data") + " --out " + run + " --quiet --stop-after 4").code, 0);
  EXPECT_EQ(facemat_train("weights --model " + run + " --half --out " + file).code, 0);
  const TrainedModel model = load_model(run), shared = load_model(file);
  EXPECT_LT(fs::file_size(file), 0.6 * static_cast<double>(fs::file_size(model.file)));
  EXPECT_EQ(shared.metadata.at("polarity"), "visible_face");
  EXPECT_EQ(shared.metadata.at("weights_from"), model.weights_hash);
  const auto whole = named_weights(*model.network), half = named_weights(*shared.network);
  for (const auto& [name, tensor] : whole)
    EXPECT_TRUE(torch::equal(half.at(name), tensor.to(torch::kHalf).to(tensor.scalar_type()))) << name;
  const Outcome goes_on = facemat_train(tiny() + " --data " + path("data") + " --out " + path("on") + " --init " + file +
                                        " --set first_step=4 --json --quiet");
  EXPECT_EQ(goes_on.code, 0) << goes_on.text;
  EXPECT_THAT(goes_on.text, HasSubstr("\"steps\":8"));
  expect_refused("weights --model " + path("nowhere") + " --out " + file, "no such model");
  expect_refused(tiny() + " --data " + path("data") + " --out " + path("x") + " --set first_step=8",
                 "first_step 8 leaves none of 8 steps");
}

TEST_F(TrainProgram, BenchNamesEveryWay) {
  build_data();
  const Outcome outcome =
      facemat_train("bench " + tiny() + " --quiet --threads 1 --steps 1 --size 64 --batch 1 --frames 1 --data " + path("data"));
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text,
              AllOf(StartsWith("1 x 1 frames of 64x64, 1 threads, medians of 1 steps"), HasSubstr("\nplain "),
                    HasSubstr("\nfused "), HasSubstr("\nrecomputed "), HasSubstr("\nconvolutions: "), HasSubstr("\nloader: ")));
}

TEST_F(TrainProgram, WrongUsageIsTwo) {
  const Outcome in_front = facemat_train("--threads 1 bench");
  EXPECT_EQ(in_front.code, 2);
  EXPECT_THAT(in_front.text, HasSubstr("--threads: options of 'bench' stand behind its name"));
  for (const char* arguments : {"--colour red", "--threads 0", "paint", "bench --size 8"})
    EXPECT_EQ(facemat_train(arguments).code, 2) << arguments;
}

}  // namespace
}  // namespace facemat
