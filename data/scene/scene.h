#pragma once
// What face and occluder sources exchange: a face as seen, where its parts are, the light, and layers to put over it.
//
// Axes: x right, y down, z towards the viewer. Positions in pixels of the frame. "left" and "right" are the picture's.
// Colours: BGR, CV_32F 0..1, sRGB-encoded like photographs; light colours multiply linear reflectance (see shading.h).

#include <opencv2/core.hpp>
#include <string>

#include "src/core/random.h"

namespace facemat {

// A key light, a fill light from another side, and ambient light. Directions are unit vectors from the surface to the light.
struct Light {
  cv::Vec3f key_direction{-0.4f, -0.5f, 0.77f}, key_colour{0.9f, 0.95f, 1.0f};
  cv::Vec3f fill_direction{0.7f, 0.1f, 0.7f}, fill_colour{0.25f, 0.22f, 0.2f};
  cv::Vec3f ambient{0.25f, 0.25f, 0.25f};
};

// Where the parts of a face are. For photographs it is estimated from the mask (data/sources/pictures/layout.h).
struct FaceLayout {
  cv::Point2f left_eye, right_eye, nose_tip, mouth, chin, forehead;  // centres; forehead: between brows and hair line
  cv::Point2f left_edge, right_edge;                                 // face outline at eye height, where ears begin
  float width = 0;                                                   // outline to outline, pixels
  float yaw = 0, pitch = 0, roll = 0;  // degrees; positive: turned to the picture's right / up / clockwise
};

// One frame of a face without occluder. mask is S: skin, brows, eyes, nose, mouth; not hair, ears, neck. A picture without a
// face has a mask of 0 and the layout of a face that might be there, so that things can be laid over it.
struct FaceView {
  cv::Mat image;  // CV_8UC3
  cv::Mat mask;   // CV_32FC1, 0..1
  cv::Mat trust;  // CV_32FC1, 0..1: 1 where the mask can be believed, 0 where it cannot; empty: it can everywhere
  FaceLayout layout;
  Light light;
  // CV_8UC3: what lies behind a foreground that was cut out (kind mattes in data/sources/faces). The mask is then its alpha,
  // and `image` its colour, known everywhere. Empty: the picture shows face and surroundings as they are.
  cv::Mat background = {};
};

// What an occluder needs to know to be drawn over a face.
struct Scene {
  cv::Size size;      // of the canvas, pixels
  FaceLayout layout;  // of this frame's face
  Light light;
  double time = 0;  // 0..1 within the clip; stills have 0
};

// Occluder classes used for balance and for reports.
//   hand, hair, glasses, accessory, object, food, cloth, translucent, texture

}  // namespace facemat
