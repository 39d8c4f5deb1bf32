#include "data/recipe/recipe.h"

#include <algorithm>

#include "data/recipe/recipe_json.h"
#include "src/core/error.h"
#include "src/core/json.h"
#include "src/core/text.h"

namespace facemat {
namespace {

// What settings allow to be drawn, or a little beyond, so that rendering stays within memory and time.
class Bounds {
 public:
  explicit Bounds(const std::string& where) : where_(where) {}

  void hold(const char* what, double value, double low, double high) const {
    require(value >= low && value <= high, "{}: {} is {} (allowed: {} to {})", where_, what, value, low, high);
  }
  void hold(const Affine& a) const {
    hold("a turn in degrees", a.degrees, -180, 180), hold("a shear in degrees", a.shear, -45, 45);
    hold("a shift", a.x, -1, 1), hold("a shift", a.y, -1, 1), hold("a scale", a.scale, 0.05, 20);
  }
  void hold(const AffineMotion& motion) const { hold(motion.from), hold(motion.to); }
  void hold(const Timing& t) const {
    const auto& names = easing_names();
    require(std::find(names.begin(), names.end(), t.easing) != names.end(), "{}: unknown easing '{}'", where_, t.easing);
    hold("a span in frames", t.span, 0, 1e6);
    hold("the start of a pause", t.pause_start, -1, kMostFrames), hold("a pause", t.pause_length, 0, kMostFrames);
  }
  void hold(const char* what, const Ramp& ramp, double low, double high) const {
    hold(what, ramp.from, low, high), hold(what, ramp.to, low, high);
  }
  void hold(const StreamEffects& e) const {
    hold("noise", e.noise, 0, 1), hold("a grain in pixels", e.grain, 0.1, 1e3), hold("sharpness", e.sharpness, 0, 100);
    hold("a blur in pixels", e.blur, 0, 100), hold("a jitter's strength", e.jitter.strength, 0, 10);
    for (const Ramp* ramp : {&e.jitter.brightness, &e.jitter.contrast, &e.jitter.saturation, &e.jitter.hue})
      hold("a jitter", *ramp, -100, 100);
  }
  void hold(const StreamRecipe& s) const { hold(s.placed), hold(s.motion), hold(s.timing), hold(s.effects); }
  void hold(const OccluderRecipe& o) const {
    hold(o.stream), hold("a place", o.pose.x, -kPlace, kPlace), hold("a place", o.pose.y, -kPlace, kPlace);
    hold("a cut-out's scale", o.pose.scale, 0, 1e4), hold("a cut-out's turn in degrees", o.pose.degrees, -1e4, 1e4);
    hold("opacity", o.opacity, 0, 1), hold("gain", o.gain, 0, 100);
  }
  void hold(const Shadow& s) const {
    hold("a shadow's strength", s.strength, 0, 1), hold("a shadow's contact", s.contact, 0, 1);
    hold("a shadow's blur", s.blur, 0, 1), hold("a shadow's way", s.x, -1, 1), hold("a shadow's way", s.y, -1, 1);
  }
  void hold(const Degradation& d) const {
    hold("contrast", d.contrast, 0, 100), hold("exposure in stops", d.exposure, -20, 20), hold("noise", d.noise, 0, 1);
    hold("a blur in sides of the frame", d.blur, 0, 0.5), hold("JPEG quality", d.jpeg_quality, 0, 100);
  }

  static constexpr int kMostFrames = 100000, kMostOccluders = 100;

 private:
  static constexpr double kPlace = 1e3;  // in sides of the frame
  const std::string& where_;
};

}  // namespace

std::vector<std::string> occluder_classes(const Recipe& recipe) {
  std::vector<std::string> classes;
  for (const OccluderRecipe& occluder : recipe.occluders) classes.push_back(occluder.from.occluder_class);
  return classes;
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.find_first_of("/\\.") == std::string::npos && !has_control_characters(name);
}

void check(const Recipe& r, const std::string& where) {
  require(r.frames >= 1 && r.frames <= Bounds::kMostFrames, "{}: {} frames (allowed: 1 to {})", where, r.frames,
          Bounds::kMostFrames);
  require(r.still || r.frames >= 2, "{}: a clip of one frame (allowed: 2 and more)", where);
  require(r.size >= 32 && r.size <= 2048, "{}: size {} (allowed: 32 to 2048)", where, r.size);
  require(is_plain_name(r.name) && is_plain_name(r.split), "{}: not a plain sample name", where);
  require(r.face.outside == "mirrored" || r.face.outside == "replicated", "{}: outside '{}' (allowed: mirrored, replicated)",
          where, r.face.outside);
  require(r.trimap.foreground >= 1 && r.trimap.background >= 1 && r.trimap.foreground <= 1000 && r.trimap.background <= 1000,
          "{}: trimap kernels of {} and {} pixels (allowed: 1 to 1000)", where, r.trimap.foreground, r.trimap.background);
  require(r.occluders.size() <= Bounds::kMostOccluders, "{}: {} occluders (allowed: {})", where, r.occluders.size(),
          Bounds::kMostOccluders);
  const Bounds bounds(where);
  bounds.hold(r.face.stream), bounds.hold(r.both), bounds.hold(r.both_timing), bounds.hold(r.shadow);
  bounds.hold(r.degradation);
  for (const OccluderRecipe& occluder : r.occluders) bounds.hold(occluder);
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
