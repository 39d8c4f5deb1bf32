#pragma once
// Who is photographed and how: the numbers that random streams are turned into before anything is drawn.
//
// Head units: the head is about 2 high; the origin lies between the eyes and inside the head, x right, y down, z towards the
// viewer. Colours are linear BGR reflectance.

#include <opencv2/core.hpp>

#include "data/scene/scene.h"

namespace facemat {

enum class HairStyle { kBald, kBuzz, kReceding, kShort, kFringe, kBob, kLong, kCurly, kAfro, kBun };

struct Hair {
  HairStyle style = HairStyle::kShort;
  cv::Vec3f natural;        // of brows and beard, never dyed
  cv::Vec3f colour, tips;   // roots and ends
  float length = 0.4f;      // of a strand
  float curl = 0;           // 0 straight .. 1 tight
  float thickness = 0.08f;  // of the mass over the scalp
  float parting = 0;        // x of the parting
  float hairline = -0.6f;   // y above the nose
};

struct Beard {
  float stubble = 0;    // shade of shaved or short hair, 0..1
  float full = 0;       // jaw and chin, 0..1
  float moustache = 0;  // 0..1
};

struct MakeUp {
  float lipstick = 0, shadow = 0, liner = 0, blush = 0;  // strengths, 0..1
  cv::Vec3f lip_colour, shadow_colour;
};

struct Person {
  uint32_t seed = 0;  // of all noise that sticks to the person
  float age = 0.3f;   // 0 young .. 1 old
  bool woman = false;
  // Skull and features; see shape.cpp for what each moves.
  float width = 0, depth = 0, taper = 0, chin_length = 0, chin_width = 0, cheek = 0, brow_ridge = 0;
  float nose_length = 0, nose_height = 0, nose_width = 0, nose_bulb = 0;
  float eye_spacing = 0, eye_size = 0, eye_open = 0, eye_tilt = 0, lid_fold = 0;
  float mouth_width = 0, upper_lip = 0, lower_lip = 0, mouth_height = 0;
  float brow_thickness = 0, brow_arch = 0, brow_height = 0, brow_density = 0;
  float ear_size = 0;
  // Colours.
  float melanin = 0.3f;  // 0 lightest .. 1 deepest skin
  cv::Vec3f skin, lips, iris, brow_colour;
  float freckles = 0, blotches = 0, moles = 0;
  Hair hair;
  Beard beard;
  MakeUp makeup;
};

struct Expression {
  float smile = 0, open = 0, brow_raise = 0, frown = 0;
  float lids = 1;                // share of the eye's own opening, 0 closed
  float gaze_x = 0, gaze_y = 0;  // shift of the iris, head units
};

struct Clothes {
  cv::Vec3f colour, second;
  int pattern = 0;        // 0 plain, 1 stripes, 2 checks, 3 speckle
  float neckline = 0.3f;  // depth of the opening
  bool v_neck = false;
};

struct Shot {
  uint32_t seed = 0;
  float yaw = 0, pitch = 0, roll = 0;  // radians, signs as in FaceLayout
  cv::Vec2f centre{0.5f, 0.52f};       // of the face, share of the side
  float face_height = 0.65f;           // hair line to chin, share of the side
  Expression expression;
  Clothes clothes;
  Light light;
  float defocus = 0.5f;  // standard deviation, share of side / 128
  float noise = 0.01f;   // standard deviation in encoded values
  float exposure = 1;
  cv::Vec3f white_balance{1, 1, 1};
};

Person draw_person(const Rng& identity);
// `time` moves the pose by a few degrees and may close the eyes for a moment.
Shot draw_shot(const Rng& capture, double time);

}  // namespace facemat
