#include "src/runtime/compose/effects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/procedural/faces/face.h"
#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

// A face-coloured gradient with a dark bar: something for every effect to change.
cv::Mat scene(cv::Size size) {
  cv::Mat image(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      image.at<cv::Vec3b>(y, x) =
          x > size.width / 3 && x < size.width / 2 ? cv::Vec3b(20, 20, 30) : cv::Vec3b(90 + y % 100, 120 + x % 80, 200);
  return image;
}

TEST(Effects, EachChangesTheFrameKeepsItsShapeAndLeavesTheInputAlone) {
  ASSERT_FALSE(effects().empty());
  for (const Effect& effect : effects()) {
    for (const cv::Size size : {cv::Size(64, 48), cv::Size(17, 16)}) {
      const cv::Mat image = scene(size), before = image.clone();
      const cv::Mat out = effect.apply(image), again = effect.apply(image);
      EXPECT_EQ(out.size(), size) << effect.name;
      EXPECT_EQ(out.type(), CV_8UC3) << effect.name;
      EXPECT_GT(cv::norm(out, image, cv::NORM_L1) / out.total(), 3) << effect.name << " is not to be seen";
      EXPECT_EQ(cv::norm(out, again, cv::NORM_INF), 0) << effect.name;
      EXPECT_EQ(cv::norm(image, before, cv::NORM_INF), 0) << effect.name;
    }
  }
}

double difference(const cv::Mat& a, const cv::Mat& b) {  // mean over pixels and colours, of 255
  return cv::norm(a, b, cv::NORM_L1) / (3.0 * static_cast<double>(a.total()));
}

TEST(Effects, EachLooksAlikeAtAnySize) {
  const cv::Mat large = render_face(Rng(1), Rng(101), 480, 0).image, small = resize(large, {240, 240});
  for (const Effect& effect : effects()) {
    const cv::Mat a = resize(effect.apply(large), {100, 100}), b = resize(effect.apply(small), {100, 100});
    EXPECT_LT(difference(a, b), 4) << effect.name;
    EXPECT_GT(difference(a, resize(large, {100, 100})), 4) << effect.name << " is not to be seen";
  }
}

// A face in a large frame looks as in a crop if its height is given.
TEST(Effects, LengthsGoByTheFaceNotByTheFrame) {
  const cv::Mat crop = render_face(Rng(1), Rng(101), 256, 0).image;
  cv::Mat frame(1024, 1280, CV_8UC3, cv::Scalar::all(128));
  const cv::Rect place(512, 384, 256, 256), middle(64, 64, 128, 128);
  crop.copyTo(frame(place));
  for (const Effect& effect : effects()) {
    const cv::Mat alone = effect.apply(crop, 170), within = effect.apply(frame, 170)(place);
    EXPECT_LT(difference(alone(middle), within(middle)), effect.name == "pixelate" ? 12 : 2) << effect.name;  // another grid
  }
}

TEST(Effects, PixelateLeavesOneColourInEachSquare) {
  const cv::Mat image = render_face(Rng(1), Rng(101), 220, 0).image, out = find_effect("pixelate").apply(image, 220);
  for (int y = 0; y < 220; ++y)
    for (int x = 0; x < 220; ++x)
      ASSERT_EQ(out.at<cv::Vec3b>(y, x), out.at<cv::Vec3b>(y / 20 * 20, x / 20 * 20)) << x << " " << y;  // 11 squares a face
  const cv::Scalar mean = cv::mean(image(cv::Rect(100, 100, 20, 20)));
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(out.at<cv::Vec3b>(110, 110)[c], mean[c], 0.51);
}

TEST(Effects, BlurLeavesNoDetailOfAFace) {
  // Stripes of 3 % of the face are gone.
  cv::Mat image(400, 400, CV_8UC3);
  for (int x = 0; x < 400; ++x) image.col(x).setTo(cv::Scalar::all(x / 9 % 2 ? 200 : 60));
  cv::Mat out = find_effect("blur").apply(image, 300);
  cv::Scalar mean, deviation;
  cv::meanStdDev(out(cv::Rect(100, 100, 200, 200)), mean, deviation);  // no border of the frame
  EXPECT_LT(deviation[0], 2);
  EXPECT_NEAR(mean[0], 130, 3);
}

TEST(Effects, UnknownNameListsTheKnown) {
  try {
    find_effect("sparkle");
    FAIL() << "found";
  } catch (const Error& error) {
    for (const Effect& effect : effects()) EXPECT_THAT(error.what(), ::testing::HasSubstr(effect.name));
  }
}

}  // namespace
}  // namespace facemat
