#include "train/config.h"

#include <algorithm>

#include "src/core/config.h"
#include "src/core/error.h"

namespace facemat {

void fields(FieldVisitor& visit, LearningRates& r) {
  visit("backbone", r.backbone, "Adam's learning rate for the encoder", {0, 1});
  visit("aspp", r.aspp, "... for the LR-ASPP", {0, 1});
  visit("decoder", r.decoder, "... for the decoder and the heads", {0, 1});
  visit("refiner", r.refiner, "... for the deep guided filter", {0, 1});
  visit("warmup", r.warmup, "steps over which the rates rise from zero", {0, 1e9});
  visit("schedule", r.schedule, "constant, or cosine: fall to zero at the last step", {"constant", "cosine"});
}

void fields(FieldVisitor& visit, TrainConfig& c) {
  visit("seed", c.seed, "seed of weights, order and augmentation");
  visit.group("model", c.model, "the network");
  visit("init", c.init, "run or model file whose matching weights are the start; empty: random weights");
  visit("teacher", c.teacher, "run or model file of the frozen teacher; empty: none");
  visit.list("losses", c.losses, "terms of the loss with their weights");
  visit.group("loss_options", c.loss_options, "constants of the losses");
  visit("split", c.split, "split of the dataset to learn from");
  visit("valid_split", c.valid_split, "split of the dataset to validate on");
  visit("steps", c.steps, "optimiser steps in all", {1, 1e9});
  visit("batch", c.batch, "clips in a step", {1, 4096});
  visit("flip", c.flip, "probability of a horizontal mirror image", {0, 1});
  visit.group("learning_rate", c.learning_rate, "Adam's learning rates");
  visit("norm_momentum", c.norm_momentum, "momentum of all batch norms' running statistics; 0: as the network has it", {0, 1});
  visit("clip_gradient", c.clip_gradient, "largest norm of the gradient; 0: no limit", {0, 1e9});
  visit("log_every", c.log_every, "steps between lines of log.jsonl", {1, 1e9});
  visit("validate_every", c.validate_every, "steps between validations; the last step always validates", {1, 1e9});
  visit("checkpoint_every", c.checkpoint_every, "steps between checkpoints; the last step always writes one", {1, 1e9});
  visit("keep_checkpoints", c.keep_checkpoints, "newest checkpoints kept; the best is always kept", {1, 1000});
}

void check(const TrainConfig& config) {
  const auto uses = [&](const char* name) {
    return std::any_of(config.losses.begin(), config.losses.end(), [&](const LossTerm& t) { return t.name == name; });
  };
  require(!config.losses.empty(), "losses is empty: there is nothing to learn from");
  for (const LossTerm& term : config.losses) find_loss(term.name);
  require(!uses("l1_uncertainty") || !config.teacher.empty(),
          "the loss l1_uncertainty needs a teacher (give --teacher RUN, or set 'teacher')");
  require(!uses("beta_nll") || config.model.uncertainty, "the loss beta_nll needs model.uncertainty: true");
}

}  // namespace facemat
