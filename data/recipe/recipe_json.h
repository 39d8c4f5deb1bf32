#pragma once
// JSON of recipes: keys are the fields' names. Only recipe.cpp and record.cpp include this.

#include "data/recipe/recipe.h"
#include "src/core/json.h"

namespace facemat {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Affine, degrees, x, y, scale, shear)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AffineMotion, from, to)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Timing, easing, span, pause_start, pause_length)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Ramp, from, to)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ColourJitter, brightness, contrast, saturation, hue, strength)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StreamEffects, noise, grain, monochrome, jitter, grey, sharpness, blur)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Shadow, strength, blur, x, y, contact)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Degradation, contrast, exposure, blur, noise, jpeg_quality)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CutoutPose, x, y, scale, degrees)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Ingredient, source, index, item, content, licence, occluder_class)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StreamRecipe, look, mirror, placed, motion, timing, effects)

// What a line leaves out is what it was before there was another.
inline void to_json(nlohmann::json& json, const FaceRecipe& face) {
  json = {{"from", face.from}, {"stream", face.stream}};
  if (face.outside != FaceRecipe().outside) json["outside"] = face.outside;
}
inline void from_json(const nlohmann::json& json, FaceRecipe& face) {
  face = {json.at("from").get<Ingredient>(), json.at("stream").get<StreamRecipe>(),
          json.value("outside", FaceRecipe().outside)};
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OccluderRecipe, from, stream, pose, opacity, gain, harmonise)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrimapRecipe, foreground, background)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Recipe, split, name, index, size, frames, still, face, occluders, both, both_timing, shadow,
                                   degradation, noise, trimap)

}  // namespace facemat
