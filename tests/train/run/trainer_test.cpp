// Whole runs on a tiny drawn dataset.

#include "train/run/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "data/store/packer.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/json.h"
#include "src/core/lock.h"
#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "tests/train/tiny_run.h"
#include "train/run/forecast.h"

namespace facemat {
namespace {

using testing::HasSubstr;

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
  static TrainRequest request(const std::string& name, bool resume = false, int stop_after = 0) {
    TrainRequest request;
    request.data = data(), request.run = run(name), request.resume = resume, request.stop_after = stop_after;
    return request;
  }
  static TrainOutcome train_run(const TrainConfig& config, const std::string& name, bool resume = false, int stop_after = 0) {
    return train(config, request(name, resume, stop_after), *silent());
  }
  static NamedTensors weights(const std::string& name, int step, const char* file = "model.safetensors") {
    const fs::path path = run(name) / "checkpoints" / fmt::format("step-{:08}", step) / file;
    return decode_safetensors(read_file(path), path.string()).tensors;
  }
  // Largest difference between two runs' weights.
  static double difference(const NamedTensors& a, const NamedTensors& b) {
    double largest = 0;
    for (const auto& [name, tensor] : a)
      if (tensor.is_floating_point()) largest = std::max(largest, (tensor - b.at(name)).abs().max().item<double>());
    return largest;
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
    TrainRequest on_the_fly = request(name, resume, stop_after);
    on_the_fly.data = settings;
    return train(tiny_teacher(), on_the_fly, *silent());
  };
  EXPECT_EQ(fly("fly", false, 0).steps, 8);
  fly("fly-parts", false, 5);  // within the second epoch, whose samples are other ones
  fly("fly-parts", true, 0);
  EXPECT_EQ(bytes("fly", "checkpoints/step-00000008/model.safetensors"),
            bytes("fly-parts", "checkpoints/step-00000008/model.safetensors"));
}

TEST_F(Runs, NeedsTrimapsOnlyForLossesOfTheUnknownRegion) {
  DataConfig plain = tiny_data();
  plain.write = {"image", "alpha"};
  build_dataset(plain, run("plain"), {}, *silent());
  TrainRequest without = request("without-trimaps");
  without.data = run("plain");
  TrainConfig config = tiny_teacher();
  EXPECT_THAT(message_of([&] { train(config, without, *silent()); }), HasSubstr("the dataset has no trimap files"));
  config.losses = {{"l1", 1}, {"beta_nll", 1}};
  config.steps = 2, config.validate_every = 2;
  EXPECT_EQ(train(config, without, *silent()).steps, 2);
}

TEST_F(Runs, ForegroundAndOccluderComeFromTheData) {
  TrainConfig config = tiny_teacher();
  config.model.foreground = true;
  config.losses = {{"foreground_l1", 1}, {"foreground_coherence", 5}, {"composition", 1}};
  config.steps = 1, config.validate_every = 1, config.log_every = 1;
  train_run(config, "foreground");
  EXPECT_THAT(bytes("foreground", "log.jsonl"), testing::AllOf(HasSubstr("composition"), HasSubstr("foreground_l1")));
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
  EXPECT_THAT(message_of([&] { train_run(other, "there", true); }),
              testing::AllOf(HasSubstr("other settings"), HasSubstr("'batch: 2' there, 'batch: 1' now")));
}

TEST_F(Runs, GoesOnWithTheDataItWasStartedWithAlone) {
  train_run(tiny_teacher(), "known", false, 4);
  EXPECT_THAT(bytes("known", "data.yaml"), testing::AllOf(HasSubstr("name: \"data\""), HasSubstr("licence: ")));
  DataConfig other = tiny_data();
  other.seed = 2;
  build_dataset(other, run("other-data"), {}, *silent());
  TrainRequest with_other = request("known", true);
  with_other.data = run("other-data");
  EXPECT_THAT(message_of([&] { train(tiny_teacher(), with_other, *silent()); }),
              testing::AllOf(HasSubstr("known/data.yaml: the run was started with the data 'data' ("),
                             HasSubstr("not 'other-data' (")));
  pack_dataset(data(), run("packed"), 4, *silent());
  TrainRequest packed = request("known", true);
  packed.data = run("packed");
  EXPECT_EQ(train(tiny_teacher(), packed, *silent()).steps, 8) << "the same samples in another form";
}

// Two sets of one place would make "best" compare what cannot be compared.
TEST_F(Runs, IsJudgedByTheDataItWasStartedWithAlone) {
  const fs::path held_out = run("held-out");
  build_dataset(tiny_data(), held_out, {}, *silent());
  TrainConfig config = tiny_teacher();
  config.validate_on = {ValidationSet{}};
  config.validate_on[0].data = held_out.string();
  train_run(config, "judged", false, 4);
  const std::string record = bytes("judged", "data.yaml");
  EXPECT_THAT(record,
              testing::AllOf(HasSubstr("use: \"train\""), HasSubstr("use: \"valid\""), HasSubstr("name: \"held-out\"")));
  DataConfig other = tiny_data();
  other.seed = 2;
  fs::remove_all(held_out);
  build_dataset(other, held_out, {}, *silent());
  EXPECT_THAT(message_of([&] { train_run(config, "judged", true); }),
              testing::AllOf(HasSubstr("judged/data.yaml: the run was started with the data 'held-out' ("),
                             HasSubstr("not 'held-out' (")));
  EXPECT_EQ(bytes("judged", "data.yaml"), record);
  fs::remove_all(held_out);
  build_dataset(tiny_data(), held_out, {}, *silent());
  EXPECT_EQ(train_run(config, "judged", true).steps, 8) << "the same samples, built again";
}

TEST_F(Runs, ARunFromBeforeItsDataWereRecordedGoesOn) {
  train_run(tiny_teacher(), "older", false, 4);
  fs::remove(run("older") / "data.yaml");
  EXPECT_EQ(train_run(tiny_teacher(), "older", true).steps, 8);
  EXPECT_THAT(bytes("older", "data.yaml"), HasSubstr("name: \"data\""));
}

TEST_F(Runs, AFolderMayBeALinkOrCannotBeMade) {
  fs::create_symlink("far", run("link"));
  EXPECT_EQ(train_run(tiny_teacher(), "link", false, 1).steps, 1);
  EXPECT_TRUE(fs::is_symlink(run("link")) && fs::exists(run("far") / "config.yaml"));
  write_file(run("file"), "");
  EXPECT_THAT(message_of([&] { train_run(tiny_teacher(), "file/run"); }), HasSubstr("file/run: cannot make the folder: Not a"));
}

TEST_F(Runs, OneProcessAtATimeTrainsARun) {
  fs::create_directories(run("busy"));
  const Lock other(run("busy") / ".lock", "is training this run");
  EXPECT_THAT(message_of([&] { train_run(tiny_teacher(), "busy"); }), HasSubstr("another process is training this run"));
  EXPECT_FALSE(fs::exists(run("busy") / "config.yaml"));
}

TEST_F(Runs, AnotherNumberOfStepsIsSaidOrRefused) {
  struct Lines : Progress {
    void update(int64_t, int64_t, const std::string&) override {}
    void message(const std::string& line) override { all += line + "\n"; }
    std::string all;
  } lines;
  TrainConfig config = tiny_teacher();
  config.learning_rate.schedule.name = "cosine";
  train_run(config, "longer", false, 6);
  config.steps = 4;
  EXPECT_THAT(message_of([&] { train_run(config, "longer", true); }),
              HasSubstr("the run has taken 6 steps, steps is 4 (allowed: as many or more)"));
  config.steps = 12;
  EXPECT_EQ(train(config, request("longer", true, 1), lines).steps, 7);
  EXPECT_THAT(lines.all,
              HasSubstr("the run was to take 8 steps and takes 12 now: its learning rates change from 0.146 to 0.5 of "
                        "their full value at step 6"));
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

TEST_F(Runs, ADamagedCheckpointIsNamed) {
  train_run(tiny_teacher(), "damaged", false, 4);
  write_file(run("damaged") / "checkpoints/step-00000004/optimizer.safetensors", "garbage");
  EXPECT_THAT(message_of([&] { train_run(tiny_teacher(), "damaged", true); }), HasSubstr("optimizer.safetensors"));
  fs::remove(run("damaged") / "checkpoints/step-00000004/DONE");  // incomplete: as if it were not there
  EXPECT_EQ(train_run(tiny_teacher(), "damaged", true).steps, 8);
}

TEST_F(Runs, EveryParameterLearns) {
  train_run(tiny_teacher(), "all-learn", false, 1);
  const auto moments = weights("all-learn", 1, "optimizer.safetensors");
  for (const auto& item : make_model(tiny_teacher().model, Rng(1))->named_parameters())
    EXPECT_TRUE(moments.count(item.key() + ".exp_avg")) << item.key();
}

TEST_F(Runs, FrozenPartsKeepWeightsAndStatistics) {
  TrainConfig config = tiny_teacher();
  config.freeze = {"backbone"}, config.steps = 4, config.validate_every = 2;  // validation in between must not thaw it
  train_run(config, "frozen");
  const auto start = named_weights(*make_model(config.model, Rng(config.seed)));
  double moved = 0;
  for (const auto& [name, tensor] : weights("frozen", 4)) {
    const double by = (tensor - start.at(name)).abs().max().item<double>();
    if (name.rfind("backbone", 0) == 0) {
      EXPECT_EQ(by, 0) << name;
    }
    moved += by;
  }
  EXPECT_GT(moved, 0);
  config.freeze = {"backbones"};
  EXPECT_THAT(message_of([&] { train_run(config, "x"); }), testing::AllOf(HasSubstr("backbones"), HasSubstr("project_mat")));
}

TEST_F(Runs, TheMovingAverageIsTheModelAndItsRunResumes) {
  TrainConfig config = tiny_teacher();
  config.ema = 0.9;
  train_run(config, "ema");
  EXPECT_GT(difference(weights("ema", 8), weights("ema", 8, "training.safetensors")), 0);
  train_run(config, "ema-parts", false, 3);
  train_run(config, "ema-parts", true);
  EXPECT_EQ(bytes("ema", "checkpoints/step-00000008/model.safetensors"),
            bytes("ema-parts", "checkpoints/step-00000008/model.safetensors"));
}

TEST_F(Runs, TheAverageTakesItsNormStatisticsFromBatches) {
  TrainConfig config = tiny_teacher();
  config.ema = 0.9, config.norm_batches = 0;
  train_run(config, "norms-copied");
  config.norm_batches = 3;
  train_run(config, "norms-estimated");
  EXPECT_EQ(
      difference(weights("norms-copied", 8, "training.safetensors"), weights("norms-estimated", 8, "training.safetensors")), 0)
      << "what learns does not notice";
  const auto copied = weights("norms-copied", 8), estimated = weights("norms-estimated", 8);
  double moved = 0;
  for (const auto& [name, tensor] : copied) {
    const bool statistic = name.find("running_") != std::string::npos;
    const double by = tensor.is_floating_point() ? (tensor - estimated.at(name)).abs().max().item<double>() : 0;
    if (!statistic) {
      EXPECT_EQ(by, 0) << name;
    }
    moved += statistic ? by : 0;
  }
  EXPECT_GT(moved, 0);
  train_run(config, "norms-parts", false, 5);
  train_run(config, "norms-parts", true);
  EXPECT_EQ(bytes("norms-estimated", "checkpoints/step-00000008/model.safetensors"),
            bytes("norms-parts", "checkpoints/step-00000008/model.safetensors"));
}

TEST_F(Runs, AccumulatedBatchesEqualOneLargeOneWithoutBatchNorm) {
  TrainConfig large = tiny_teacher();
  large.losses = {{"l1", 1}};
  large.batch = 4, large.steps = 3;
  for (const char* part : {"backbone", "aspp", "decoder", "project_uncertainty"})
    large.freeze.push_back(part);  // norms do not follow
  TrainConfig small = large;
  small.batch = 2, small.accumulate = 2;
  train_run(large, "large");
  train_run(small, "small");
  EXPECT_LT(difference(weights("large", 3), weights("small", 3)), 1e-6);
}

TEST_F(Runs, PassesTakeTurnsAndMoveOnlyWhatTheyLookAt) {
  TrainConfig config = tiny_teacher();
  config.model.segmentation = true;
  TrainPass matting, segmentation;
  matting.losses = {{"l1", 1}, {"coherence", 5}};
  matting.batch = 2, matting.frames = 2, matting.size = 40, matting.random_size = true;
  segmentation.name = "segmentation", segmentation.frames = 1, segmentation.batch = 2;
  segmentation.losses = {{"segmentation", 1}};
  config.passes = {matting, segmentation};
  config.steps = 2, config.log_every = 1;
  train_run(config, "passes");
  std::ifstream log(run("passes") / "log.jsonl");
  std::string first, second;
  std::getline(log, first);
  std::getline(log, second);
  EXPECT_THAT(first, testing::AllOf(HasSubstr("\"l1\""), testing::Not(HasSubstr("segmentation"))));
  EXPECT_THAT(second, testing::AllOf(HasSubstr("segmentation"), testing::Not(HasSubstr("\"l1\""))));
  config.steps = 1;
  train_run(config, "first-pass");
  EXPECT_EQ(weights("first-pass", 1).at("project_seg.conv.bias").item<float>(),
            named_weights(*make_model(config.model, Rng(config.seed))).at("project_seg.conv.bias").item<float>());
  EXPECT_TRUE(
      torch::equal(weights("first-pass", 1).at("project_mat.conv.bias"), weights("passes", 2).at("project_mat.conv.bias")));
}

TrainConfig diverging() {  // at once
  TrainConfig config = tiny_teacher();
  config.losses = {{"l1", 1e6}};
  config.optimizer.name = "sgd";
  config.clip_gradient = 0;
  config.learning_rate.backbone = config.learning_rate.aspp = config.learning_rate.decoder = 10;
  config.steps = 8, config.validate_every = 100;
  return config;
}

TEST_F(Runs, AGradientThatIsNotFiniteStopsNamingTheSamplesOrIsSkipped) {
  const TrainConfig config = diverging();
  const std::string message = message_of([&] { train_run(config, "diverges"); });
  EXPECT_THAT(message,
              testing::AllOf(HasSubstr("not finite at step"), HasSubstr("samples 0000"), HasSubstr("non_finite: skip")));
}

TEST_F(Runs, StepsThatWereSkippedHaveNoLossInTheLog) {
  TrainConfig config = diverging();
  config.non_finite = "skip", config.steps = 20, config.log_every = 1;
  const TrainOutcome outcome = train_run(config, "skips", false, 10);
  EXPECT_GT(outcome.skipped, 0);
  std::ifstream log(run("skips") / "log.jsonl");
  int64_t logged = 0;
  for (std::string line; std::getline(log, line); ++logged) EXPECT_GT(parse_json(line).at("loss").get<double>(), 0) << line;
  EXPECT_EQ(logged + outcome.skipped, 10);
}

TEST_F(Runs, StopsWhenValidationStaysBehind) {
  TrainConfig config = tiny_teacher();
  config.learning_rate.backbone = config.learning_rate.aspp = config.learning_rate.decoder = 0;
  config.norm_momentum = 0,
  config.freeze = {"backbone", "aspp", "decoder", "project_uncertainty"};  // nothing changes: never better
  config.steps = 20, config.validate_every = 2, config.patience = 2;
  const TrainOutcome outcome = train_run(config, "patience");
  EXPECT_TRUE(outcome.early);
  EXPECT_EQ(outcome.steps, 6);  // the first validation is the best, two more are not
  EXPECT_EQ(outcome.best_step, 2);
  EXPECT_EQ(train_run(config, "patience", true).steps, 6);  // resumed, it still has ended
}

TEST_F(Runs, TheBestMayBeChosenByAMetricThatIsBetterWhenHigher) {
  TrainConfig config = tiny_teacher();
  config.best_by = "iou", config.steps = 4, config.validate_every = 2;
  const TrainOutcome outcome = train_run(config, "iou");
  EXPECT_TRUE(outcome.best);
  EXPECT_LE(*outcome.best, 1);
}

TEST_F(Runs, ValidatesOnSeveralSetsAndRegions) {
  DataConfig other = tiny_data();
  other.seed = 7;
  const fs::path settings = run("other.yaml");
  write_file(settings, config_to_yaml(other));
  TrainConfig config = tiny_teacher();
  ValidationSet drawn, clips;
  drawn.name = "drawn";
  clips.name = "clips", clips.data = settings.string(), clips.split = "train", clips.regions = {"whole", "unknown"};
  clips.clips = 5;
  config.validate_on = {drawn, clips};
  config.best_by = "clips.sad_unknown";
  const TrainOutcome outcome = train_run(config, "sets");
  EXPECT_TRUE(outcome.best);
  EXPECT_THAT(bytes("sets", "log.jsonl"), testing::AllOf(HasSubstr("\"drawn.sad\""), HasSubstr("\"clips.sad_unknown\""),
                                                         testing::Not(HasSubstr("\"drawn.sad_unknown\""))));
  config.validate_on[1].split = "tset";
  EXPECT_THAT(message_of([&] { train_run(config, "x"); }), HasSubstr("known: train, valid"));
}

TEST_F(Runs, TheClockStopsARunWithACheckpoint) {
  TrainRequest soon = request("minutes");
  soon.stop_after_minutes = 1e-9;  // over after the first step
  const TrainOutcome outcome = train(tiny_teacher(), soon, *silent());
  EXPECT_EQ(outcome.steps, 1);
  EXPECT_FALSE(outcome.stopped) << "nobody interrupted it";
  EXPECT_EQ(train_run(tiny_teacher(), "minutes", true).steps, 8);
  train_run(tiny_teacher(), "no-minutes");
  EXPECT_EQ(bytes("minutes", "checkpoints/step-00000008/model.safetensors"),
            bytes("no-minutes", "checkpoints/step-00000008/model.safetensors"));
}

TEST_F(Runs, EpochsMakeSteps) {
  TrainConfig config = tiny_teacher();
  config.epochs = 1.5;  // 2 batches of stills, 1 of clips
  EXPECT_EQ(train_run(config, "epochs").steps, 5);
}

TEST_F(Runs, Bf16LearnsToo) {
  TrainConfig config = tiny_teacher();
  config.precision = "bf16", config.steps = 2, config.validate_every = 2;
  EXPECT_EQ(train_run(config, "bf16").steps, 2);
  config.precision = "fp16", config.device = "cpu";
  EXPECT_THAT(message_of([&] { train_run(config, "x"); }), HasSubstr("fp16 is for CUDA"));
}

TEST_F(Runs, AForecastTellsCostsAndWritesNothing) {
  const Forecast costs = forecast(tiny_teacher(), request("forecast"), *silent());
  EXPECT_EQ(costs.clips, 6);
  EXPECT_EQ(costs.steps, 8);
  EXPECT_NEAR(costs.epochs, 8 / 3., 1e-12);
  EXPECT_GT(costs.step_seconds, 0);
  EXPECT_GE(costs.hours * 3600, 8 * costs.step_seconds);
  EXPECT_GT(costs.parameters, 100'000);
  EXPECT_GT(costs.memory_bytes, uint64_t{10} << 20);
  EXPECT_GT(costs.disk_bytes,
            uint64_t(costs.parameters) * 4 * 3 * 4);  // weights and two moments, three checkpoints and the best
  EXPECT_FALSE(fs::exists(run("forecast")));
}

TEST_F(Runs, AnEmptySplitIsNamed) {
  DataConfig config = tiny_data();
  SplitConfig empty;
  empty.name = "empty", empty.stills = 0, empty.clips = 0;
  config.splits.push_back(empty);
  const fs::path settings = run("empty.yaml");
  write_file(settings, config_to_yaml(config));
  TrainRequest on_the_fly = request("x");
  on_the_fly.data = settings;
  TrainConfig teacher = tiny_teacher();
  teacher.split = "empty";
  EXPECT_THAT(message_of([&] { train(teacher, on_the_fly, *silent()); }), HasSubstr("'empty' holds no samples"));
  teacher.split = "train", teacher.valid_split = "empty";
  EXPECT_THAT(message_of([&] { train(teacher, on_the_fly, *silent()); }), HasSubstr("'empty' holds no samples"));
}

TEST(TrainConfigs, EveryFileLoadsAndFits) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(FACEMAT_SOURCE_DIR) / "configs/train")) {
    if (!entry.is_regular_file()) continue;
    auto config = load_config<TrainConfig>(entry.path());
    const auto passes = passes_of(config);
    const bool asks = std::any_of(passes.begin(), passes.end(), [](const TrainPass& p) { return p.labels == "teacher"; });
    if (asks || (needs_of(all_losses(config)) & kNeedsUncertainty)) config.teacher = "given on the command line";
    EXPECT_NO_THROW(check(config)) << entry.path();
    EXPECT_EQ(config_to_yaml(config_from_yaml<TrainConfig>(config_to_yaml(config), "x")), config_to_yaml(config))
        << entry.path();
    ++files;
  }
  EXPECT_GE(files, 15);
}

// Presets, and folders of them.
TEST(TrainConfigs, EveryFileHasItsRowOnTheRoomsPage) {
  const std::string page = read_file(FACEMAT_SOURCE_DIR "/train/README.md");
  for (const auto& entry : fs::directory_iterator(fs::path(FACEMAT_SOURCE_DIR) / "configs/train")) {
    const std::string name = entry.path().filename().string() + (entry.is_directory() ? "/" : "");
    EXPECT_THAT(page, HasSubstr("`" + name + "`")) << name;
  }
}

}  // namespace
}  // namespace facemat
