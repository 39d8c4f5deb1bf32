#pragma once
// Small pictures with trimaps, and systems over them solved densely.

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/progress.h"
#include "src/image/trimap.h"

namespace facemat {

struct SmallProblem {
  cv::Mat image, trimap;
};

// Background at the left, face at the right, and a face pixel in the middle of the unknown ones.
inline cv::Mat banded_trimap(cv::Size size) {
  cv::Mat trimap(size, CV_8UC1, cv::Scalar(kUnknown));
  trimap.colRange(0, 3).setTo(0);
  trimap.colRange(size.width - 3, size.width).setTo(255);
  trimap.at<uint8_t>(size.height / 2, size.width / 2 - 1) = 255;
  return trimap;
}

inline cv::Mat noise_picture(cv::Size size, uint64_t seed) {
  cv::Mat image(size, CV_8UC3);
  cv::RNG(seed).fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

// Colours that change slowly, each in its way.
inline cv::Mat smooth_picture(cv::Size size) {
  cv::Mat image(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      image.at<cv::Vec3b>(y, x) = {cv::saturate_cast<uint8_t>(40 + 9 * x), cv::saturate_cast<uint8_t>(200 - 11 * y + x * y / 3),
                                   cv::saturate_cast<uint8_t>(90 + x * x / 2)};
  return image;
}

inline cv::Mat grey_picture(const cv::Mat& image) {
  cv::Mat blue, grey;
  cv::extractChannel(image, blue, 0);
  cv::merge(std::vector<cv::Mat>{blue, blue, blue}, grey);
  return grey;
}

// Each kind of picture at a size of its own.
inline std::vector<SmallProblem> small_problems() {
  return {{noise_picture({14, 11}, 1), banded_trimap({14, 11})},
          {smooth_picture({12, 13}), banded_trimap({12, 13})},
          {grey_picture(noise_picture({13, 9}, 2)), banded_trimap({13, 9})}};
}

// A ramp of `columns` - 4 greys between two columns of black and two of white: alpha is the grey itself.
inline SmallProblem grey_ramp(int columns, int rows) {
  SmallProblem problem{cv::Mat(rows, columns, CV_8UC3), cv::Mat(rows, columns, CV_8UC1, cv::Scalar(kUnknown))};
  for (int x = 0; x < columns; ++x) {
    const int grey = std::min(255, std::max(0, 255 * (x - 1) / (columns - 3)));
    problem.image.col(x).setTo(cv::Scalar::all(grey));
  }
  problem.trimap.colRange(0, 2).setTo(0);
  problem.trimap.colRange(columns - 2, columns).setTo(255);
  return problem;
}

inline cv::Mat grey_of(const cv::Mat& image) {
  cv::Mat blue, out;
  cv::extractChannel(image, blue, 0);
  blue.convertTo(out, CV_32F, 1 / 255.0);
  return out;
}

inline Eigen::Vector3d colour_at(const cv::Mat& image, int number) {
  const cv::Vec3b& bgr = image.at<cv::Vec3b>(number / image.cols, number % image.cols);
  return Eigen::Vector3d(bgr[2], bgr[1], bgr[0]) / 255.0;
}

// Alpha that minimises a' L a with the known pixels held, clamped: L_UU a_U = -L_UK a_K, dense.
inline cv::Mat held_minimum(const Eigen::MatrixXd& laplacian, const cv::Mat& trimap) {
  std::vector<int> unknown;
  Eigen::VectorXd alpha(static_cast<Eigen::Index>(trimap.total()));
  for (int i = 0; i < static_cast<int>(trimap.total()); ++i) {
    const uint8_t value = trimap.at<uint8_t>(i / trimap.cols, i % trimap.cols);
    alpha(i) = value == 255 ? 1 : 0;
    if (value == kUnknown) unknown.push_back(i);
  }
  const auto count = static_cast<Eigen::Index>(unknown.size());
  const Eigen::VectorXd known = laplacian * alpha;
  Eigen::MatrixXd matrix(count, count);
  Eigen::VectorXd right(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    right(i) = -known(unknown[i]);
    for (Eigen::Index j = 0; j < count; ++j) matrix(i, j) = laplacian(unknown[i], unknown[j]);
  }
  const Eigen::VectorXd found = matrix.ldlt().solve(right);
  for (Eigen::Index i = 0; i < count; ++i) alpha(unknown[i]) = found(i);
  cv::Mat out(trimap.size(), CV_32FC1);
  for (int i = 0; i < static_cast<int>(trimap.total()); ++i)
    out.at<float>(i / trimap.cols, i % trimap.cols) = static_cast<float>(std::min(1.0, std::max(0.0, alpha(i))));
  return out;
}

inline double worst_difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

// What a Progress was told.
class ToldProgress : public Progress {
 public:
  void update(int64_t done, int64_t total, const std::string& note) override {
    EXPECT_LE(done, total);
    last = done, of = total, notes.push_back(note);
  }
  void message(const std::string&) override {}
  int64_t last = -1, of = 0;
  std::vector<std::string> notes;
};

}  // namespace facemat
