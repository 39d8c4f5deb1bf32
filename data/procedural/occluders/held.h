#pragma once
// Things held in a hand before the mouth: where they are and the fist that holds them.

#include "data/procedural/occluders/hand.h"
#include "src/image/pixels.h"

namespace facemat {

// A place by the mouth, tilted; the thing's origin lies `below` units under the mouth along its own axis.
inline Pose held_pose(const Rng& rng, const Scene& scene, float size, float below, float most_tilt) {
  const FaceFrame face = face_frame(scene);
  Rng place = rng.fork("place");
  const Motion motion = motion_at(rng.fork("motion"), scene.time, 0.25f);
  const float tilt = static_cast<float>(place.uniform(-most_tilt, most_tilt)) + motion.turn;
  Pose pose;
  pose.scale = size * face.width;
  const float aside = static_cast<float>(place.normal(0, 0.07)), lower = static_cast<float>(place.normal(0, 0.05));
  pose.at = scene.layout.mouth + face.width * (cv::Point2f(aside, lower) + motion.offset) +
            below * pose.scale * cv::Point2f(-std::sin(tilt), std::cos(tilt));
  const float aside_turn = static_cast<float>(place.uniform(-0.7, 0.7)), nod = static_cast<float>(place.uniform(-0.15, 0.45));
  pose.turn = turn_z(tilt) * turn_x(nod) * turn_y(aside_turn);
  return pose;
}

// The layer with a fist laid over the thing's point `grip` (its own axes, units), the forearm leaving downwards to one side.
inline cv::Mat held(const cv::Mat& thing, const Rng& rng, const Scene& scene, const Pose& pose, const cv::Vec3f& grip) {
  Rng place = rng.fork("grip");
  const float side = place.chance(0.5) ? 1.f : -1.f;
  const float turn = side * -static_cast<float>(place.uniform(0.7, 1.2));
  const cv::Vec3f at = pose.turn * grip;
  Pose hand;
  hand.scale = face_frame(scene).width * static_cast<float>(place.uniform(0.7, 0.85));
  hand.turn = turn_z(turn) * turn_y(side * 0.5f);
  hand.at =
      pose.at + pose.scale * cv::Point2f(at[0], at[1]) - 0.55f * hand.scale * cv::Point2f(std::sin(turn), -std::cos(turn));
  return layer_over(draw_hand(rng.fork("holder"), scene.size, scene.light, Gesture::kFist, hand, side < 0), thing);
}

}  // namespace facemat
