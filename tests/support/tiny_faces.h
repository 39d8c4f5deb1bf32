#pragma once
// Stand-ins for networks that find faces, their points and their parts: small graphs whose every answer is known by hand
// (tiny_onnx.h).

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "tests/support/tiny_onnx.h"

namespace facemat::tiny_onnx {

// One cell's answer of a YuNet.
struct Cell {
  int stride, row, column;
  float cls, obj;
  std::vector<float> box, points;
};

// A YuNet that answers with `cells`, if the picture is all blue: cls is multiplied by `gain` times the mean of blue / 255.
inline Bytes yunet_graph(cv::Size size, const std::vector<Cell>& cells, bool open_size = false, float gain = 1) {
  Bytes graph = port(11, "input", {1, 3, open_size ? -1 : size.height, open_size ? -1 : size.width}) +
                node("GlobalAveragePool", {"input"}, "mean") + weights("blue", {1, 3, 1, 1}, {gain / 255.f, 0, 0}) +
                node("Conv", {"mean", "blue"}, "blueness");
  for (const int stride : {8, 16, 32}) {
    const int columns = size.width / stride, count = columns * (size.height / stride);
    std::vector<float> cls(count, 0.01f), obj(count, 0.01f), box(4 * count), points(10 * count);
    for (const Cell& cell : cells) {
      if (cell.stride != stride) continue;
      const int at = cell.row * columns + cell.column;
      cls[at] = cell.cls, obj[at] = cell.obj;
      std::copy(cell.box.begin(), cell.box.end(), box.begin() + 4 * at);
      std::copy(cell.points.begin(), cell.points.end(), points.begin() + 10 * at);
    }
    const std::string s = std::to_string(stride);
    graph += weights("c" + s, {1, count, 1}, cls) + weights("o" + s, {1, count, 1}, obj) +
             weights("b" + s, {1, count, 4}, box) + weights("k" + s, {1, count, 10}, points) +
             node("Mul", {"blueness", "c" + s}, "cls_" + s) + node("Identity", {"o" + s}, "obj_" + s) +
             node("Identity", {"b" + s}, "bbox_" + s) + node("Identity", {"k" + s}, "kps_" + s) +
             port(12, "cls_" + s, {1, 1, count, 1}) + port(12, "obj_" + s, {1, count, 1}) +
             port(12, "bbox_" + s, {1, count, 4}) + port(12, "kps_" + s, {1, count, 10});
  }
  return model(graph, "");
}

// A face of that size with level eyes, its centre on the upper left corner of the cell.
inline Cell face_cell(int stride, int row, int column, float width, float height, float score = 1) {
  const float w = width / static_cast<float>(stride), h = height / static_cast<float>(stride);
  return {stride,
          row,
          column,
          score,
          score,
          {0, 0, std::log(w), std::log(h)},
          {-w / 4, -h / 8, w / 4, -h / 8, 0, h / 8, -w / 5, h / 4, w / 5, h / 4}};
}

// 468 points, x, y, z in shares of the square: the outline of MediaPipe's mesh on an upright ellipse with these half axes in
// its middle, the points on the middle line and the eyes where a face has them, all others in the middle.
inline std::vector<float> mesh_points(double across, double down) {
  std::vector<float> out(3 * 468, 0.5f);
  const auto put = [&](int point, double x, double y) {
    out[3 * point] = static_cast<float>(0.5 + x), out[3 * point + 1] = static_cast<float>(0.5 + y);
  };
  const int oval[] = {10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
                      152, 148, 176, 149, 150, 136, 172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109};
  for (int i = 0; i < 36; ++i) put(oval[i], across * std::sin(i * CV_PI / 18), -down * std::cos(i * CV_PI / 18));
  put(4, 0, 0.1 * down), put(13, 0, 0.4 * down);
  put(33, -0.5 * across, -0.2 * down), put(263, 0.5 * across, -0.2 * down);
  put(133, -0.2 * across, -0.2 * down), put(362, 0.2 * across, -0.2 * down);
  put(61, -0.3 * across, 0.4 * down), put(291, 0.3 * across, 0.4 * down);
  return out;
}

// A landmark network that sees 64 x 64 and always answers with these points and this score.
inline Bytes landmark_graph(const std::vector<float>& points, float score) {
  const auto count = static_cast<int64_t>(points.size());
  return model(port(11, "src", {1, 3, 64, 64}) + node("GlobalAveragePool", {"src"}, "mean") +
                   weights("none", {1, 3, 1, 1}, {0, 0, 0}) + node("Conv", {"mean", "none"}, "zero") +
                   weights("answer", {1, 1, 1, count}, points) + node("Add", {"answer", "zero"}, "points") +
                   weights("certain", {1, 1, 1, 1}, {score}) + node("Add", {"certain", "zero"}, "score") +
                   port(12, "points", {1, 1, 1, count}) + port(12, "score", {1, 1, 1, 1}),
               "");
}

// A parser of six classes that sees `side` x `side`: blue is background (class 0), green hair (1), white skin (2), red face
// (3); `classes` fewer are left out at the end. Scores, for a softmax.
inline Bytes parser_graph(int side, int classes = 6) {
  std::vector<float> rgb = {-10, -10, 10, -10, 10, -10, 0, 0, 0, 10, -10, -10, -1, -1, -1, -1, -1, -1};
  rgb.resize(3 * static_cast<size_t>(classes));
  return model(port(11, "src", {1, 3, side, side}) + weights("w", {classes, 3, 1, 1}, rgb) +
                   node("Conv", {"src", "w"}, "scores") + port(12, "scores", {1, classes, side, side}),
               "");
}

}  // namespace facemat::tiny_onnx
