// Trust, shares and rejects of a face whose places are known.

#include "data/annotate/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/annotate/regions.h"
#include "data/annotate/trust.h"
#include "tests/data/annotate/faces.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const cv::Point2d kMiddle(100, 100);
const cv::Rect kWhole(0, 0, kSide, kSide);

struct Made {
  RoleMap map = background_map();
  Cleaned cleaned{ellipse(kMiddle, 40, 60), nothing()};
  FaceAxes frame = upright_face();

  Made() { paint(map, cleaned.mask, kFace); }
  cv::Mat trust(const TrustConfig& config = {}) const { return trust_of(cleaned, map, frame, config); }
  FaceFacts facts() const { return facts_of(cleaned.mask, trust(), map, frame); }
  std::string reason(const cv::Rect& picture = kWhole) const {
    return reject_reason(cleaned.mask, map, frame, picture, facts(), {});
  }
};

TEST(Trust, IsWholeWhereThereIsNoDoubt) { EXPECT_EQ(count(Made().trust()), kSide * kSide); }

TEST(Trust, EndsAlongDoubtfulEdges) {
  Made made;
  made.map.gap.setTo(0.4, box(0, 0, 100, kSide));
  const cv::Mat doubted = ~made.trust();
  EXPECT_EQ(count(doubted & box(100, 0, 100, kSide)), 0);
  EXPECT_NEAR(count(doubted), 4 * 159, 80);  // half of the outline, up to two pixels on either side
  EXPECT_EQ(count(doubted & ellipse(kMiddle, 36, 56)), 0);
}

TEST(Trust, EndsAtAccessoriesThatMayBeNone) {
  Made made;
  const cv::Mat near = box(70, 80, 10, 10), far = box(5, 5, 10, 10), sure = box(110, 80, 10, 10);
  made.cleaned.mask &= ~near & ~sure;
  paint(made.map, near | far, kAccessory, 0.5f), paint(made.map, sure, kAccessory, 0.7f);
  const cv::Mat doubted = ~made.trust();
  EXPECT_EQ(count(doubted & near), 100);
  EXPECT_EQ(count(doubted & (far | sure)), 0);
}

TEST(Trust, EndsRoundWhatARuleTookAway) {
  Made made;
  made.cleaned.ruled = box(50, 90, 10, 10);  // beside the face, whose edge is at 60
  paint(made.map, made.cleaned.ruled, kFace);
  const cv::Mat doubted = ~made.trust();
  EXPECT_EQ(count(doubted ^ (band_around_edge(made.cleaned.mask, 2) & dilated(made.cleaned.ruled, 6))), 0);
  EXPECT_GT(count(doubted), 4 * 15);
}

TEST(Trust, EndsWhereMaskAndParserDiffer) {
  Made made;
  const cv::Mat patch = box(80, 80, 20, 20), other = box(2, 2, 20, 20);
  made.map.role.setTo(kBackground, patch);  // a hole that was filled
  paint(made.map, other, kFace);            // somebody else
  const cv::Mat doubted = ~made.trust();
  EXPECT_GT(count(doubted & patch), 380);
  EXPECT_EQ(count(doubted & other), 400);
  EXPECT_LE(count(doubted), 800);
}

TEST(Trust, EndsWhereParsersDisagree) {
  Made made;
  made.map.agreement = cv::Mat(kSide, kSide, CV_32FC1, cv::Scalar(1));
  made.map.agreement.setTo(0.5, box(90, 90, 10, 10));
  EXPECT_EQ(count(~made.trust()), 100);
  TrustConfig half;
  half.agreement = 0.5;
  EXPECT_EQ(count(~made.trust(half)), 0);
}

TEST(Facts, AreShares) {
  Made made;
  const cv::Mat hand = box(80, 80, 20, 30);
  made.cleaned.mask &= ~hand;
  paint(made.map, hand, kBody);
  const FaceFacts facts = made.facts();
  const double oval = count(oval_mask(made.frame, 0.94, {kSide, kSide}));
  EXPECT_NEAR(facts.mask, count(made.cleaned.mask) / 40000.0, 1e-9);
  EXPECT_NEAR(facts.body, 600 / oval, 1e-9);
  EXPECT_NEAR(facts.occluded, facts.body, 1e-9);
  EXPECT_EQ(facts.hair, 0);
  EXPECT_NEAR(facts.yaw, 0.5, 1e-3);
}

TEST(Rejects, AWholeFaceIsKept) { EXPECT_THAT(Made().reason(), IsEmpty()); }

TEST(Rejects, TooSmallAMask) {
  Made made;
  made.cleaned.mask = ellipse(kMiddle, 20, 60);  // 9.4 %
  EXPECT_THAT(made.reason(), HasSubstr("9 % of its crop is face (allowed: 10 % to 75 %)"));
}

TEST(Rejects, AFaceBeyondThePicture) {
  Made made;
  EXPECT_THAT(made.reason({65, 0, 135, kSide}), HasSubstr("lies beyond the picture"));
  EXPECT_THAT(made.reason({62, 0, 138, kSide}), IsEmpty());  // a sliver
}

TEST(Rejects, AFaceWithoutItsChin) {
  Made made;
  made.cleaned.mask &= box(0, 0, kSide, 152);
  EXPECT_THAT(made.reason({0, 0, kSide, 152}), HasSubstr("ends at its chin"));
  made.cleaned.mask &= box(0, 0, kSide, 120);
  EXPECT_THAT(made.reason({0, 0, kSide, 120}), HasSubstr("of its outline lies outside"));
}

TEST(Rejects, AMaskThatIsAnotherFace) {
  Made made;
  made.cleaned.mask = ellipse({110, 118}, 40, 60);
  EXPECT_THAT(made.reason(), HasSubstr("do not belong together"));
}

TEST(Rejects, OccludersCountTowardsTheFace) {
  Made made;
  const cv::Mat scarf = box(0, 108, kSide, 92) & ellipse(kMiddle, 45, 65);
  made.cleaned.mask &= ~scarf;
  paint(made.map, scarf, kClothes);
  EXPECT_LT(overlap_of(made.cleaned.mask, oval_mask(made.frame, 1, {kSide, kSide})), 0.75);
  EXPECT_THAT(made.reason(), IsEmpty());
  EXPECT_GT(made.facts().clothes, 0.3);
}

TEST(Rejects, AFaceThatIsHalfBackground) {
  Made made;
  const cv::Mat gap = box(60, 120, 80, 14);
  made.cleaned.mask &= ~gap;
  made.map.role.setTo(kBackground, gap);
  EXPECT_THAT(made.reason(), HasSubstr("is called background (allowed: 12 %)"));
}

TEST(Rejects, AFaceWithoutOneHalf) {
  Made made;
  RejectConfig lenient;
  lenient.background = 1, lenient.agreement = 0.5;
  made.cleaned.mask &= box(0, 0, 112, kSide);
  made.map.role.setTo(kBackground, ~made.cleaned.mask);
  EXPECT_THAT(reject_reason(made.cleaned.mask, made.map, made.frame, kWhole, made.facts(), lenient), HasSubstr("one half"));
}

}  // namespace
}  // namespace facemat
