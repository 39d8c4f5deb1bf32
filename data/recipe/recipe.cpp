#include "data/recipe/recipe.h"

#include "data/recipe/recipe_json.h"
#include "src/core/error.h"
#include "src/core/json.h"

namespace facemat {

std::vector<std::string> occluder_classes(const Recipe& recipe) {
  std::vector<std::string> classes;
  for (const OccluderRecipe& occluder : recipe.occluders) classes.push_back(occluder.from.occluder_class);
  return classes;
}

void check(const Recipe& r, const std::string& where) {
  require(r.frames >= 1 && r.frames <= 100000, "{}: {} frames (allowed: 1 to 100000)", where, r.frames);
  require(r.size >= 32 && r.size <= 2048, "{}: size {} (allowed: 32 to 2048)", where, r.size);
  const bool plain = r.name.find_first_of("/\\.") == std::string::npos && r.split.find_first_of("/\\.") == std::string::npos;
  require(plain && !r.name.empty() && !r.split.empty(), "{}: not a plain sample name", where);
  require(r.face.outside == "mirrored" || r.face.outside == "replicated", "{}: outside '{}' (allowed: mirrored, replicated)",
          where, r.face.outside);
  require(r.trimap.foreground >= 1 && r.trimap.background >= 1 && r.trimap.foreground <= 1000 && r.trimap.background <= 1000,
          "{}: trimap kernels of {} and {} pixels (allowed: 1 to 1000)", where, r.trimap.foreground, r.trimap.background);
}

std::string recipe_to_json(const Recipe& recipe) { return nlohmann::json(recipe).dump(); }

Recipe recipe_from_json(const std::string& line, const std::string& where) {
  try {
    return parse_json(line).get<Recipe>();
  } catch (const nlohmann::json::exception& error) {
    fail("{}: damaged line: {}", where, error.what());
  }
}

}  // namespace facemat
