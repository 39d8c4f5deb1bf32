#include "data/procedural/faces/face.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/procedural/faces/background.h"
#include "data/procedural/faces/render.h"
#include "data/scene/shading.h"
#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

constexpr float kDegrees = 180 / 3.14159265f;

// A point of the calm head's surface in pixels.
cv::Point2f seen(const Person& person, const Shot& shot, const View& view, float angle, float y) {
  const cv::Vec3f at = view.project(head_point(person, shot.expression, angle, y), true);
  return {at[0], at[1]};
}

// The angle at which the surface has the given x at height y: bisection over the front half.
float angle_at(const Person& person, const Expression& expression, float x, float y) {
  float low = -1.5f, high = 1.5f;
  for (int step = 0; step < 24; ++step) {
    const float middle = 0.5f * (low + high);
    (head_point(person, expression, middle, y)[0] < x ? low : high) = middle;
  }
  return 0.5f * (low + high);
}

FaceLayout layout_of(const Person& person, const Shot& shot, int side) {
  const View view = make_view(shot, side);
  const auto front = [&](float x, float y) { return seen(person, shot, view, angle_at(person, shot.expression, x, y), y); };
  FaceLayout layout;
  layout.left_eye = front(-person.eye_spacing, 0);
  layout.right_eye = front(person.eye_spacing, 0);
  layout.nose_tip = front(0, person.nose_length);
  layout.mouth = front(0, person.mouth_height);
  layout.chin = front(0, 0.93f);
  layout.forehead = front(0, 0.5f * (std::max(-0.65f, person.hair.hairline) + person.brow_height));
  layout.left_edge = layout.right_edge = layout.nose_tip;
  for (float angle = -1.35f; angle <= 1.351f; angle += 0.05f) {
    const cv::Point2f at = seen(person, shot, view, angle, 0);
    if (at.x < layout.left_edge.x) layout.left_edge = at;
    if (at.x > layout.right_edge.x) layout.right_edge = at;
  }
  layout.width = std::hypot(layout.right_edge.x - layout.left_edge.x, layout.right_edge.y - layout.left_edge.y);
  layout.yaw = shot.yaw * kDegrees;
  layout.pitch = shot.pitch * kDegrees;
  layout.roll = shot.roll * kDegrees;
  return layout;
}

void defocus(cv::Mat& picture, float sigma) { cv::GaussianBlur(picture, picture, {}, sigma, sigma, cv::BORDER_REPLICATE); }

// Sensor noise, a little correlated between neighbours as after demosaicing; stronger in the dark.
void add_noise(cv::Mat& picture, float strength, Rng rng) {
  cv::Mat noise(picture.size(), CV_32FC3);
  for (int y = 0; y < noise.rows; ++y) {
    auto* row = noise.ptr<float>(y);
    for (int i = 0; i < noise.cols * 3; ++i) {
      const uint32_t bits = rng.bits();  // the sum of four bytes is nearly normal, and cheap
      const auto sum = static_cast<float>((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24));
      row[i] = (sum - 510) / 147.8f;
    }
  }
  cv::GaussianBlur(noise, noise, {}, 0.5, 0.5, cv::BORDER_REPLICATE);
  picture += strength * 1.8f * noise;
}

// Light to encoded picture: exposure, white balance, a shoulder that keeps highlights from clipping hard.
void develop(cv::Mat& picture, const Shot& shot) {
  const cv::Vec3f gain = shot.white_balance * shot.exposure;
  for (int y = 0; y < picture.rows; ++y) {
    auto* row = picture.ptr<cv::Vec3f>(y);
    for (int x = 0; x < picture.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        const float value = row[x][c] * gain[c];
        row[x][c] = value < 0.7f ? value : 0.7f + 0.3f * (1 - std::exp(-(value - 0.7f) / 0.3f));
      }
    }
  }
  picture = encode_picture(picture);
}

}  // namespace

FaceView render_face(const Rng& identity, const Rng& capture, int side, double time) {
  require(side >= 16, "render_face: side is {} (allowed: 16 or more)", side);
  require(time >= 0 && time <= 1, "render_face: time is {} (allowed: 0 to 1)", time);
  const Person person = draw_person(identity);
  const Shot shot = draw_shot(capture, time);
  const Figure figure = render_figure(person, shot, identity.fork("strands"), side);
  FaceView view;
  cv::Mat image = blend_over(figure.layer, draw_background(capture, side));
  view.mask = figure.mask;
  const float sigma = std::max(0.2f, shot.defocus * static_cast<float>(side) / 128);
  defocus(image, sigma);
  defocus(view.mask, sigma);
  develop(image, shot);
  add_noise(image, shot.noise, capture.fork("noise", static_cast<uint64_t>(time * 1e6)));
  view.image = to_u8(image);
  view.mask = cv::min(cv::max(view.mask, 0.f), 1.f);
  view.layout = layout_of(person, shot, side);
  view.light = shot.light;
  return view;
}

}  // namespace facemat
