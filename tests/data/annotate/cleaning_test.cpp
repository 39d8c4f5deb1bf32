// Each rule on a face whose places are known: H is 120 pixels, the chin at (100, 160), the crop's side 200.

#include "data/annotate/cleaning.h"

#include <gtest/gtest.h>

#include "tests/data/annotate/faces.h"

namespace facemat {
namespace {

const cv::Point2d kMiddle(100, 100);

TEST(CleaningRules, OnlyPartsOfThisFaceStay) {
  const FaceAxes frame = upright_face();
  const cv::Mat face = ellipse(kMiddle, 40, 60) & ~box(0, 95, kSide, 10);  // in two, by a stick
  const cv::Mat other = box(2, 2, 40, 60), crumb = box(95, 98, 4, 4);
  const cv::Mat out = face_parts(face | other | crumb, frame, {});
  EXPECT_EQ(count(out & other), 0);  // large, but outside the oval
  EXPECT_EQ(count(out & crumb), 0);  // within, but a crumb
  EXPECT_EQ(count(out), count(face));
  // The main part is the one with most in the oval, not the largest.
  const cv::Mat body = box(0, 165, kSide, 35);
  EXPECT_EQ(count(face_parts(ellipse(kMiddle, 30, 30) | body, frame, {}) & body), 0);
  EXPECT_EQ(count(face_parts(nothing(), frame, {})), 0);
}

TEST(CleaningRules, SmallHolesAreFilledBigOnesAreOccluders) {
  RoleMap map = background_map();
  const cv::Mat face = ellipse(kMiddle, 40, 60);  // 7540 pixels: 1 % are 75, 0.2 % are 15
  paint(map, face, kFace);
  const auto filled = [&](const cv::Mat& hole, Role role) {
    RoleMap with_hole = map;
    with_hole.role = map.role.clone();
    paint(with_hole, hole, role);
    return count(holes_filled(face & ~hole, with_hole, {}) & hole) > 0;
  };
  EXPECT_TRUE(filled(box(90, 90, 8, 8), kBackground));
  EXPECT_FALSE(filled(box(90, 90, 9, 9), kBackground));
  EXPECT_TRUE(filled(box(90, 90, 3, 4), kAccessory));
  EXPECT_FALSE(filled(box(90, 90, 4, 4), kHair));
  EXPECT_FALSE(filled(box(60, 80, 60, 1), kBackground));  // open to the side: no hole
}

TEST(CleaningRules, EarsAreCutAlongTheJaw) {
  const FaceAxes frame = upright_face();
  const FrameMaps maps = frame_maps(frame, {kSide, kSide});
  const cv::Mat head = ellipse(kMiddle, 40, 60), left = ellipse({54, 95}, 12, 18), right = ellipse({146, 95}, 12, 18);
  const cv::Mat ears = ears_of(head | left | right, frame, maps);
  EXPECT_GT(count(ears & left), 0.6 * count(left));
  EXPECT_GT(count(ears & right), 0.6 * count(right));
  EXPECT_EQ(count(ears & ellipse(kMiddle, 38, 57)), 0);
  EXPECT_EQ(count(ears_of(head, frame, maps)), 0);
  // Nothing so high above or so far below an ear.
  EXPECT_EQ(count(ears_of(head | ellipse({54, 40}, 12, 12), frame, maps) & box(0, 0, kSide, 50)), 0);
  EXPECT_EQ(count(ears_of(head | ellipse({54, 185}, 12, 10), frame, maps) & box(0, 172, kSide, 28)), 0);
  // Specks are none: 0.0009 S^2 are 36 pixels.
  EXPECT_EQ(count(ears_of(head | box(48, 92, 5, 5), frame, maps)), 0);
}

TEST(CleaningRules, AnEarIsLookedForOnTheSideThatCanShowOne) {
  std::vector<float> shares = tiny_onnx::mesh_points(0.2, 0.3);
  shares[3 * 4] = 0.5f + 0.1f;  // the nose far to the right: yaw 0.75, the left ear alone can show
  std::vector<cv::Point2d> points;
  for (size_t i = 0; i < shares.size(); i += 3) points.emplace_back(kSide * shares[i], kSide * shares[i + 1]);
  const FaceAxes frame = face_axes(points, {}, "test");
  EXPECT_GT(frame.yaw(), 0.64);
  const cv::Mat left = ellipse({54, 95}, 12, 18), right = ellipse({146, 95}, 12, 18);
  const cv::Mat ears = ears_of(ellipse(kMiddle, 40, 60) | left | right, frame, frame_maps(frame, {kSide, kSide}));
  EXPECT_GT(count(ears & left), 0);
  EXPECT_EQ(count(ears & right), 0);
}

TEST(CleaningRules, TheJawPolygonIsRaisedAndWidenedAtItsEnds) {
  const FaceAxes frame = upright_face();
  const std::vector<cv::Point2d> polygon = jaw_polygon(frame);
  ASSERT_EQ(polygon.size(), 25u);
  const cv::Point2d right = polygon[22], raised = polygon[23];
  EXPECT_NEAR(raised.x - right.x, 0.08 * 120, 1e-3);
  EXPECT_NEAR(right.y - raised.y, 0.9 * 120, 1e-3);
  EXPECT_NEAR(polygon[0].x - polygon[24].x, 0.08 * 120, 1e-3);
  EXPECT_NEAR(polygon[11].y, 100 + 1.03 * 60, 1e-3);  // the chin
}

TEST(CleaningRules, ABaldScalpIsCutByAnArch) {
  const FaceAxes frame = upright_face();
  const FrameMaps maps = frame_maps(frame, {kSide, kSide});
  EXPECT_EQ(count(scalp_of(ellipse(kMiddle, 40, 60), frame, maps)), 0);
  EXPECT_EQ(count(scalp_of(ellipse({100, 90}, 40, 70), frame, maps)), 0);         // to 1.17 H: a high forehead
  const cv::Mat bald = box(60, 4, 80, 150), scalp = scalp_of(bald, frame, maps);  // to 1.3 H
  // In the middle everything above 160 - 1.2 * 120 = 16, at the sides from lower down.
  EXPECT_EQ(count(scalp.col(100)), 16 - 4);
  EXPECT_GT(count(scalp.col(62)), 16 - 4);
  EXPECT_EQ(count(scalp & ~bald), 0);
  EXPECT_EQ(count(scalp & box(0, 70, kSide, 130)), 0);
}

TEST(CleaningRules, ThreadsAreCutAndStrayPartsDropped) {
  const FaceAxes frame = upright_face();
  const cv::Mat face = ellipse(kMiddle, 40, 60), strand = box(100, 10, 3, 40), stray = box(150, 20, 40, 40);
  const cv::Mat out = opened_parts(face | strand | stray, frame, {});
  EXPECT_EQ(count(out & box(0, 0, kSide, 35)), 0);
  EXPECT_EQ(count(out & stray), 0);
  EXPECT_GT(count(out), 0.98 * count(face));
}

TEST(CleaningRules, TheEdgeIsSmoothedAndSpecksAreFilled) {
  const cv::Mat face = ellipse(kMiddle, 40, 60);
  EXPECT_LT(count(smoothed_edge(face, {}) ^ face), 40);
  const cv::Mat speck = box(98, 98, 4, 4);  // 16 pixels of the 24 that are filled
  EXPECT_EQ(count(smoothed_edge(face & ~speck, {}) & speck), 16);
  const cv::Mat hole = ellipse(kMiddle, 6, 6);
  EXPECT_EQ(count(smoothed_edge(face & ~hole, {}) & ellipse(kMiddle, 4, 4)), 0);
}

TEST(CleaningRules, TogetherGiveTheVisibleFace) {
  RoleMap map = background_map();
  const cv::Mat head = ellipse(kMiddle, 40, 60), ear = ellipse({54, 95}, 12, 18), hand = box(110, 110, 40, 40);
  paint(map, head | ear | box(2, 2, 30, 30), kFace);
  paint(map, hand, kBody);
  const Cleaned out = cleaned(map, upright_face(), {});
  const cv::Mat wanted = head & ~hand;
  EXPECT_LT(count(out.mask ^ wanted), 0.03 * count(wanted));
  EXPECT_GT(count(out.ruled & ear), 0);
  CleaningConfig with_ears;
  with_ears.ears = false;
  EXPECT_GT(count(cleaned(map, upright_face(), with_ears).mask & ear), 0.8 * count(ear));
}

}  // namespace
}  // namespace facemat
