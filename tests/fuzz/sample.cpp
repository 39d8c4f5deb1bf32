// A manifest's recipe, rendered again as `facemat data build --sample` does, of tiny pictures: sources that
// draw take a second a sample here.

#include <opencv2/imgproc.hpp>

#include "data/recipe/recipe.h"
#include "data/render/synthesis.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

constexpr int kFaces = 6, kSide = 40;  // pixels

// Discs on plain colours, each another: faces with masks, and cut-outs.
void write_sources(const fs::path& folder) {
  for (int i = 0; i < kFaces; ++i) {
    const std::string name = std::to_string(i) + ".png";
    const cv::Scalar colour(40 * i, 200 - 20 * i, 90, 255);
    cv::Mat picture(kSide, kSide, CV_8UC3, cv::Scalar(30, 60, 20 * i)), mask(kSide, kSide, CV_8UC1, cv::Scalar(0)),
        cutout(kSide / 2, kSide / 2, CV_8UC4, cv::Scalar(0));
    cv::circle(picture, {20, 20}, 12, colour, cv::FILLED);
    cv::circle(mask, {20, 20}, 12, cv::Scalar(255), cv::FILLED);
    cv::circle(cutout, {10, 10}, 5 + i % 4, colour, cv::FILLED);
    write_image(folder / "images" / name, picture);
    write_image(folder / "masks" / name, mask);
    write_image(folder / "cutouts" / name, cutout);
  }
}

DataConfig settings() {
  static const TemporaryFolder folder("facemat-fuzz-sources");
  write_sources(folder.path());
  DataConfig config;
  config.size = 32;
  config.root = folder.path().string();
  config.faces[0].kind = "folder", config.faces[0].images = "images", config.faces[0].masks = "masks";
  config.occluders[0].kind = "cutouts", config.occluders[0].root = "cutouts";
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
