#include "data/render/synthesis.h"

#include <algorithm>
#include <cmath>

#include "src/core/error.h"

namespace facemat {
namespace {

// Kernel sides are stated at 640x640 and scale with the frame.
int scaled_side(double side, int size) { return std::max(1, static_cast<int>(std::lround(side * size / 640))); }

TrimapRecipe draw_trimap(Rng rng, const TrimapConfig& config, int size, bool training) {
  if (!training) return {scaled_side(config.evaluation, size), scaled_side(config.evaluation, size)};
  const int foreground = scaled_side(static_cast<double>(rng.integer(1, config.largest)), size);
  return {foreground, scaled_side(static_cast<double>(rng.integer(1, config.largest)), size)};
}

AffineMotion draw_motion(Rng rng, const AffineConfig& config, bool still) {
  if (still || !rng.fork("used").chance(config.probability)) return {};
  return {draw_affine(rng.fork("from"), config.range), draw_affine(rng.fork("to"), config.range)};
}

Affine draw_placed(Rng rng, const AffineConfig& config) {
  return rng.fork("used").chance(config.probability) ? draw_affine(rng.fork("affine"), config.range) : Affine{};
}

StreamRecipe draw_stream(const Rng& rng, const AffineConfig& placed, const AffineConfig& motion,
                         const StreamEffectOdds& effects, const MotionConfig& config, double mirror, const Recipe& sample) {
  StreamRecipe stream;
  stream.look = rng.fork("look").key();
  stream.mirror = rng.fork("mirror").chance(mirror);
  stream.placed = draw_placed(rng.fork("placed"), placed);
  stream.motion = draw_motion(rng.fork("motion"), motion, sample.still);
  stream.timing = draw_timing(rng.fork("timing"), sample.frames, config.span, config.pause);
  stream.effects = draw_stream_effects(rng.fork("effects"), effects);
  return stream;
}

}  // namespace

Synthesis::Synthesis(const DataConfig& config) : config_(config), pool_(config) {}

// Everything but the poses of cut-outs, which need the face and the cut-outs to be seen. The face stays the same in all
// attempts.
Recipe Synthesis::draw(const Rng& sample, int split, int64_t index, int64_t epoch, int attempt, int replaced) const {
  const SplitConfig& plan = config_.splits[split];
  const Rng rng = sample.fork("attempt", static_cast<uint64_t>(attempt));
  // Faces go on where the last epoch ended.
  const int64_t turn = index + epoch * (int64_t{plan.stills} + plan.clips);
  Recipe r;
  r.split = plan.name;
  r.name = fmt::format("{:06}", index);
  r.index = index;
  r.size = config_.size;
  r.still = index < plan.stills;
  r.frames = r.still ? 1 : clip_frames(plan, index - plan.stills);
  // Another source only when this one's items are refused again and again, so that sources keep their shares.
  const bool same_source = attempt < config_.placement.attempts / 2;
  r.face.from = same_source ? pool_.choose_face(split, turn, replaced) : pool_.choose_face(split, turn + replaced);
  r.face.outside = config_.outside;
  r.face.stream = draw_stream(sample.fork("face stream"), config_.placed_face, config_.motion.face, config_.effects.face,
                              config_.motion, config_.placement.mirror_face, r);
  r.both = draw_motion(rng.fork("both"), config_.motion.both, r.still);
  r.both_timing = draw_timing(rng.fork("both timing"), r.frames, config_.motion.span, 0);
  Rng count = sample.fork("occluders");
  const int occluders = count.chance(plan.occluded) ? 1 + count.chance(config_.placement.second) : 0;
  for (int i = 0; i < occluders; ++i) {
    const Rng own = rng.fork("occluder", static_cast<uint64_t>(i));
    OccluderRecipe o;
    const int64_t own_turn = 2 * turn + i + (same_source ? 0 : attempt);
    o.from = pool_.choose_occluder(split, own_turn, own.fork("item"));
    o.stream = draw_stream(own, config_.placed_occluder, config_.motion.occluder, config_.effects.occluder, config_.motion,
                           config_.placement.mirror, r);
    const OccluderSourceConfig& source = pool_.occluder_config(o.from);
    Rng look = own.fork("finish");
    if (look.chance(source.transparent)) o.opacity = look.uniform(0.4, 0.7);
    if (look.chance(source.harmonised)) o.harmonise = source.harmonise;
    const double gain = look.uniform(0.85, 1.1);
    if (source.lit && o.harmonise == "none") o.gain = gain;
    r.occluders.push_back(o);
  }
  Rng quality = sample.fork("quality");
  if (quality.chance(config_.degrade.probability))
    r.degradation = draw_degradation(sample.fork("degradation"), config_.degrade);
  r.noise = sample.fork("noise").key();
  r.trimap = draw_trimap(sample.fork("trimap"), config_.trimap, config_.size, plan.name == "train");
  return r;
}

// Poses of cut-outs over the face as it is in the first frame, and the shadow, which falls away from its light.
void Synthesis::place(Recipe& recipe, const Taken& taken) const {
  constexpr double kStillMargin = 0.02, kMovingMargin = 0.15;  // share of the side by which cut ends are hidden
  if (recipe.occluders.empty()) return;
  const Rng rng = Rng::of_key(recipe.noise).fork("place", recipe.occluders[0].stream.look);
  const FaceView face = face_at(recipe, taken.face, 0);
  for (size_t i = 0; i < taken.occluders.size(); ++i) {
    const auto* cutout = std::get_if<Cutout>(&taken.occluders[i]);
    if (cutout == nullptr) continue;
    OccluderRecipe& o = recipe.occluders[i];
    std::optional<Limb> limb = cutout->limb;
    if (limb && o.stream.mirror) limb = mirrored(*limb, cutout->layer.cols);
    if (cutout->rule == Rule::kFitFace) o.stream.mirror = false, o.stream.placed = {};
    const double margin = (recipe.still ? kStillMargin : kMovingMargin) * recipe.size;
    o.pose = draw_pose(rng.fork("pose", i), config_.placement,
                       {cutout->rule, limb, cutout->layer.size(), o.stream.placed, face.layout, recipe.size, margin});
  }
  Rng shadow = rng.fork("shadow");
  if (shadow.chance(config_.shadow.probability)) recipe.shadow = draw_shadow(rng.fork("cast"), face.light.key_direction);
}

Sample Synthesis::sample(int split, int64_t index, int64_t epoch) const {
  const Rng named = Rng(config_.seed).fork("split", static_cast<uint64_t>(split)).fork("sample", static_cast<uint64_t>(index));
  const Rng rng = epoch == 0 ? named : named.fork("epoch", static_cast<uint64_t>(epoch));
  const PlacementConfig& rules = config_.placement;
  Rejections rejections;
  Face face;  // the same in all attempts, until its file cannot be used
  for (int attempt = 0; attempt < rules.attempts; ++attempt) {
    Recipe recipe = draw(rng, split, index, epoch, attempt, static_cast<int>(rejections.bad_files.size()));
    Taken taken;
    try {
      if (!face) face = take_face(pool_, recipe);
      taken = take(pool_, recipe, face);
    } catch (const Error& error) {
      if (config_.bad_source == "stop") throw;
      face = nullptr;
      rejections.bad_files.push_back(error.what());
      continue;
    }
    place(recipe, taken);
    Rendered rendered = render(recipe, taken);
    const double covered = rendered.measured.covered_share;
    const bool face_is_there = rendered.measured.face_share > 0;
    if (recipe.occluders.empty() || !face_is_there || (covered >= rules.least_covered && covered <= rules.most_covered))
      return {std::move(rendered.frames), {recipe, rendered.measured, rejections, {}}};
    ++rejections.reasons[covered < rules.least_covered ? "covers less than least_covered" : "covers more than most_covered"];
  }
  std::string why;
  for (const auto& [reason, count] : rejections.reasons) why += fmt::format("{}{} {}", why.empty() ? "" : ", ", count, reason);
  if (!rejections.bad_files.empty())
    why += fmt::format("{}{} unusable, the last: {}", why.empty() ? "" : ", ", rejections.bad_files.size(),
                       rejections.bad_files.back());
  fail(
      "sample {:06} of {}: no occluder survives the rules in {} draws ({}); widen placement.least_covered, most_covered, "
      "least_area or most_area",
      index, config_.splits[split].name, rules.attempts, why);
}

void Synthesis::note_content(Recipe& recipe) const { pool_.note_content(recipe); }

Sample Synthesis::again(const Recipe& recipe) const {
  pool_.require_same_content(recipe);
  Rendered rendered = render(recipe, take(pool_, recipe, take_face(pool_, recipe)));
  return {std::move(rendered.frames), {recipe, rendered.measured, {}, {}}};
}

}  // namespace facemat
