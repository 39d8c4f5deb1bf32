// Ids, filters and memory of the tracker on boxes whose paths are known.

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "src/runtime/faces/tracker.h"

namespace facemat {
namespace {

const cv::Size kFrame(640, 480);

Sighting at(double x, double y, double side = 100, double degrees = 0) { return {{{x, y}, side, degrees}, 0.9}; }

const TrackedFace* face_of(const std::vector<TrackedFace>& faces, int id) {
  for (const TrackedFace& face : faces)
    if (face.id == id) return &face;
  return nullptr;
}

TEST(FaceTracker, KeepsIdsAndGivesNewOnes) {
  FaceTracker tracker({});
  ASSERT_EQ(tracker.searched({at(100, 100)}, kFrame).size(), 1u);
  EXPECT_EQ(tracker.faces()[0].id, 1);
  tracker.searched({at(400, 100), at(104, 101)}, kFrame);
  ASSERT_EQ(tracker.faces().size(), 2u);
  EXPECT_NEAR(face_of(tracker.faces(), 1)->pose.centre.x, 102, 2.1);
  EXPECT_NEAR(face_of(tracker.faces(), 2)->pose.centre.x, 400, 1e-9);
  tracker.reset();
  EXPECT_TRUE(tracker.faces().empty());
  EXPECT_EQ(tracker.searched({at(100, 100)}, kFrame)[0].id, 3);
}

TEST(FaceTracker, WithoutSmoothingGivesThePlacesThemselves) {
  TrackConfig config;
  config.smoothing = 0;
  FaceTracker tracker(config);
  for (int i = 0; i < 10; ++i) {
    const double x = 100 + i * (i % 2 ? 1 : -1);
    const TrackedFace face = tracker.searched({at(x, 50 + i, 100 + i, i)}, kFrame)[0];
    EXPECT_NEAR(face.pose.centre.x, x, 1e-9);
    EXPECT_NEAR(face.pose.centre.y, 50 + i, 1e-9);
    EXPECT_NEAR(face.pose.side, 100 + i, 1e-9);
    EXPECT_NEAR(face.pose.degrees, i, 1e-9);
  }
}

TEST(FaceTracker, LagsBehindNoSteadyMotion) {
  FaceTracker tracker({});
  for (int i = 0; i < 60; ++i) tracker.searched({at(50 + 5 * i, 100 + 2 * i)}, kFrame);
  EXPECT_NEAR(tracker.faces()[0].pose.centre.x, 50 + 5 * 59, 1e-3);
  EXPECT_NEAR(tracker.faces()[0].pose.centre.y, 100 + 2 * 59, 1e-3);
}

TEST(FaceTracker, SizeAndAngleLagAsTheHeaderSays) {
  TrackConfig config;
  config.smoothing = 0.7;
  FaceTracker tracker(config);
  for (int i = 0; i < 80; ++i) tracker.searched({at(300, 200, 100 * std::exp(0.01 * i), 0.5 * i)}, kFrame);
  const double frames = 0.7 / 0.3;
  EXPECT_NEAR(std::log(tracker.faces()[0].pose.side / 100), 0.01 * (79 - frames), 1e-4);
  EXPECT_NEAR(tracker.faces()[0].pose.degrees, 0.5 * (79 - frames), 1e-3);
}

TEST(FaceTracker, LeavesTheShareOfNoiseThatTheHeaderSays) {
  TrackConfig config;
  config.smoothing = 0.7;
  FaceTracker tracker(config);
  cv::RNG random(11);
  double in = 0, out = 0, in_side = 0, out_side = 0;
  const int count = 20000;
  for (int i = 0; i < count + 100; ++i) {
    const double x = random.gaussian(1), side = random.gaussian(0.01);
    const TrackedFace face = tracker.searched({at(320 + x, 240, 200 * std::exp(side))}, kFrame)[0];
    if (i < 100) continue;
    in += x * x / count, out += std::pow(face.pose.centre.x - 320, 2) / count;
    in_side += side * side / count, out_side += std::pow(std::log(face.pose.side / 200), 2) / count;
  }
  const double g = 1 - 0.49, h = 0.09;
  EXPECT_NEAR(out / in, (2 * g * g + 2 * h - 3 * g * h) / (g * (4 - 2 * g - h)), 0.02);
  EXPECT_NEAR(out_side / in_side, 0.3 / 1.7, 0.02);
}

TEST(FaceTracker, AnglesGoTheShortWay) {
  TrackConfig config;
  config.smoothing = 0.5;
  FaceTracker tracker(config);
  tracker.searched({at(300, 200, 100, 178)}, kFrame);
  EXPECT_NEAR(std::abs(tracker.searched({at(300, 200, 100, -178)}, kFrame)[0].pose.degrees), 180, 1e-9);
}

TEST(FaceTracker, FacesThatCrossKeepTheirIds) {
  FaceTracker tracker({});
  for (int i = 0; i <= 100; ++i) {
    const Sighting right_going = at(70 + 5 * i, 200), left_going = at(570 - 5 * i, 215);
    tracker.searched(i % 2 ? std::vector{right_going, left_going} : std::vector{left_going, right_going}, kFrame);
    if (i == 0) continue;
    ASSERT_EQ(tracker.faces().size(), 2u) << i;
    ASSERT_NEAR(face_of(tracker.faces(), 2)->pose.centre.x, 70 + 5 * i, 12) << i;
    ASSERT_NEAR(face_of(tracker.faces(), 1)->pose.centre.x, 570 - 5 * i, 12) << i;
  }
}

TEST(FaceTracker, TheOneBehindIsFoundAgainAfterCrossing) {
  FaceTracker tracker({});
  for (int i = 0; i <= 100; ++i) {
    const double apart = std::abs(500 - 10.0 * i);
    std::vector<Sighting> seen = {at(70 + 5 * i, 200)};
    if (apart > 60) seen.push_back(at(570 - 5 * i, 215));  // else it is behind the other: 13 frames
    tracker.searched(seen, kFrame);
    ASSERT_EQ(tracker.faces().size(), 2u) << i;
    ASSERT_NEAR(face_of(tracker.faces(), 1)->pose.centre.x, 70 + 5 * i, 12) << i;
  }
  EXPECT_NEAR(face_of(tracker.faces(), 2)->pose.centre.x, 70, 5);
}

TEST(FaceTracker, AFaceThatJumpsKeepsItsId) {
  FaceTracker tracker({});
  for (int i = 0; i < 10; ++i) tracker.searched({at(200, 200)}, kFrame);
  const double face = kFaceOfCrop * 100;
  EXPECT_EQ(tracker.searched({at(200 + 0.85 * face, 200)}, kFrame)[0].id, 1);
  EXPECT_NEAR(tracker.faces()[0].pose.centre.x, 200 + 0.85 * face, 1e-9);
  EXPECT_EQ(tracker.faces().size(), 1u);
  EXPECT_EQ(tracker.searched({at(200 + 1.8 * face, 200)}, kFrame).size(), 2u);       // too far
  EXPECT_EQ(tracker.searched({at(200 + 1.8 * face, 200, 300)}, kFrame).size(), 3u);  // another size
}

TEST(FaceTracker, AHandOverTheFaceLeavesItInPlace) {
  TrackConfig config;
  config.hold = 25;
  FaceTracker tracker(config);
  for (int i = 0; i < 30; ++i) tracker.searched({at(300, 200)}, kFrame);
  for (int i = 0; i < 25; ++i) {
    ASSERT_EQ(tracker.searched({}, kFrame).size(), 1u) << i;
    EXPECT_NEAR(tracker.faces()[0].pose.centre.x, 300, 1e-9);
    EXPECT_EQ(tracker.faces()[0].unseen, i + 1);
  }
  EXPECT_EQ(tracker.searched({at(306, 203)}, kFrame)[0].id, 1);
  EXPECT_EQ(tracker.faces()[0].unseen, 0);
  for (int i = 0; i < 25; ++i) tracker.searched({}, kFrame);
  EXPECT_TRUE(tracker.searched({}, kFrame).empty());
}

TEST(FaceTracker, AnUnseenFaceDriftsToRest) {
  FaceTracker tracker({});
  for (int i = 0; i < 30; ++i) tracker.searched({at(100 + 4 * i, 200)}, kFrame);
  const double left = tracker.faces()[0].pose.centre.x;
  tracker.searched({}, kFrame);
  EXPECT_NEAR(tracker.faces()[0].pose.centre.x - left, 4, 0.01);
  for (int i = 0; i < 20; ++i) tracker.searched({}, kFrame);
  EXPECT_NEAR(tracker.faces()[0].pose.centre.x - left, 4 * (1 - std::pow(0.9, 21)) / (1 - 0.9), 0.1);  // 4, 3.6, 3.24, ...
}

TEST(FaceTracker, AFalseFindVanishesAtOnce) {
  FaceTracker tracker({});
  EXPECT_EQ(tracker.searched({at(300, 200)}, kFrame).size(), 1u);
  EXPECT_EQ(tracker.searched({}, kFrame).size(), 1u);
  EXPECT_EQ(tracker.searched({}, kFrame).size(), 0u);
}

TEST(FaceTracker, WaitsForConfirmation) {
  TrackConfig config;
  config.confirm = 3;
  FaceTracker tracker(config);
  EXPECT_TRUE(tracker.searched({at(300, 200)}, kFrame).empty());
  EXPECT_TRUE(tracker.searched({at(300, 200)}, kFrame).empty());
  EXPECT_EQ(tracker.searched({at(300, 200)}, kFrame).size(), 1u);
}

TEST(FaceTracker, SearchesEveryFewFramesAndMovesOnBetween) {
  TrackConfig config;
  config.every = 4;
  FaceTracker tracker(config);
  int searches = 0;
  for (int i = 0; i < 120; ++i) {
    if (tracker.wants_search()) {
      ++searches;
      tracker.searched({at(60 + 4 * i, 200)}, kFrame);
    } else {
      tracker.skipped(kFrame);
    }
    ASSERT_EQ(tracker.faces().size(), 1u);
    if (i > 80) {
      EXPECT_NEAR(tracker.faces()[0].pose.centre.x, 60 + 4 * i, 1.5) << i;
    }
  }
  EXPECT_EQ(searches, 30);
}

TEST(FaceTracker, SearchesEachFrameWhileThereIsNoFace) {
  TrackConfig config;
  config.every = 10;
  FaceTracker tracker(config);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(tracker.wants_search());
    tracker.searched({}, kFrame);
  }
}

TEST(FaceTracker, AFaceThatLeavesTheFrameUnseenIsGone) {
  FaceTracker tracker({});
  for (int i = 0; i < 20; ++i) tracker.searched({at(480 + 8 * i, 200)}, kFrame);
  for (int i = 0; i < 3; ++i) tracker.searched({}, kFrame);
  EXPECT_TRUE(tracker.faces().empty());
}

}  // namespace
}  // namespace facemat
