// Passes whose labels are a network's.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "src/model/networks/models.h"
#include "src/model/weights/weights.h"
#include "tests/data/trees.h"
#include "tests/train/tiny_run.h"
#include "train/run/learner.h"

namespace facemat {
namespace {

using testing::HasSubstr;

class Unlabelled : public testing::Test {
 protected:
  Unlabelled() {
    torch::set_num_threads(2);
    TrainConfig teacher = tiny_teacher();
    write_file(folder_ / "teacher.safetensors", encode_model(*make_model(teacher.model, Rng(9)), teacher.model, {}));
  }

  TrainConfig config() const {
    TrainConfig config = tiny_teacher();
    config.teacher = (folder_ / "teacher.safetensors").string();
    TrainPass pass;
    pass.labels = "teacher", pass.losses = {{"l1", 1}};
    config.passes = {pass};
    config.clip_gradient = 0;
    return config;
  }

  // A batch with noise for pictures: the occluder covers the left half, by `covered`.
  static Batch batch(double covered) {
    torch::manual_seed(1);
    Batch batch;
    batch.frames = torch::rand({2, 1, 3, 32, 32});
    batch.clean = torch::rand({2, 1, 3, 32, 32});
    batch.occluder = torch::zeros({2, 1, 4, 32, 32});
    batch.occluder.narrow(2, 3, 1).narrow(4, 0, 16).fill_(covered);
    batch.alpha = torch::rand({2, 1, 1, 32, 32});
    batch.trust = torch::zeros({2, 1, 1, 32, 32});
    batch.names = {"a", "b"};
    return batch;
  }

  // What the first step's L1 should be, from the same networks by hand.
  double by_hand(const TrainConfig& config, const Batch& batch) const {
    const torch::NoGradGuard no_grad;
    const auto student = make_model(config.model, Rng(config.seed));
    student->train();
    const auto alpha = student->forward(batch.frames).alpha;
    const Prediction said = load_model(passes_of(config)[0].teacher).network->forward(batch.clean);
    const auto covered = batch.occluder.narrow(2, 3, 1);
    const auto target = said.alpha * (1 - covered);
    const double doubt = config.passes[0].doubt;
    const auto believed = doubt > 0 ? torch::exp(-said.variance / (doubt * doubt)) : torch::ones_like(said.variance);
    const auto trust = covered + (1 - covered) * believed;
    const auto error = torch::where(((target <= 0) & (alpha < 0)) | ((target >= 1) & (alpha > 1)), torch::zeros_like(alpha),
                                    (alpha - target).abs());
    return ((trust * error).sum() / trust.sum()).item<double>();
  }

  double first_loss(const TrainConfig& config, const Batch& batch) const {
    const auto alone = single_process();
    Learner learner(config, torch::kCPU, *alone);
    return learner.step(passes_of(config)[0], {batch}, 0).loss;
  }

  Scratch folder_;
};

TEST_F(Unlabelled, TheTeachersWordIsTheLabelAndItsDoubtTheWeight) {
  for (const double covered : {0.0, 0.4, 1.0})
    for (const double doubt : {0.0, 0.1, 0.5}) {
      TrainConfig given = config();
      given.passes[0].doubt = doubt;
      EXPECT_NEAR(first_loss(given, batch(covered)), by_hand(given, batch(covered)), 1e-5) << covered << ", " << doubt;
    }
}

// Cross-fitting: each pass asks the teacher that has not seen its faces.
TEST_F(Unlabelled, APassMayHaveATeacherOfItsOwn) {
  TrainConfig given = config();
  const TrainConfig teacher = tiny_teacher();
  given.passes[0].teacher = (folder_ / "other.safetensors").string();
  write_file(given.passes[0].teacher, encode_model(*make_model(teacher.model, Rng(10)), teacher.model, {}));
  EXPECT_NEAR(first_loss(given, batch(0.4)), by_hand(given, batch(0.4)), 1e-5);
  EXPECT_NE(first_loss(given, batch(0.4)), first_loss(config(), batch(0.4)));
  given.teacher.clear();
  EXPECT_NEAR(first_loss(given, batch(0.4)), by_hand(given, batch(0.4)), 1e-5) << "the run needs none then";
}

TEST_F(Unlabelled, WhatTheDatasetSaysIsNotAsked) {
  Batch other = batch(0.5);
  other.alpha = 1 - other.alpha, other.trust = torch::ones_like(other.trust);
  EXPECT_EQ(first_loss(config(), batch(0.5)), first_loss(config(), other));
}

TEST_F(Unlabelled, TheAverageMayBeTheTeacher) {
  TrainConfig given = config();
  given.teacher.clear(), given.ema = 0.9, given.passes[0].labels = "average";
  EXPECT_NE(first_loss(given, batch(0.5)), first_loss(config(), batch(0.5)));
}

TEST_F(Unlabelled, RunsMixLabelledAndUnlabelledSteps) {
  const fs::path labelled = folder_ / "labelled.yaml", photographs = folder_ / "photographs.yaml";
  DataConfig data = tiny_data();
  write_file(labelled, config_to_yaml(data));
  data.faces = {unlabelled_folder(folder_ / "sources")};
  write_file(photographs, config_to_yaml(data));
  TrainConfig given = config();
  TrainPass masks;
  masks.name = "masks", masks.batch = 2, masks.losses = {{"l1", 1}};
  given.passes[0].data = photographs.string(), given.passes[0].batch = 2;
  given.passes = {masks, given.passes[0]};
  TrainRequest request;
  request.data = labelled, request.run = folder_ / "run";
  const TrainOutcome outcome = train(given, request, *silent());
  EXPECT_EQ(outcome.steps, 8);
  EXPECT_THAT(load_model(outcome.model).metadata.at("data_licence"), HasSubstr("CC0-1.0")) << "of both";
}

TEST_F(Unlabelled, PassesThatCannotBeAreRefused) {
  TrainConfig given = config();
  given.teacher.clear();
  EXPECT_THAT(message_of([&] { check(given); }), HasSubstr("labels: teacher needs a teacher"));
  given.passes[0].labels = "average";
  EXPECT_THAT(message_of([&] { check(given); }), HasSubstr("labels: average needs the moving average"));
  given = config();
  given.passes[0].losses = {{"l1_unknown", 1}};
  EXPECT_THAT(message_of([&] { check(given); }), HasSubstr("the loss l1_unknown needs the labels of a dataset"));
  given = config();
  given.teacher = (folder_ / "dim.safetensors").string();
  ModelConfig dim;
  dim.network = "dim", dim.width = 0.125;
  write_file(given.teacher, encode_model(*make_model(dim, Rng(1)), dim, {}));
  EXPECT_THAT(message_of([&] { first_loss(given, batch(0.5)); }),
              HasSubstr("this model (dim) needs a trimap, which is made from the labels of a dataset"));
}

}  // namespace
}  // namespace facemat
