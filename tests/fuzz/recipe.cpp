// A recipe alone, as builds journal it.

#include "data/recipe/recipe.h"

#include "tests/fuzz/json_tricks.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  Recipe r;
  r.split = "train", r.name = "000012";
  r.occluders.resize(2);
  std::vector<FuzzSeed> out = {{"whole", recipe_to_json(r)}};
  add_json_tricks(out, "frames");
  return out;
}

void read(const std::string& bytes) { check(recipe_from_json(bytes, "recipe"), "recipe"); }

}  // namespace

FuzzTarget recipe_target() { return {"recipe", "data/recipe/recipe.h", 4096, seeds, read}; }

}  // namespace facemat
