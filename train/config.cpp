#include "train/config.h"

#include <algorithm>
#include <set>

#include "eval/metrics/metrics.h"
#include "eval/metrics/regions.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/text.h"
#include "src/model/networks/models.h"

namespace facemat {
namespace {

constexpr int kSmallestRandomSize = 32;  // half of it is the smallest picture that the network takes

// A network's labels say nothing of what else datasets tell.
void check_labels(const TrainConfig& config, const TrainPass& pass) {
  require(pass.labels != "teacher" || !pass.teacher.empty(),
          "pass '{}': labels: teacher needs a teacher (give --teacher RUN, or set 'teacher')", pass.name);
  require(pass.labels != "average" || config.ema > 0,
          "pass '{}': labels: average needs the moving average (set ema, say to 0.999)", pass.name);
  constexpr Needs kOfDatasets = kNeedsUnknown | kNeedsTrueForeground | kNeedsTrueBackground | kNeedsOccluder | kNeedsLogits;
  for (const LossTerm& term : pass.losses)
    require(!(needs_of({term}) & kOfDatasets), "pass '{}': the loss {} needs the labels of a dataset (labels: {})", pass.name,
            term.name, pass.labels);
  for (const std::string& guide : guides_of(config, pass))
    require(guide == "background", "pass '{}': a {} is made from the labels of a dataset (labels: {})", pass.name, guide,
            pass.labels);
}

void check_pass(const TrainConfig& config, const TrainPass& pass) {
  check(pass.losses);
  for (const LossTerm& term : pass.losses) {
    const Needs needs = needs_of({term});
    const auto provided = [&](Needs need, bool there, const char* what) {
      require(!(needs & need) || there, "the loss {} needs {}", term.name, what);
    };
    provided(kNeedsVariance, config.model.uncertainty, "model.uncertainty: true");
    provided(kNeedsForeground, config.model.foreground, "model.foreground: true");
    provided(kNeedsLogits, config.model.segmentation, "model.segmentation: true");
    provided(kNeedsUncertainty | kNeedsTeacher, !pass.teacher.empty(), "a teacher (give --teacher RUN, or set 'teacher')");
    provided(kNeedsFeatures, !config.loss_options.feature_weights.empty(),
             "weights of VGG16 (set loss_options.feature_weights to their file)");
  }
  if (pass.labels != "dataset") check_labels(config, pass);
  require(!pass.random_size || pass.size >= kSmallestRandomSize, "pass '{}': random_size needs a size of {} or more", pass.name,
          kSmallestRandomSize);
  require(
      pass.ratio >= 1 || takes_ratio(config.model), "pass '{}': ratio {} needs model.refiner: true{}", pass.name, pass.ratio,
      find_model(config.model.network).scales ? "" : " and a network that works at a share of the size, as rvm_mobilenetv3");
}

void check_set(const ValidationSet& set) {
  require(!set.regions.empty(), "validate_on: the set '{}' has no regions (allowed: whole, unknown, ...)", set.name);
  for (const std::string& region : set.regions) {
    find_region(region);
    require(region != "mask", "validate_on: a region 'mask' is given to 'facemat eval'; a dataset has none");
  }
}

}  // namespace

void fields(FieldVisitor& visit, TrainPass& p) {
  visit("name", p.name, "as the log calls it");
  visit("data", p.data, "dataset or settings file; empty: that of the run");
  visit("split", p.split, "split to learn from");
  visit("samples", p.samples, "of the split: all, stills, or clips", {"all", "stills", "clips"});
  visit("turns", p.turns, "steps of this kind in a row before the next pass takes its turns", {1, 1000});
  visit("batch", p.batch, "clips in a step of one process", {1, 4096});
  visit("frames", p.frames, "a random run of this many frames out of longer clips; 0: whole clips", {0, 1000});
  visit("size", p.size, "frames are resized to this side; 0: as they are", {0, 8192});
  visit("random_size", p.random_size, "width and height drawn for each step from half of size up to size (RVM)");
  visit("teacher", p.teacher, "run or model file of the frozen teacher of this pass; empty: that of the run");
  visit("labels", p.labels, "where alpha comes from: dataset, or for photographs without masks: teacher, or average (ema)",
        {"dataset", "teacher", "average"});
  visit("doubt", p.doubt, "labels of a network: its standard deviation at which its word counts 1/e; 0: all count alike",
        {0, 10});
  visit("ratio", p.ratio, "below 1: the network sees frames reduced by it, the refiner restores the size", {0.05, 1});
  visit.list("losses", p.losses, "terms of the loss with their weights; empty: those of the run");
}

void fields(FieldVisitor& visit, ValidationSet& s) {
  visit("name", s.name, "stands in front of its figures: NAME.sad; empty: nothing does");
  visit("data", s.data, "dataset or settings file; empty: that of the run");
  visit("split", s.split, "split to validate on");
  visit("regions", s.regions,
        "where: whole, unknown, face, boundary, transparent, trusted, trusted_unknown (eval/metrics/regions.h)");
  visit("clips", s.clips, "clips at most; 0: the whole split", {0, 1e9});
}

void fields(FieldVisitor& visit, TrainConfig& c) {
  visit("seed", c.seed, "seed of weights, order and augmentation");
  visit.group("model", c.model, "the network");
  visit("init", c.init, "run or model file whose matching weights are the start; empty: random weights");
  visit("teacher", c.teacher, "run or model file of the frozen teacher; empty: none");
  visit("split", c.split, "split of the dataset to learn from");
  visit("valid_split", c.valid_split, "split of the dataset to validate on");
  visit("batch", c.batch, "clips in a step of one process", {1, 4096});
  visit.list("losses", c.losses, "terms of the loss with their weights");
  visit.list("passes", c.passes, "kinds of steps, taken in turn, instead of split and batch above");
  visit("loss_balance", c.loss_balance, "fixed: by the weights above; learned: by homoscedastic uncertainty on top of them",
        {"fixed", "learned"});
  visit.group("loss_options", c.loss_options, "constants of the losses");
  visit.group("guides", c.guides,
              "what a network is given beside the frames, if it needs anything, and what may be wrong with it");
  visit("steps", c.steps, "optimiser steps in all", {1, kMostSteps});
  visit("first_step", c.first_step, "steps that count as taken at the start: samples and schedule go on from there",
        {0, kMostSteps});
  visit("epochs", c.epochs, "instead of steps: times that the first pass sees each of its clips; 0: steps counts", {0, 1e6});
  visit("accumulate", c.accumulate, "batches whose gradients are averaged for one step", {1, 1024});
  visit("flip", c.flip, "probability of a horizontal mirror image", {0, 1});
  visit.group("optimizer", c.optimizer, "the optimiser");
  visit.group("learning_rate", c.learning_rate, "learning rates and their schedule");
  visit("clip_gradient", c.clip_gradient, "largest norm of the gradient; 0: no limit", {0, 1e9});
  visit("ema", c.ema, "decay of the weights' moving average, which is then the model; 0: none", {0, 0.999999});
  visit("norm_batches", c.norm_batches,
        "batches from which the moving average's batch norms take their statistics before each validation; 0: the network's",
        {0, 10000});
  visit("freeze", c.freeze, "parts of the network that do not learn: backbone, aspp, decoder, project_mat, ...");
  visit("norm_momentum", c.norm_momentum, "momentum of all batch norms' running statistics; 0: as the network has it", {0, 1});
  visit("device", c.device, "auto (CUDA if there is one), cpu or cuda", {"auto", "cpu", "cuda"});
  visit("channels_last", c.channels_last, "on the CPU: channels-last layout and fused passes; false: operators one by one");
  visit("recompute", c.recompute, "keep fewer maps for the backward pass and compute the others again: slower, leaner");
  visit("precision", c.precision,
        "of the network's arithmetic: fp32, bf16, fp16 (CUDA only), or auto: bf16 where the processor is faster in it",
        {"fp32", "bf16", "fp16", "auto"});
  visit("non_finite", c.non_finite, "a step whose gradient is not finite: stop the run, or skip the step", {"stop", "skip"});
  visit("log_every", c.log_every, "steps between lines of log.jsonl", {1, 1e9});
  visit("validate_every", c.validate_every, "steps between validations; the last step always validates", {1, 1e9});
  visit("validate_clips", c.validate_clips, "clips to validate on at most; 0: the whole split", {0, 1e9});
  visit.list("validate_on", c.validate_on, "sets to validate on, instead of valid_split and validate_clips");
  visit("pictures", c.pictures, "validation samples to show in TensorBoard at each validation", {0, 100});
  visit("checkpoint_every", c.checkpoint_every, "steps between checkpoints; the last step always writes one", {1, 1e9});
  visit("keep_checkpoints", c.keep_checkpoints, "newest checkpoints kept; the best is always kept", {1, 1000});
  visit("best_by", c.best_by, "figure by which the best checkpoint is chosen: [SET.]METRIC[_REGION], sad or real.sad_unknown");
  visit("patience", c.patience, "stop after this many validations without a better one; 0: never", {0, 1e6});
}

std::vector<LossTerm> all_losses(const TrainConfig& config) {
  std::vector<LossTerm> all;
  for (const TrainPass& pass : passes_of(config))
    for (const LossTerm& term : pass.losses) {
      const auto same = [&](const LossTerm& other) { return label_of(other) == label_of(term); };
      if (std::none_of(all.begin(), all.end(), same)) all.push_back(term);
    }
  return all;
}

std::vector<std::string> guides_of(const TrainConfig& config) { return guides_of(config, TrainPass()); }

std::vector<std::string> guides_of(const TrainConfig& config, const TrainPass& pass) {
  std::vector<std::string> asked = find_model(config.model.network).guides;
  for (const std::string& guide : guides_of(pass.losses)) asked.push_back(guide);
  return in_table_order(asked);
}

bool is_given_trimap(const TrainConfig& config) {
  const std::vector<std::string> guides = guides_of(config);
  return std::count(guides.begin(), guides.end(), "trimap") > 0;
}

bool asks_teacher(const TrainPass& pass) {
  return pass.labels == "teacher" || (needs_of(pass.losses) & (kNeedsUncertainty | kNeedsTeacher)) != 0;
}

std::vector<TrainPass> passes_of(const TrainConfig& config) {
  if (!config.passes.empty()) {
    std::vector<TrainPass> passes = config.passes;
    for (TrainPass& pass : passes) {
      if (pass.losses.empty()) pass.losses = config.losses;
      if (pass.teacher.empty()) pass.teacher = config.teacher;
    }
    return passes;
  }
  TrainPass pass;
  pass.split = config.split, pass.batch = config.batch, pass.losses = config.losses, pass.teacher = config.teacher;
  return {pass};
}

std::vector<ValidationSet> validation_sets_of(const TrainConfig& config) {
  if (!config.validate_on.empty()) return config.validate_on;
  ValidationSet set;
  set.split = config.valid_split, set.clips = config.validate_clips;
  return {set};
}

std::string figure_name(const ValidationSet& set, const std::string& metric, const std::string& region) {
  return (set.name.empty() ? "" : set.name + ".") + metric + (region == "whole" ? "" : "_" + region);
}

bool lower_is_better(const TrainConfig& config, const std::string& name) {
  std::string known;
  for (const ValidationSet& set : validation_sets_of(config))
    for (const std::string& region : set.regions)
      for (const MetricEntry& metric : metric_table()) {
        const std::string figure = figure_name(set, metric.name, region);
        if (figure == name) return metric.lower_is_better;
        known += (known.empty() ? "" : ", ") + figure;
      }
  fail("best_by: there is no figure '{}' (known: {})", name, known);
}

void check(const TrainConfig& config) {
  check(config.model);
  for (const TrainPass& pass : passes_of(config)) check_pass(config, pass);
  std::set<std::string> names;
  for (const ValidationSet& set : validation_sets_of(config)) {
    check_set(set);
    require(names.insert(set.name).second, "validate_on: two sets are called '{}' (give each a name of its own)", set.name);
  }
  require(config.first_step < config.steps || config.epochs > 0, "first_step {} leaves none of {} steps", config.first_step,
          config.steps);
  lower_is_better(config, config.best_by);
}

}  // namespace facemat
