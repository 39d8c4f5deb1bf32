// Landmark networks: the window they see, and where their points lie in the frame.

#include "src/runtime/faces/landmark_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/file.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny_faces.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

LandmarkConfig mesh(const Scratch& folder, const std::vector<float>& points, float score = 0.75f) {
  LandmarkConfig config;
  config.network.model = (folder / "mesh.onnx").string();
  config.network.output = "points", config.score = "score", config.numbers = 3;
  config.left_eye = {33, 133}, config.right_eye = {362, 263}, config.nose = {4}, config.left_mouth = {61};
  config.right_mouth = {291};
  write_file(config.network.model, tiny_onnx::landmark_graph(points, score));
  return config;
}

const cv::Mat& frame() {
  static const cv::Mat picture(200, 300, CV_8UC3, cv::Scalar::all(90));
  return picture;
}

TEST(WindowAround, HoldsThePointsLevel) {
  const std::vector<cv::Point2d> points = {{10, 20}, {30, 20}, {20, 60}};
  const FacePose level = window_around(points, points[0], points[1], 0.5);
  EXPECT_NEAR(level.side, 80, 1e-9);  // 40 high
  EXPECT_NEAR(level.centre.x, 20, 1e-9);
  EXPECT_NEAR(level.centre.y, 40, 1e-9);
  EXPECT_NEAR(level.degrees, 0, 1e-9);
  // The same points turned clockwise by a right angle about the origin.
  std::vector<cv::Point2d> turned;
  for (const cv::Point2d& p : points) turned.emplace_back(-p.y, p.x);
  const FacePose pose = window_around(turned, turned[0], turned[1], 0.5);
  EXPECT_NEAR(pose.degrees, 90, 1e-9);
  EXPECT_NEAR(pose.side, 80, 1e-9);
  EXPECT_NEAR(pose.centre.x, -40, 1e-9);
  EXPECT_NEAR(pose.centre.y, 20, 1e-9);
}

TEST(LandmarkNetwork, SeesASquareRoundTheFaceTurnedWithIt) {
  Scratch folder;
  LandmarkConfig config = mesh(folder, tiny_onnx::mesh_points(0.2, 0.3));
  config.face_share = 0.5;
  LandmarkNetwork network(config, 1);
  const Landmarks upright = network.find(frame(), {{150, 100}, {40, 60}, 0, 1, {}});
  ASSERT_EQ(upright.points.size(), 468u);
  EXPECT_NEAR(upright.score, 0.75, 1e-6);
  EXPECT_NEAR(upright.points[10].x, 150, 1e-4);  // the square is 120 wide
  EXPECT_NEAR(upright.points[10].y, 100 - 0.3 * 120, 1e-4);
  EXPECT_NEAR(upright.points[263].x, 150 + 0.1 * 120, 1e-4);
  const Landmarks turned = network.find(frame(), {{150, 100}, {60, 40}, 90, 1, {}});  // the longer side counts
  EXPECT_NEAR(turned.points[10].x, 150 + 0.3 * 120, 1e-4);
  EXPECT_NEAR(turned.points[10].y, 100, 1e-4);
}

TEST(LandmarkNetwork, LooksAgainRoundWhatItFound) {
  Scratch folder;
  // The points are 0.6 of the square high, and a square of which they are 0.5 is wanted: each look is 1.2 times as large.
  LandmarkConfig config = mesh(folder, tiny_onnx::mesh_points(0.2, 0.3));
  config.face_share = 0.5, config.refine = 2;
  const Landmarks found = LandmarkNetwork(config, 1).find(frame(), {{150, 100}, {40, 60}, 30, 1, {}});
  const double height = cv::norm(found.points[10] - found.points[152]);
  EXPECT_NEAR(height, 0.6 * 120 * 1.2 * 1.2, 1e-3);
  EXPECT_NEAR(std::atan2(found.points[10].x - 150, 100 - found.points[10].y) * 180 / CV_PI, 30, 1e-3);
  // The points' own middle is where the next square is centred.
  config.level = {263, 33};  // upside down
  const Landmarks flipped = LandmarkNetwork(config, 1).find(frame(), {{150, 100}, {40, 60}, 0, 1, {}});
  EXPECT_GT(flipped.points[10].y, 0.0);
}

TEST(LandmarkNetwork, PointsWithoutASpreadEndTheLooking) {
  Scratch folder;
  LandmarkConfig config = mesh(folder, std::vector<float>(3 * 468, 0.5f));
  config.refine = 3;
  EXPECT_EQ(LandmarkNetwork(config, 1).find(frame(), {{150, 100}, {40, 60}, 0, 1, {}}).score, 0);
}

TEST(LandmarkNetwork, MistakesNameTheFileOrTheSetting) {
  Scratch folder;
  const auto message = [](const LandmarkConfig& config) { return message_of([&] { LandmarkNetwork(config, 1); }); };
  LandmarkConfig config = mesh(folder, tiny_onnx::mesh_points(0.2, 0.3));
  config.score = "certainty";
  EXPECT_THAT(message(config), AllOf(HasSubstr("mesh.onnx"), HasSubstr("certainty"), HasSubstr("score float")));
  config.score = "points";  // many numbers
  EXPECT_THAT(message_of([&] {
                LandmarkNetwork(config, 1).find(frame(), {{150, 100}, {40, 60}, 0, 1, {}});
              }),
              HasSubstr("one, the score"));
  config.level = {1};
  EXPECT_THAT(message(config), HasSubstr("landmarks.level has 1 points"));
  config.level = {1, 2.5};
  EXPECT_THAT(message(config), HasSubstr("2.5"));
  config.level = {}, config.network.model = (folder / "none.onnx").string();
  EXPECT_THAT(message(config), HasSubstr("none.onnx"));
}

}  // namespace
}  // namespace facemat
