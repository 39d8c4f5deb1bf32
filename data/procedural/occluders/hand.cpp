#include "data/procedural/occluders/hand.h"

#include <array>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/occluders/occluders.h"

namespace facemat {
namespace {

constexpr float kReach = 2.2f;

struct Finger {
  std::array<Bone, 3> bones;
  FourBones shape;   // of the bones
  cv::Vec3f middle;  // of a sphere round the finger
  float radius = 0;
  cv::Vec3f nail_up;  // away from the last bone, where the nail lies
  cv::Vec3f across;   // along the knuckles
};

struct Hand {
  std::array<Finger, 5> fingers;  // thumb first
  FourBones palm, wrist;          // four bones of the hand; the ball of the thumb and the arm
  Bone arm, sleeve;
  bool mirrored = false, sleeved = false;
};

struct Bend {
  float base, middle, tip, side;  // radians; side: away from the middle finger
};

Finger make_finger(const cv::Vec3f& root, float length, float thickness, const Bend& bend, float facing) {
  // `facing` turns the finger about its own length: 0 bends towards -z (the palm), the thumb bends across it.
  const cv::Matx33f aim = turn_z(bend.side) * turn_y(facing);
  const std::array<float, 3> share = {0.45f, 0.30f, 0.25f}, angle = {bend.base, bend.middle, bend.tip};
  Finger finger;
  cv::Vec3f joint = root;
  float bent = 0;
  for (int i = 0; i < 3; ++i) {
    bent += angle[i];
    const cv::Vec3f next = joint + aim * cv::Vec3f(0, -std::cos(bent), -std::sin(bent)) * (length * share[i]);
    const float taper = 1 - 0.11f * i;
    finger.bones[i] = {joint, next, thickness * taper, thickness * (taper - 0.09f)};
    joint = next;
  }
  finger.shape = FourBones(finger.bones[0], finger.bones[1], finger.bones[2]);
  finger.nail_up = aim * cv::Vec3f(0, -std::sin(bent), std::cos(bent));
  finger.across = aim * cv::Vec3f(1, 0, 0);
  finger.middle = 0.5f * (root + joint);
  for (const Bone& bone : finger.bones) {
    for (const cv::Vec3f& end : {bone.a, bone.b}) {
      finger.radius = std::max(finger.radius, static_cast<float>(cv::norm(end - finger.middle)) + bone.ra);
    }
  }
  return finger;
}

// How far fingers 1..4 are bent, and the thumb's tuck (0 stretched aside, 1 across the palm), for each gesture.
struct GestureShape {
  std::array<float, 4> bend;  // 0 straight .. 1 fist
  float thumb, spread;
};

GestureShape shape_of(Gesture gesture) {
  switch (gesture) {
    case Gesture::kOpen:
      return {{0.08f, 0.05f, 0.06f, 0.1f}, 0.15f, 0.5f};
    case Gesture::kSpread:
      return {{0.04f, 0.02f, 0.03f, 0.05f}, 0, 1.3f};
    case Gesture::kFist:
      return {{1, 1, 1, 1}, 1, 0.1f};
    case Gesture::kPoint:
      return {{0.03f, 0.9f, 1, 1}, 0.9f, 0.1f};
    case Gesture::kCover:
      return {{0.12f, 0.1f, 0.12f, 0.16f}, 0.4f, 0.15f};
    case Gesture::kRelaxed:
      return {{0.25f, 0.35f, 0.42f, 0.48f}, 0.45f, 0.3f};
    case Gesture::kVictory:
      return {{0.03f, 0.03f, 0.95f, 1}, 1, 0.9f};
  }
  return {};
}

Hand make_hand(Rng rng, Gesture gesture, bool mirrored) {
  const GestureShape shape = shape_of(gesture);
  const float slim = static_cast<float>(rng.uniform(0.85, 1.12));
  constexpr std::array<float, 4> kRootX = {0.19f, 0.065f, -0.06f, -0.175f}, kRootY = {-0.60f, -0.63f, -0.60f, -0.53f},
                                 kLength = {0.50f, 0.56f, 0.51f, 0.40f}, kThick = {0.064f, 0.067f, 0.062f, 0.054f};
  Hand hand;
  std::array<Bone, 4> palm;
  hand.mirrored = mirrored;
  for (int i = 0; i < 4; ++i) {
    const float bend = shape.bend[i] + static_cast<float>(rng.uniform(-0.05, 0.08));
    const float side = (1.4f - i) * 0.17f * shape.spread + static_cast<float>(rng.uniform(-0.03, 0.03));
    const cv::Vec3f root(kRootX[i] * slim, kRootY[i], 0), knuckle(kRootX[i] * slim, kRootY[i] + 0.02f, 0.014f);
    hand.fingers[i + 1] = make_finger(root, kLength[i], kThick[i] * slim, {1.5f * bend, 1.75f * bend, 0.95f * bend, side}, 0);
    palm[i] = {{0.13f * kRootX[i] / 0.19f * slim, -0.02f, 0}, knuckle, 0.095f * slim, 0.077f * slim};
  }
  const float tuck = shape.thumb + static_cast<float>(rng.uniform(-0.08, 0.08));
  const cv::Vec3f root(0.2f * slim, -0.22f, -0.05f);
  hand.fingers[0] =
      make_finger(root, 0.47f, 0.076f * slim,
                  {0.2f + 0.6f * tuck, 0.15f + 0.6f * tuck, 0.15f + 0.5f * tuck, 0.85f - 0.75f * tuck}, 0.9f - 0.2f * tuck);
  const Bone ball = {{0.1f * slim, -0.06f, -0.03f}, root, 0.1f * slim, 0.095f * slim};
  const float lean = static_cast<float>(rng.uniform(-0.25, 0.25));
  hand.arm = {{0, 0.02f, 0}, {lean, 1.9f, -0.1f}, 0.125f * slim, 0.23f * slim};
  hand.palm = FourBones(palm[0], palm[1], palm[2], palm[3]), hand.wrist = FourBones(ball, hand.arm);
  const float cuff = static_cast<float>(rng.uniform(0.12, 0.6));
  hand.sleeved = rng.chance(0.6);
  hand.sleeve = {hand.arm.a + cuff * (hand.arm.b - hand.arm.a), hand.arm.b, 0.2f * slim, 0.3f * slim};
  return hand;
}

float finger_distance(const cv::Vec3f& p, const Finger& finger) {
  const std::array<float, 4> bones = finger.shape.distances(p);
  return smooth_union(smooth_union(bones[0], bones[1], 0.025f), bones[2], 0.025f);
}

float skin_distance(const cv::Vec3f& p, const Hand& hand) {
  float palm = 1e9f;
  for (const float bone : hand.palm.distances(p)) palm = smooth_union(palm, bone, 0.09f);
  const std::array<float, 4> wrist = hand.wrist.distances(p);
  palm = smooth_union(smooth_union(palm, wrist[0], 0.09f), wrist[1], 0.16f);
  float fingers = 1e9f;
  for (const Finger& finger : hand.fingers) {
    const float x = p[0] - finger.middle[0], y = p[1] - finger.middle[1], z = p[2] - finger.middle[2];
    const float bound = std::sqrt(x * x + y * y + z * z) - finger.radius;
    if (bound > std::min(fingers, palm) + 0.05f) continue;  // too far to matter
    fingers = smooth_union(fingers, finger_distance(p, finger), 0.012f);
  }
  return smooth_union(palm, fingers, 0.045f);
}

// Or something above `limit`, if it is that.
float sleeve_distance(const cv::Vec3f& p, const Hand& hand, float limit) {
  if (!hand.sleeved) return 1e9f;
  constexpr float kFolds = 0.02f;
  const float bone = bone_distance(p, hand.sleeve);
  if (const float least = 0.85f * (bone - 1.05f * kFolds); least > limit) return least;
  const cv::Vec3f axis = hand.sleeve.b - hand.sleeve.a;
  const float along = (p - hand.sleeve.a).dot(axis) / static_cast<float>(cv::norm(axis));
  const float folds = 0.012f * std::sin(19 * along + 5 * p[0]) + 0.008f * std::sin(31 * along - 9 * p[0]);
  return std::max(0.85f * (bone + folds), -along);
}

struct Looks {
  cv::Vec3f skin, palm_skin, nail, cloth;  // linear
  uint32_t seed = 0;
  float nail_gloss = 0.3f;
};

Looks make_looks(Rng rng) {
  // Albedo from deep brown to fair; red stays well above blue at every depth.
  const float tone = static_cast<float>(rng.uniform());
  const cv::Vec3f dark(0.024f, 0.046f, 0.1f), middle(0.11f, 0.21f, 0.42f), fair(0.37f, 0.49f, 0.76f);
  Looks looks;
  looks.skin = tone < 0.5f ? dark + 2 * tone * (middle - dark) : middle + (2 * tone - 1) * (fair - middle);
  for (int c = 0; c < 3; ++c) looks.skin[c] *= static_cast<float>(rng.uniform(0.95, 1.05));
  looks.palm_skin = 0.7f * looks.skin + 0.3f * cv::Vec3f(0.3f, 0.36f, 0.58f);
  looks.nail = 0.75f * looks.skin + 0.25f * cv::Vec3f(0.5f, 0.52f, 0.75f);
  if (rng.chance(0.25)) looks.nail = random_colour(rng, 0.05f, 0.8f), looks.nail_gloss = 0.7f;
  looks.cloth = random_colour(rng, 0.02f, 0.7f);
  looks.seed = rng.bits();
  return looks;
}

Material skin_material(const cv::Vec3f& p, const cv::Vec3f& normal, const Hand& hand, const Looks& looks) {
  Material material;
  const float inside = smooth_step(0.2f, -0.5f, normal[2]);
  material.albedo = looks.skin + inside * (looks.palm_skin - looks.skin);
  material.albedo *= 1 + 0.12f * (value_noise(7 * p, looks.seed) - 0.5f) + 0.1f * (value_noise(45 * p, looks.seed + 1) - 0.5f);
  material.specular = 0.06f;
  material.gloss = 14;
  material.wrap = 0.25f;
  for (const Finger& finger : hand.fingers) {
    if (cv::norm(p - finger.middle) > finger.radius + 0.02f) continue;
    for (int i = 0; i < 3; ++i) {  // knuckles: redder, with short creases across
      const Bone& bone = finger.bones[i];
      const cv::Vec3f off = p - bone.a, axis = bone.b - bone.a;
      const float far = static_cast<float>(cv::norm(off));
      if (far > 2 * bone.ra || (i > 0 && bone_distance(p, bone) > 0.012f)) continue;
      const float along = off.dot(axis) / static_cast<float>(cv::norm(axis));
      const float near = smooth_step(2 * bone.ra, 0.9f * bone.ra, far);
      material.albedo = material.albedo.mul(cv::Vec3f(1 - 0.16f * near, 1 - 0.12f * near, 1));
      const float creased = i == 0 ? 0 : 0.2f * near * smooth_step(0.55f, 0.95f, std::abs(normal.dot(finger.nail_up)));
      for (const float at : {-0.016f, 0.004f, 0.02f}) {
        material.albedo *= 1 - creased * smooth_step(0.009f, 0.002f, std::abs(along - at + 0.1f * off.dot(finger.across)));
      }
    }
    const Bone& tip = finger.bones[2];
    const cv::Vec3f axis = (tip.b - tip.a) * (1 / static_cast<float>(cv::norm(tip.b - tip.a)));
    const cv::Vec3f off = p - tip.b;
    const float up = off.dot(finger.nail_up), along = off.dot(axis) - 0.1f * tip.rb, across = off.dot(finger.across);
    if (up > 0 && std::abs(along) < 2 * tip.rb && std::abs(across) < tip.rb) {
      const float edge = std::pow(
          std::pow(std::abs(across) / (0.72f * tip.rb), 3.f) + std::pow(std::abs(along) / (0.95f * tip.rb), 3.f), 1 / 3.f);
      const float nail = smooth_step(1.0f, 0.88f, edge) * smooth_step(0.1f, 0.4f, up / tip.rb);
      const float white = nail * smooth_step(0.55f, 0.75f, along / tip.rb);
      const float rim = smooth_step(1.25f, 1.02f, edge) * (1 - nail) * smooth_step(0, 0.4f, up / tip.rb);
      material.albedo = (material.albedo + nail * (looks.nail - material.albedo)) * (1 - 0.3f * rim);
      material.albedo += 0.4f * white * (cv::Vec3f(0.65f, 0.7f, 0.75f) - material.albedo);
      material.specular += nail * looks.nail_gloss;
      material.gloss += nail * 40;
    }
  }
  return material;
}

Material cloth_material(const cv::Vec3f& p, const Looks& looks) {
  Material material;
  material.albedo = looks.cloth * (0.85f + 0.3f * value_noise(60 * p, looks.seed));
  material.wrap = 0.1f;
  return material;
}

}  // namespace

cv::Mat draw_hand(const Rng& rng, cv::Size size, const Light& light, Gesture gesture, const Pose& pose, bool mirrored) {
  const Hand hand = make_hand(rng.fork("hand"), gesture, mirrored);
  const Looks looks = make_looks(rng.fork("looks"));
  const auto own = [&](const cv::Vec3f& p) { return mirrored ? cv::Vec3f(-p[0], p[1], p[2]) : p; };
  const auto distance = [&](const cv::Vec3f& point) {
    const cv::Vec3f p = own(point);
    const float skin = skin_distance(p, hand);
    return std::min(skin, sleeve_distance(p, hand, skin));
  };
  const auto surface = [&](const cv::Vec3f& point, const cv::Vec3f& normal) {
    const cv::Vec3f p = own(point);
    const float skin = skin_distance(p, hand);
    return sleeve_distance(p, hand, skin) < skin ? cloth_material(p, looks) : skin_material(p, own(normal), hand, looks);
  };
  return draw_solid(size, pose, light, kReach, distance, surface);
}

cv::Mat draw_hand(const Rng& rng, const Scene& scene) {
  const FaceFrame face = face_frame(scene);
  Rng place = rng.fork("place");
  const auto gesture = static_cast<Gesture>(place.integer(0, 6));
  const bool mirrored = place.chance(0.5), palm_seen = place.chance(gesture == Gesture::kFist ? 0.8 : 0.45);
  const float size = static_cast<float>(place.uniform(0.95, 1.2));
  // Fingers point up, inwards from the side the forearm comes from.
  const float side = place.chance(0.5) ? 1.f : -1.f;
  const bool flat = gesture == Gesture::kCover || gesture == Gesture::kPoint;
  const float lean = -side * static_cast<float>(flat ? place.uniform(0.7, 1.4) : place.uniform(0.1, 0.9));
  const std::array<cv::Point2f, 4> spots = {scene.layout.mouth, scene.layout.mouth, scene.layout.nose_tip,
                                            side > 0 ? scene.layout.right_eye : scene.layout.left_eye};
  cv::Point2f target = spots[place.integer(0, 3)];
  if (gesture == Gesture::kCover) target = scene.layout.mouth;
  if (gesture == Gesture::kFist) target = 0.5f * (scene.layout.mouth + scene.layout.chin);
  const float aside = static_cast<float>(place.normal(0, 0.07)), lower = static_cast<float>(place.normal(0, 0.06));
  target += face.width * cv::Point2f(aside, lower);
  const Motion motion = motion_at(rng.fork("motion"), scene.time, 0.25f);
  const float turn = lean + motion.turn;
  Pose pose;
  pose.scale = size * face.width;
  const float aside_turn = static_cast<float>(place.uniform(-0.4, 0.4)), nod = static_cast<float>(place.uniform(-0.35, 0.25));
  pose.turn = turn_z(turn) * turn_x(nod) * turn_y(aside_turn + (palm_seen ? static_cast<float>(CV_PI) : 0.f));
  const float middle = gesture == Gesture::kFist ? 0.5f : gesture == Gesture::kPoint ? 0.85f : 0.68f;
  pose.at = target + face.width * motion.offset - pose.scale * middle * cv::Point2f(std::sin(turn), -std::cos(turn));
  return draw_hand(rng, scene.size, scene.light, gesture, pose, mirrored);
}

}  // namespace facemat
