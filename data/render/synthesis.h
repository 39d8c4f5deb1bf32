#pragma once
// Samples of a dataset by number: draws a recipe (recipe.h) and renders it (render.h).
//
// Everything random about sample i of a split is a function of (seed, split, i): neither workers, shards nor order matter.

#include <vector>

#include "data/recipe/config.h"
#include "data/recipe/record.h"
#include "data/render/pool.h"
#include "data/render/render.h"

namespace facemat {

struct Sample {
  std::vector<Frame> frames;
  SampleRecord record;  // without hashes
};

class Synthesis {
 public:
  // Opens every source. Throws Error as Pool does.
  explicit Synthesis(const DataConfig& config);

  // Sample `index` of split number `split`. Draws again while too little or too much of the face, if there is one, is covered;
  // throws Error
  // naming the sample and the rules when placement.attempts draws are used up, and naming a file that cannot be used (unless
  // bad_source is "replace").
  // Datasets are of epoch 0; training on the fly asks for other samples of the same plan in each later epoch.
  Sample sample(int split, int64_t index, int64_t epoch = 0) const;

  // Fills in the hashes of the files the recipe uses, so that again() notices when they change.
  void note_content(Recipe& recipe) const;

  // The sample a recipe describes, byte for byte. Throws Error naming the source that has changed since.
  Sample again(const Recipe& recipe) const;

  const DataConfig& config() const { return config_; }
  std::vector<std::string> warnings() const { return pool_.warnings(); }

 private:
  Recipe draw(const Rng& sample, int split, int64_t index, int64_t epoch, int attempt, int replaced) const;
  void place(Recipe& recipe, const Taken& taken) const;

  DataConfig config_;
  Pool pool_;
};

}  // namespace facemat
