#pragma once
// Things drawn over faces: solids, cloth, strands and smoke with known alpha, shaded by the light of the face they cover.
//
// Each is a pure function of its random stream and the scene. The same stream gives the same thing; scene.layout and scene.time
// move it, scene.light shades it. A layer is CV_32FC4 of scene.size, sRGB-encoded BGR premultiplied by alpha, 0 <= colour <=
// alpha <= 1. Opaque things have alpha exactly 1 inside and exactly 0 outside; smoke, lenses and veils are truly fractional.

#include <opencv2/core.hpp>

#include <vector>

#include "data/scene/scene.h"
#include "src/core/random.h"

namespace facemat {

struct ProceduralOccluder {
  const char* name;
  const char* occluder_class;  // hand, hair, glasses, accessory, object, cloth, translucent (see scene.h)
  const char* about;
  cv::Mat (*draw)(const Rng& rng, const Scene& scene);
};

// THE TABLE. draw throws Error when the scene has no size or no face width.
const std::vector<ProceduralOccluder>& procedural_occluders();

// --- the kinds
cv::Mat draw_hand(const Rng& rng, const Scene& scene);
cv::Mat draw_hair_strands(const Rng& rng, const Scene& scene);
cv::Mat draw_glasses(const Rng& rng, const Scene& scene);
cv::Mat draw_face_mask(const Rng& rng, const Scene& scene);
cv::Mat draw_cup(const Rng& rng, const Scene& scene);
cv::Mat draw_phone(const Rng& rng, const Scene& scene);
cv::Mat draw_microphone(const Rng& rng, const Scene& scene);
cv::Mat draw_food(const Rng& rng, const Scene& scene);
cv::Mat draw_scarf(const Rng& rng, const Scene& scene);
cv::Mat draw_cloth(const Rng& rng, const Scene& scene);
cv::Mat draw_veil(const Rng& rng, const Scene& scene);
cv::Mat draw_smoke(const Rng& rng, const Scene& scene);

}  // namespace facemat
