#pragma once
// An annotator of stand-in networks (tests/support/tiny_faces.h) and pictures that it understands: blue background, a red face,
// green hair, white skin.

#include <opencv2/imgproc.hpp>

#include "data/annotate/annotator_config.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny_faces.h"

namespace facemat {

// The networks' files in `folder` and the annotator file beside them. The detector finds one face wherever there is blue: of a
// picture of 400 x 400 pixels the box from (137, 112) on, 125 wide and 175 high; its crop is 306 pixels wide, from (47, 35) on.
inline fs::path write_stand_ins(const fs::path& folder, int classes = 6, int faces = 1, float score = 0.9f) {
  using namespace tiny_onnx;
  std::vector<Cell> cells;
  if (faces == 1) cells.push_back(face_cell(16, 10, 10, 100, 140));
  for (int i = 0; faces > 1 && i < faces; ++i) cells.push_back(face_cell(8, 4 + 4 * (i / 8), 4 + 4 * (i % 8), 16, 20));
  write_file(folder / "faces.onnx", yunet_graph({320, 320}, cells, false, 50));
  write_file(folder / "points.onnx", landmark_graph(mesh_points(0.27, 0.36), score));
  write_file(folder / "parser.onnx", parser_graph(128, classes));
  write_file(folder / "annotator.yaml", R"(detector: {kind: yunet, file: faces.onnx, least: 0.02}
crop: {align: upright, face_share: 0.571428571428571, face_at: 0.54, outside: 0.15, tightest: 0.8, border: mirror}
parsers:
  - name: stand-in
    network: {model: parser.onnx, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], activation: softmax}
    classes: [background, hair, body, face, clothes, accessory]
landmarks:
  network: {model: points.onnx, output: points}
  score: score
  numbers: 3
  face_share: 0.5
  beyond: black
  left_eye: [33, 133]
  right_eye: [362, 263]
  nose: [4]
  left_mouth: [61]
  right_mouth: [291]
)");
  return folder / "annotator.yaml";
}

// What the detector finds in the crop is seen by the landmark network in a square 268 pixels wide about the crop's middle, so
// the points lie on an ellipse about (200, 188) of the picture, 72 to each side and 96 up and down.
inline const cv::Point kFaceCentre(200, 188);
inline const cv::Size kFaceAxes(72, 96);

// A picture with a face, 400 x 400. `shade` makes it one of its own.
inline cv::Mat stand_in_picture(int shade = 0) {
  cv::Mat out(400, 400, CV_8UC3, cv::Scalar(255, shade, 0));
  cv::ellipse(out, kFaceCentre, kFaceAxes, 0, 0, 360, cv::Scalar(0, 0, 255 - shade), -1);
  return out;
}

// The same with a white hand over a part of it.
inline cv::Mat covered_picture() {
  cv::Mat out = stand_in_picture();
  cv::rectangle(out, cv::Rect(160, 190, 60, 50), cv::Scalar::all(255), -1);
  return out;
}

inline cv::Mat picture_without_face() { return cv::Mat(400, 400, CV_8UC3, cv::Scalar(0, 0, 40)); }

inline void write_picture(const fs::path& file, const cv::Mat& picture) { write_image(file, picture, 100); }

}  // namespace facemat
