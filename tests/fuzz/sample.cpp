// A manifest's recipe, rendered again as `facemat data build --sample` does, of sources that draw.

#include "data/recipe/recipe.h"
#include "data/render/synthesis.h"
#include "src/core/error.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

DataConfig settings() {
  DataConfig config;
  config.size = 32;
  config.faces[0].count = 20;
  config.splits = {{"train", 20, 5, 2}};
  config.shadow.probability = config.degrade.probability = 1;
  config.effects.face = config.effects.occluder = {0.5, 0.5, 0.2, 0.5, 0.5};
  return config;
}

const Synthesis& synthesis() {
  static const Synthesis made(settings());
  return made;
}

std::vector<FuzzSeed> seeds() {
  std::vector<FuzzSeed> out;
  for (const int64_t index : {0, 7, 21, 24}) {  // two stills, two clips
    const Recipe recipe = synthesis().sample(0, index).record.recipe;
    out.push_back({"sample_" + std::to_string(index), recipe_to_json(recipe)});
  }
  return out;
}

void read(const std::string& bytes) {
  const Recipe recipe = recipe_from_json(bytes, "recipe");
  check(recipe, "recipe");
  constexpr int kMostFrames = 4, kMostSide = 64;
  if (recipe.frames > kMostFrames || recipe.size > kMostSide || recipe.occluders.size() > 3) return;  // slow, not wrong
  synthesis().again(recipe);
}

}  // namespace

FuzzTarget sample_target() { return {"sample", "data/render/synthesis.h", 6144, seeds, read}; }

}  // namespace facemat
