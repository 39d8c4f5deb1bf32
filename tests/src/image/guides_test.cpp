#include "src/image/guides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/image/trimap.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// 6x4, the left half face; unlike left and right, and each of its kind.
FrameGuides halves() {
  FrameGuides guides;
  guides.trimap = cv::Mat(4, 6, CV_8UC1, cv::Scalar(0));
  guides.trimap.colRange(0, 3).setTo(255);
  guides.hint = cv::Mat(4, 6, CV_32FC1, cv::Scalar(0));
  guides.hint.colRange(0, 3).setTo(0.5);
  guides.background = cv::Mat(4, 6, CV_8UC3, cv::Scalar(1, 2, 3));
  guides.background.colRange(0, 3).setTo(cv::Scalar(40, 50, 60));
  return guides;
}

TEST(FrameGuides, AreMirroredEach) {
  const FrameGuides other = mirrored(halves());
  EXPECT_EQ(other.trimap.at<uint8_t>(1, 0), 0);
  EXPECT_EQ(other.trimap.at<uint8_t>(1, 5), 255);
  EXPECT_EQ(other.hint.at<float>(1, 5), 0.5f);
  EXPECT_EQ(other.background.at<cv::Vec3b>(1, 5), cv::Vec3b(40, 50, 60));
  EXPECT_TRUE(other.segmentation.empty());
}

TEST(FrameGuides, AreResizedByTheirKind) {
  const FrameGuides small = resized(halves(), {2, 2});
  EXPECT_EQ(small.trimap.size(), cv::Size(2, 2));
  EXPECT_EQ(small.trimap.at<uint8_t>(0, 0), 255);
  EXPECT_EQ(small.trimap.at<uint8_t>(0, 1), 0);
  EXPECT_EQ(resized(halves(), {3, 2}).trimap.at<uint8_t>(0, 1), kUnknown) << "half of it is face";
  EXPECT_FLOAT_EQ(resized(halves(), {3, 2}).hint.at<float>(0, 1), 0.25f);
  EXPECT_EQ(small.background.type(), CV_8UC3);
}

TEST(GuideWishes, AreJoinedToTheStronger) {
  GuideWishes a = needs({"background"}), b;
  b.hint = Wish::kWelcome, b.background = Wish::kWelcome;
  const GuideWishes both = stronger(a, b);
  EXPECT_EQ(both.trimap, Wish::kNone);
  EXPECT_EQ(both.hint, Wish::kWelcome);
  EXPECT_EQ(both.background, Wish::kNeeded);
  EXPECT_THAT(needed_by(needs({"segmentation", "trimap"})), ElementsAre("trimap", "segmentation"));
  EXPECT_THAT(message_of([] { needs({"depth"}); }), HasSubstr("guide 'depth'"));
}

TEST(GuideWishes, SayWhatIsMissingOrDoesNotFit) {
  const auto message = [](const FrameGuides& guides, const GuideWishes& wishes, cv::Size frame = {6, 4}) {
    return message_of([&] { check_guides(guides, wishes, frame, "m.onnx"); });
  };
  EXPECT_EQ(message(halves(), needs({"trimap", "background"})), "no error");
  EXPECT_EQ(message({}, {}), "no error");
  EXPECT_EQ(message(halves(), {}, {9, 9}), "no error") << "nobody looks at it";
  EXPECT_THAT(message(halves(), needs({"segmentation"})),
              AllOf(HasSubstr("m.onnx: a segmentation is needed with each frame"), HasSubstr("soft segmentation")));
  EXPECT_THAT(message(halves(), needs({"hint"}), {7, 4}), HasSubstr("the hint is 6x4, its frame 7x4"));
  FrameGuides wrong = halves();
  wrong.hint.convertTo(wrong.hint, CV_8U);
  EXPECT_THAT(message(wrong, needs({"hint"})), HasSubstr("a hint is a picture of one channel of floats"));
  wrong.trimap.setTo(102, wrong.trimap == 0);
  EXPECT_THAT(message(wrong, needs({"trimap"})), HasSubstr("a trimap holds another value"));
  GuideWishes welcome;
  welcome.segmentation = Wish::kWelcome;
  EXPECT_EQ(message(halves(), welcome), "no error");
}

}  // namespace
}  // namespace facemat
