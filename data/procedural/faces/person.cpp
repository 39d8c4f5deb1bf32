#include "data/procedural/faces/person.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "data/procedural/drawing/noise.h"
#include "data/procedural/faces/curves.h"
#include "data/scene/shading.h"

namespace facemat {
namespace {

constexpr float kPi = 3.14159265f;

float draw(Rng& rng, double low, double high) { return static_cast<float>(rng.uniform(low, high)); }

// A bell around the middle of [low, high], cut off at its ends: most people are average.
float around(Rng& rng, double low, double high) {
  const double middle = (low + high) / 2;
  return static_cast<float>(std::clamp(rng.normal(middle, (high - low) / 4), low, high));
}

cv::Vec3f rgb(float r, float g, float b) { return srgb_decode(cv::Vec3f(b / 255, g / 255, r / 255)); }

cv::Vec3f vivid(Rng& rng) {
  const float hue = draw(rng, 0, 6), chroma = draw(rng, 0.2, 0.8), value = draw(rng, 0.15, 0.95);
  cv::Vec3f colour;
  for (int c = 0; c < 3; ++c) {
    const float k = std::fmod(hue + 2 * static_cast<float>(c), 6.f);
    colour[c] = value * (1 - chroma * std::clamp(std::min(k, 4 - k), 0.f, 1.f));
  }
  return srgb_decode(colour);
}

// Skin from the lightest to the deepest, after the range of the Monk and Fitzpatrick scales.
cv::Vec3f skin_colour(float melanin, Rng& rng) {
  const std::array<cv::Vec3f, 7> tones = {rgb(246, 220, 206), rgb(236, 198, 178), rgb(222, 176, 148), rgb(196, 146, 112),
                                          rgb(158, 110, 80),  rgb(112, 74, 54),   rgb(66, 44, 36)};
  const float at = melanin * 5.999f;
  const auto index = static_cast<size_t>(at);
  cv::Vec3f tone = mix(tones[index], tones[index + 1], at - static_cast<float>(index));
  const float ruddy = around(rng, -0.08, 0.12), olive = around(rng, -0.05, 0.06);
  return {tone[0] * (1 - ruddy - olive), tone[1] * (1 - 0.6f * ruddy + olive), tone[2] * (1 + 0.4f * ruddy)};
}

cv::Vec3f natural_hair(float melanin, float age, Rng& rng) {
  const std::array<cv::Vec3f, 6> shades = {rgb(22, 18, 18),  rgb(48, 32, 24),   rgb(82, 54, 36),
                                           rgb(136, 72, 38), rgb(150, 112, 66), rgb(214, 180, 122)};
  const double fairness = rng.uniform() * std::max(0.0, 1.15 - 1.9 * melanin);
  const float at = static_cast<float>(std::clamp(fairness, 0.0, 0.999)) * 5;
  const auto index = static_cast<size_t>(at);
  const cv::Vec3f colour = mix(shades[index], shades[index + 1], at - static_cast<float>(index));
  const float grey = smooth_step(0.5f, 0.95f, age + draw(rng, -0.15, 0.15));
  return mix(colour, rgb(188, 186, 184), grey * draw(rng, 0.5, 1));
}

cv::Vec3f iris_colour(float melanin, Rng& rng) {
  const std::array<cv::Vec3f, 5> colours = {rgb(46, 26, 16), rgb(84, 50, 28), rgb(98, 92, 50), rgb(84, 108, 112),
                                            rgb(88, 128, 164)};
  const double fairness = melanin > 0.5f ? rng.uniform(0, 0.3) : rng.uniform();
  return colours[static_cast<size_t>(fairness * 4.999)] * draw(rng, 0.8, 1.2);
}

HairStyle hair_style(bool woman, float age, Rng& rng) {
  const double p = rng.uniform();
  if (woman) {
    if (p < 0.30) return HairStyle::kLong;
    if (p < 0.47) return HairStyle::kBob;
    if (p < 0.62) return HairStyle::kCurly;
    if (p < 0.76) return HairStyle::kBun;
    if (p < 0.88) return HairStyle::kFringe;
    return p < 0.94 ? HairStyle::kAfro : HairStyle::kShort;
  }
  if (p < 0.45 - 0.2 * age) return HairStyle::kShort;
  if (p < 0.58 - 0.2 * age) return HairStyle::kFringe;
  if (p < 0.72 - 0.1 * age) return HairStyle::kBuzz;
  if (p < 0.84) return HairStyle::kReceding;
  if (p < 0.92) return HairStyle::kBald;
  return p < 0.96 ? HairStyle::kAfro : HairStyle::kLong;
}

Hair draw_hair(const Person& person, Rng rng) {
  Hair hair;
  hair.style = hair_style(person.woman, person.age, rng);
  hair.natural = hair.colour = natural_hair(person.melanin, person.age, rng);
  if (rng.chance(person.woman ? 0.1 : 0.03)) {
    const float dyed = draw(rng, 0.5, 0.9);
    hair.colour = mix(hair.colour, vivid(rng), dyed);
  }
  hair.tips = rng.chance(0.25) ? mix(hair.colour, rgb(210, 170, 110), draw(rng, 0.1, 0.5)) : hair.colour * 1.15f;
  hair.hairline = around(rng, -0.68, -0.52);
  hair.parting = rng.chance(0.4) ? draw(rng, -0.06, 0.06) : draw(rng, -0.35, 0.35);
  hair.curl = person.melanin > 0.75f ? draw(rng, 0.3, 1) : draw(rng, 0, 0.45);
  hair.thickness = draw(rng, 0.05, 0.12);
  switch (hair.style) {
    case HairStyle::kBald:
      hair.hairline = -0.95f;
      hair.length = 0;
      hair.thickness = 0.01f;
      break;
    case HairStyle::kBuzz:
      hair.length = 0.05f;
      hair.thickness = 0.025f;
      break;
    case HairStyle::kReceding:
      hair.hairline = -0.82f;
      hair.length = draw(rng, 0.15, 0.35);
      hair.thickness = 0.04f;
      break;
    case HairStyle::kShort:
      hair.length = draw(rng, 0.22, 0.5);
      hair.thickness = draw(rng, 0.08, 0.16);
      break;
    case HairStyle::kFringe:
      hair.length = draw(rng, 0.5, 1.3);
      break;
    case HairStyle::kBob:
      hair.length = draw(rng, 1.4, 1.9);
      break;
    case HairStyle::kLong:
      hair.length = draw(rng, 2.2, 3.2);
      break;
    case HairStyle::kCurly:
      hair.length = draw(rng, 1.5, 2.6);
      hair.curl = draw(rng, 0.6, 1);
      hair.thickness = 0.16f;
      break;
    case HairStyle::kAfro:
      hair.length = draw(rng, 0.25, 0.5);
      hair.curl = 1;
      hair.thickness = draw(rng, 0.18, 0.4);
      break;
    case HairStyle::kBun:
      hair.length = draw(rng, 0.9, 1.2);
      hair.thickness = 0.05f;
      break;
  }
  return hair;
}

Beard draw_beard(const Person& person, Rng rng) {
  Beard beard;
  if (person.woman) return beard;
  const double p = rng.uniform();
  beard.stubble = draw(rng, 0, 0.55);
  if (p > 0.65) beard.moustache = draw(rng, 0.5, 1);
  if (p > 0.75) beard.full = draw(rng, 0.5, 1);
  return beard;
}

MakeUp draw_makeup(const Person& person, Rng rng) {
  MakeUp makeup;
  const std::array<cv::Vec3f, 5> lipsticks = {rgb(178, 24, 36), rgb(196, 84, 96), rgb(150, 40, 70), rgb(120, 30, 60),
                                              rgb(190, 100, 80)};
  makeup.lip_colour = lipsticks[static_cast<size_t>(rng.integer(0, 4))];
  makeup.shadow_colour = rng.chance(0.6) ? rgb(70, 46, 40) : vivid(rng);
  if (!person.woman || rng.chance(0.3)) return makeup;
  makeup.lipstick = draw(rng, 0.1, 0.9);
  makeup.shadow = rng.chance(0.6) ? draw(rng, 0.1, 0.7) : 0;
  makeup.liner = draw(rng, 0.2, 1);
  makeup.blush = draw(rng, 0, 0.8);
  return makeup;
}

void draw_skull(Person& person, Rng rng) {
  const float woman = person.woman ? 1.f : 0.f;
  person.width = around(rng, 0.65, 0.75);
  person.depth = around(rng, 0.84, 0.96);
  person.taper = around(rng, 0.1, 0.26) + 0.05f * woman;
  person.chin_length = around(rng, 0.94, 1.04) - 0.02f * woman;
  person.chin_width = around(rng, 0.12, 0.2) - 0.03f * woman;
  person.cheek = around(rng, 0.02, 0.075);
  person.brow_ridge = around(rng, 0.03, 0.07) - 0.025f * woman;
  person.nose_length = around(rng, 0.34, 0.41) - 0.015f * woman;
  person.nose_height = around(rng, 0.15, 0.23) - 0.02f * woman;
  person.nose_width = around(rng, 0.105, 0.14) + 0.03f * person.melanin - 0.01f * woman;
  person.nose_bulb = around(rng, 0.03, 0.08);
  person.eye_spacing = around(rng, 0.275, 0.315);
  person.eye_size = around(rng, 0.14, 0.163) + 0.007f * woman;
  person.eye_open = around(rng, 0.8, 1.2) + 0.08f * woman;
  person.eye_tilt = around(rng, -0.06, 0.2);
  person.lid_fold = draw(rng, 0.2, 1);
  person.mouth_width = around(rng, 0.23, 0.3);
  person.upper_lip = around(rng, 0.03, 0.06) + 0.015f * person.melanin + 0.006f * woman;
  person.lower_lip = around(rng, 0.05, 0.085) + 0.015f * person.melanin + 0.006f * woman;
  person.mouth_height = around(rng, 0.57, 0.62);
  person.brow_thickness = around(rng, 0.026, 0.05) - 0.008f * woman;
  person.brow_arch = around(rng, 0.01, 0.06) + 0.015f * woman;
  person.brow_height = around(rng, -0.22, -0.16) - 0.02f * woman;
  person.brow_density = draw(rng, 0.7, 1.1);
  person.ear_size = around(rng, 0.85, 1.15);
}

Clothes draw_clothes(Rng rng) {
  Clothes clothes;
  clothes.colour = rng.chance(0.35) ? rgb(22, 22, 26) : rng.chance(0.25) ? rgb(225, 224, 220) : vivid(rng) * 0.8f;
  clothes.second = vivid(rng);
  clothes.pattern = rng.chance(0.6) ? 0 : static_cast<int>(rng.integer(1, 3));
  clothes.neckline = draw(rng, 0.05, 0.6);
  clothes.v_neck = rng.chance(0.4);
  return clothes;
}

Expression draw_expression(Rng rng) {
  Expression expression;
  expression.smile = rng.chance(0.55) ? draw(rng, 0.3, 1) : draw(rng, 0, 0.4);
  expression.open = rng.chance(0.4) ? draw(rng, 0.01, 0.05) : 0;
  if (rng.chance(0.12)) expression.open = draw(rng, 0.05, 0.12);
  expression.brow_raise = draw(rng, -0.01, 0.04);
  expression.frown = rng.chance(0.2) ? draw(rng, 0, 1) : 0;
  expression.lids = rng.chance(0.06) ? draw(rng, 0.02, 0.35) : draw(rng, 0.8, 1.08);
  expression.gaze_x = around(rng, -0.022, 0.022);
  expression.gaze_y = around(rng, -0.012, 0.014);
  return expression;
}

// A swing that starts at 0 when time is 0.
float swing(Rng& rng, float amplitude, double time) {
  const float phase = draw(rng, 0, 2 * kPi), turns = draw(rng, 0.4, 1.1);
  return amplitude * (std::sin(phase + 2 * kPi * turns * static_cast<float>(time)) - std::sin(phase));
}

void move_head(Shot& shot, Rng rng, double time) {
  shot.yaw += swing(rng, draw(rng, 0.02, 0.12), time);
  shot.pitch += swing(rng, draw(rng, 0.01, 0.07), time);
  shot.roll += swing(rng, draw(rng, 0.01, 0.05), time);
  shot.centre[0] += swing(rng, draw(rng, 0, 0.02), time);
  shot.centre[1] += swing(rng, draw(rng, 0, 0.015), time);
  const bool blinks = rng.chance(0.4);
  const double moment = rng.uniform(0.25, 0.85);
  if (!blinks) return;
  const auto distance = static_cast<float>((time - moment) / 0.07);
  shot.expression.lids *= 1 - 0.97f * std::exp(-distance * distance);
}

}  // namespace

Person draw_person(const Rng& identity) {
  Rng rng = identity.fork("person");
  Person person;
  person.seed = rng.bits();
  person.woman = rng.chance(0.52);
  person.age = static_cast<float>(std::pow(rng.uniform(), 1.5));
  person.melanin = std::pow(draw(rng, 0, 1), 1.6f);
  draw_skull(person, identity.fork("skull"));
  person.skin = skin_colour(person.melanin, rng);
  const cv::Vec3f rose = rgb(176, 84, 84);
  person.lips = mix(person.skin.mul(cv::Vec3f(0.55f, 0.5f, 0.75f)), rose, 0.25f + 0.3f * (1 - person.melanin));
  person.iris = iris_colour(person.melanin, rng);
  person.freckles = person.melanin < 0.5f && rng.chance(0.3) ? draw(rng, 0.3, 1) : 0;
  person.blotches = draw(rng, 0.3, 1);
  person.moles = rng.chance(0.4) ? draw(rng, 0.3, 1) : 0;
  person.hair = draw_hair(person, identity.fork("hair"));
  person.brow_colour = mix(person.hair.natural, rgb(40, 28, 22), 0.65f);
  person.beard = draw_beard(person, identity.fork("beard"));
  person.makeup = draw_makeup(person, identity.fork("make-up"));
  return person;
}

Shot draw_shot(const Rng& capture, double time) {
  Rng rng = capture.fork("shot");
  Shot shot;
  shot.seed = rng.bits();
  const float degree = kPi / 180;
  shot.yaw = std::clamp(static_cast<float>(rng.normal(0, 15)), -30.f, 30.f) * degree;
  shot.pitch = std::clamp(static_cast<float>(rng.normal(-1, 7)), -20.f, 20.f) * degree;
  shot.roll = std::clamp(static_cast<float>(rng.normal(0, 8)), -25.f, 25.f) * degree;
  shot.centre = {around(rng, 0.44, 0.56), around(rng, 0.48, 0.56)};
  shot.face_height = draw(rng, 0.57, 0.76);
  shot.expression = draw_expression(capture.fork("expression"));
  shot.clothes = draw_clothes(capture.fork("clothes"));
  shot.light = random_light(capture.fork("light"));
  shot.defocus = draw(rng, 0.25, 0.8);
  shot.noise = draw(rng, 0.002, 0.02);
  shot.exposure = std::exp(around(rng, -0.35, 0.3));
  shot.white_balance = {std::exp(around(rng, -0.1, 0.1)), 1, std::exp(around(rng, -0.08, 0.1))};
  move_head(shot, capture.fork("motion"), time);
  return shot;
}

}  // namespace facemat
