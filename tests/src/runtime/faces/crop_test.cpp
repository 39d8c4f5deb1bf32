// Poses, crops and pasting back, against geometry done by hand.

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/image/pixels.h"
#include "src/runtime/faces/crop.h"

namespace facemat {
namespace {

constexpr double kPi = 3.14159265358979323846;

cv::Point2d mapped(const cv::Matx23d& m, double x, double y) {
  return {m(0, 0) * x + m(0, 1) * y + m(0, 2), m(1, 0) * x + m(1, 1) * y + m(1, 2)};
}

// Five points of a face whose crop is `pose`, computed the long way round.
std::vector<cv::Point2d> points_of(const FacePose& pose) {
  std::vector<cv::Point2d> out;
  for (const cv::Point2d& share : face_template()) {
    const double x = (share.x - 0.5) * pose.side, y = (share.y - 0.5) * pose.side, a = pose.degrees * kPi / 180;
    out.push_back({pose.centre.x + x * std::cos(a) - y * std::sin(a), pose.centre.y + x * std::sin(a) + y * std::cos(a)});
  }
  return out;
}

// Different in every pixel and channel, without a pattern.
cv::Mat noise_image(cv::Size size) {
  cv::Mat out(size, CV_8UC3);
  cv::RNG random(7);
  random.fill(out, cv::RNG::UNIFORM, 0, 256);
  return out;
}

// --- poses

TEST(FacePose, OfABoxHoldsTheFaceAtTheShareAsked) {
  CropConfig config;
  config.face_share = 0.5;
  const FacePose pose = pose_of({{40, 60}, {30, 50}, 0, 1, {}}, config);
  EXPECT_EQ(pose.centre, cv::Point2d(40, 60));
  EXPECT_NEAR(pose.side, 100, 1e-12);
  EXPECT_EQ(pose.degrees, 0);
}

TEST(FacePose, OfFivePointsLaysThemOnTheTemplate) {
  for (const double degrees : {0.0, 17.0, -40.0, 170.0}) {
    const FacePose wanted{{311.5, 207.25}, 180, degrees};
    const FacePose pose = pose_of({{0, 0}, {1, 1}, 0, 1, points_of(wanted)}, {});
    EXPECT_NEAR(pose.centre.x, wanted.centre.x, 1e-9);
    EXPECT_NEAR(pose.centre.y, wanted.centre.y, 1e-9);
    EXPECT_NEAR(pose.side, wanted.side, 1e-9);
    EXPECT_NEAR(pose.degrees, degrees, 1e-9);
    const cv::Matx23d m = frame_to_crop(pose, 512);
    for (size_t i = 0; i < kFacePoints; ++i) {
      const cv::Point2d point = points_of(wanted)[i], at = mapped(m, point.x - 0.5, point.y - 0.5);
      EXPECT_NEAR(at.x, 512 * face_template()[i].x - 0.5, 1e-9);
      EXPECT_NEAR(at.y, 512 * face_template()[i].y - 0.5, 1e-9);
    }
  }
}

TEST(FacePose, OfPointsThatTellNothingIsThatOfTheBox) {
  const Face face{{40, 60}, {30, 50}, 5, 1, std::vector<cv::Point2d>(5, {40, 60})};
  EXPECT_EQ(pose_of(face, {}).degrees, 5);
  EXPECT_NEAR(pose_of(face, {}).side, 50 / 0.65, 1e-9);
}

TEST(FacePose, PointsThatFitNoSimilarityGetTheNearest) {
  // Moved apart along one axis only: the least squares keep the middle, and neither turn nor mirror.
  std::vector<cv::Point2d> points = points_of({{100, 100}, 50, 0});
  for (cv::Point2d& point : points) point.x = 100 + (point.x - 100) * 1.2;
  const FacePose pose = pose_of({{0, 0}, {1, 1}, 0, 1, points}, {});
  EXPECT_NEAR(pose.degrees, 0, 0.1);  // the template itself is not quite even
  EXPECT_GT(pose.side, 50);
  EXPECT_LT(pose.side, 60);
}

// The rule of configs/annotators: 1.75 times the face's height, its middle at 0.54.
CropConfig portrait() {
  CropConfig config;
  config.align = "upright", config.face_share = 1 / 1.75, config.face_at = 0.54, config.outside = 0.15;
  config.tightest = 0.8, config.border = "mirror";
  return config;
}

cv::Rect2d square(const FacePose& pose) {
  return {pose.centre.x - pose.side / 2, pose.centre.y - pose.side / 2, pose.side, pose.side};
}

TEST(FacePose, UprightPutsTheBoxWhereItIsAskedToLie) {
  const Face face{{200, 300}, {80, 100}, 20, 1, points_of({{1, 2}, 3, 4})};
  const FacePose pose = pose_of(face, portrait());
  EXPECT_NEAR(pose.side, 175, 1e-9);
  EXPECT_NEAR(square(pose).x, 200 - 175 / 2.0, 1e-9);
  EXPECT_NEAR(square(pose).y, 300 - 0.54 * 175, 1e-9);
  EXPECT_EQ(pose.degrees, 0);
  CropConfig turned = portrait();
  turned.align = "box";  // the same along the head's own axes
  const FacePose with_head = pose_of(face, turned);
  EXPECT_EQ(with_head.degrees, 20);
  EXPECT_NEAR(with_head.centre.x, 200 + std::sin(20 * kPi / 180) * 0.04 * 175, 1e-9);
  EXPECT_NEAR(with_head.centre.y, 300 - std::cos(20 * kPi / 180) * 0.04 * 175, 1e-9);
}

TEST(Framed, IsThePoseWhereTheFrameIsLargeEnough) {
  const Face face{{200, 300}, {80, 100}, 0, 1, {}};
  for (const CropConfig& config : {portrait(), CropConfig()}) {
    const Framing framing = framed(face, config, {400, 500});
    EXPECT_TRUE(framing.fits && !framing.moved);
    EXPECT_EQ(framing.pose.side, pose_of(face, config).side);
  }
  // By default crops may reach as far beyond it as they like.
  EXPECT_EQ(framed(face, {}, {210, 310}).pose.side, pose_of(face, {}).side);
}

TEST(Framed, IsTightenedRoundTheFaceAtTheBorder) {
  // 175 wide from 112.5 on: 17 % outside a frame of 258 pixels.
  const Face face{{200, 300}, {80, 100}, 0, 1, {}};
  const Framing framing = framed(face, portrait(), {258, 500});
  EXPECT_TRUE(framing.fits && !framing.moved);
  EXPECT_NEAR(framing.pose.side, 175 * 0.98 * 0.98 * 0.98, 1e-9);  // outside: 16.9, 16.2, 15.5, 14.8 %
  const cv::Rect2d crop = square(framing.pose);
  EXPECT_LT(1 - (crop & cv::Rect2d(0, 0, 258, 500)).area() / crop.area(), 0.15);
  EXPECT_NEAR(crop.y, 300 - 0.54 * framing.pose.side, 1e-9);
}

TEST(Framed, IsMovedIntoTheFrameWhereTighteningDoesNotDo) {
  // Most of the face is in the picture, but not what would be round it.
  const Face face{{50, 45}, {80, 100}, 0, 1, {}};
  const Framing framing = framed(face, portrait(), {150, 160});
  EXPECT_TRUE(framing.fits && framing.moved);
  EXPECT_NEAR(framing.pose.side, 150, 1e-9);  // no wider than the frame
  EXPECT_NEAR(square(framing.pose).x, 0, 1e-9);
  EXPECT_NEAR(square(framing.pose).y, 0, 1e-9);
  EXPECT_FALSE(framed({{20, 45}, {80, 100}, 0, 1, {}}, portrait(), {150, 160}).fits);  // a quarter of the face is missing
}

TEST(CropOf, ShowsBeyondTheFrameWhatIsAsked) {
  const cv::Mat frame = noise_image({6, 6});
  const FacePose pose{{2, 3}, 8, 0};  // from (-2, -1) on
  const cv::Mat replicated = crop_of(frame, pose, 8), mirrored = crop_of(frame, pose, 8, Beyond::kMirrored),
                black = crop_of(frame, pose, 8, Beyond::kBlack);
  EXPECT_EQ(replicated.at<cv::Vec3b>(1, 0), frame.at<cv::Vec3b>(0, 0));
  EXPECT_EQ(mirrored.at<cv::Vec3b>(1, 0), frame.at<cv::Vec3b>(0, 2));  // the border itself once
  EXPECT_EQ(mirrored.at<cv::Vec3b>(0, 2), frame.at<cv::Vec3b>(1, 0));
  EXPECT_EQ(mirrored.at<cv::Vec3b>(7, 3), frame.at<cv::Vec3b>(4, 1));
  EXPECT_EQ(black.at<cv::Vec3b>(1, 0), cv::Vec3b(0, 0, 0));
  for (const cv::Mat& crop : {replicated, mirrored, black})
    EXPECT_EQ(cv::norm(crop(cv::Rect(2, 1, 6, 6)), frame, cv::NORM_INF), 0);
}

TEST(BoxOf, HoldsTheTurnedFace) {
  EXPECT_EQ(box_of({{50, 40}, {20, 30}, 0, 1, {}}), cv::Rect2d(40, 25, 20, 30));
  const cv::Rect2d turned = box_of({{50, 40}, {20, 30}, 90, 1, {}});
  EXPECT_NEAR(turned.width, 30, 1e-9);
  EXPECT_NEAR(turned.height, 20, 1e-9);
}

TEST(Followed, RestsWithinTheSlackAndMovesByWhatIsBeyond) {
  CropConfig config;
  config.slack = 0.05, config.slack_degrees = 4;
  const FacePose crop{{100, 100}, 200, 0};
  const FacePose same = followed(crop, {{107, 107}, 208, 3.9}, config);
  EXPECT_EQ(same.centre, crop.centre);
  EXPECT_EQ(same.side, crop.side);
  EXPECT_EQ(same.degrees, 0);
  const FacePose moved = followed(crop, {{130, 100}, 242, -10}, config);
  EXPECT_NEAR(moved.centre.x, 120, 1e-9);  // 5 % of 200 behind
  EXPECT_NEAR(moved.side, 242 / 1.05, 1e-9);
  EXPECT_NEAR(moved.degrees, -6, 1e-9);
  EXPECT_NEAR(followed({{0, 0}, 1, 178}, {{0, 0}, 1, -172}, config).degrees, -176, 6 + 1e-9);
  config.slack = config.slack_degrees = 0;
  EXPECT_NEAR(followed(crop, {{130, 90}, 242, -10}, config).centre.y, 90, 1e-9);
}

TEST(Followed, NoiseInTheBoxesLeavesTheCropAtRest) {
  cv::RNG random(3);
  CropConfig config;
  FacePose crop{{100, 100}, 200, 0};
  for (int i = 0; i < 200; ++i) {
    const FacePose seen{{100 + random.uniform(-5.0, 5.0), 100 + random.uniform(-5.0, 5.0)},
                        200 + random.uniform(-7.0, 7.0),
                        random.uniform(-3.0, 3.0)};
    const FacePose next = followed(crop, seen, config);
    EXPECT_EQ(next.centre, crop.centre);
    EXPECT_EQ(next.side, crop.side);
    crop = next;
  }
}

// --- crops

TEST(CropOf, WholePixelsAreACopy) {
  const cv::Mat frame = noise_image({97, 61});
  for (const cv::Point at : {cv::Point(0, 0), cv::Point(13, 7), cv::Point(50, 20)}) {
    const FacePose pose{{at.x + 16.0, at.y + 16.0}, 32, 0};
    EXPECT_EQ(cv::norm(crop_of(frame, pose, 32), frame(cv::Rect(at, cv::Size(32, 32))), cv::NORM_INF), 0) << at;
  }
}

TEST(CropOf, ReplicatesTheBorderBeyondTheFrame) {
  const cv::Mat frame = noise_image({40, 30});
  const cv::Mat crop = crop_of(frame, {{0, 0}, 32, 0}, 32);  // its lower right quarter is the frame's corner
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x)
      ASSERT_EQ(crop.at<cv::Vec3b>(y, x), frame.at<cv::Vec3b>(std::max(0, y - 16), std::max(0, x - 16))) << x << " " << y;
}

TEST(CropOf, ARampIsWhatItIsAnywhereAtAnyScaleAndAngle) {
  cv::Mat frame(200, 240, CV_8UC3);
  for (int y = 0; y < frame.rows; ++y)
    for (int x = 0; x < frame.cols; ++x) frame.at<cv::Vec3b>(y, x) = cv::Vec3b(x, y, 100);
  for (const double side : {40.0, 64.0, 101.5, 130.0})
    for (const double degrees : {0.0, 12.0, -33.0}) {
      const FacePose pose{{120.3, 99.1}, side, degrees};
      const cv::Mat crop = crop_of(frame, pose, 64);
      const cv::Matx23d m = frame_to_crop(pose, 64);
      cv::Matx23d back;
      cv::invertAffineTransform(m, back);
      double worst = 0;
      for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 64; ++x) {
          const cv::Point2d place = mapped(back, x, y);
          worst = std::max(
              {worst, std::abs(crop.at<cv::Vec3b>(y, x)[0] - place.x), std::abs(crop.at<cv::Vec3b>(y, x)[1] - place.y)});
        }
      EXPECT_LT(worst, 1.2) << side << " " << degrees;  // rounding to 8 bits, twice where it shrinks
    }
}

TEST(CropOf, ShrinkingIsAnAverage) {
  cv::Mat frame(256, 256, CV_8UC3);
  for (int y = 0; y < 256; ++y)
    for (int x = 0; x < 256; ++x) frame.at<cv::Vec3b>(y, x) = cv::Vec3b::all((x + y) % 2 ? 255 : 0);
  const cv::Mat crop = crop_of(frame, {{128.5, 127.5}, 200, 8}, 50);
  for (int y = 0; y < 50; ++y)
    for (int x = 0; x < 50; ++x) ASSERT_NEAR(crop.at<cv::Vec3b>(y, x)[1], 127.5, 8) << x << " " << y;  // a checkerboard is grey
}

// --- pasting back

// A soft disc in the crop, in shares of its side: an alpha that is known at any place.
double disc(double x, double y) {
  const double distance = std::hypot(x - 0.5, y - 0.48);
  return std::clamp((0.36 - distance) / 0.12 + 0.5, 0.0, 1.0) * (0.75 + 0.25 * std::sin(9 * x));
}

cv::Mat disc_of(int side) {
  cv::Mat out(side, side, CV_32FC1);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) out.at<float>(y, x) = static_cast<float>(disc((x + 0.5) / side, (y + 0.5) / side));
  return out;
}

// What the frame must hold: the disc at the place the pose puts it, 0 outside the crop. An own way to the place.
double disc_in_frame(const FacePose& pose, double x, double y) {
  const double a = -pose.degrees * kPi / 180, dx = x + 0.5 - pose.centre.x, dy = y + 0.5 - pose.centre.y;
  const double u = (dx * std::cos(a) - dy * std::sin(a)) / pose.side + 0.5,
               v = (dx * std::sin(a) + dy * std::cos(a)) / pose.side + 0.5;
  return u < 0 || v < 0 || u > 1 || v > 1 ? 0 : disc(u, v);
}

double worst_of_paste(const FacePose& pose, int side, cv::Size frame) {
  Matte out{cv::Mat(frame, CV_32FC1, cv::Scalar(0)), {}};
  paste({disc_of(side), {}}, pose, out);
  double worst = 0;
  for (int y = 0; y < frame.height; ++y)
    for (int x = 0; x < frame.width; ++x)
      worst = std::max(worst, std::abs(out.alpha.at<float>(y, x) - disc_in_frame(pose, x, y)));
  return worst;
}

TEST(Paste, IsTheKnownAlphaAtItsTruePlace) {
  const struct {
    FacePose pose;
    int side;
    double tolerance;  // bends of the disc between pixels of the crop
  } cases[] = {
      {{{160, 120}, 128, 0}, 128, 1e-6},         // as it is
      {{{160.5, 119.5}, 129, 0}, 129, 1e-6},     // odd
      {{{160.37, 120.71}, 128, 0}, 128, 0.025},  // between pixels
      {{{160.2, 120.9}, 211.3, 0}, 128, 0.025},  // enlarged
      {{{160.2, 120.9}, 97.7, 0}, 512, 0.03},    // shrunk
      {{{160.2, 120.9}, 97.7, 23}, 512, 0.03},  {{{160.2, 120.9}, 150.1, -37}, 128, 0.025},
      {{{12.5, 9.2}, 140, 10}, 128, 0.025},  // beyond the frame
      {{{318, 239}, 90, -10}, 256, 0.035},
  };
  for (const auto& one : cases) EXPECT_LT(worst_of_paste(one.pose, one.side, {320, 240}), one.tolerance) << one.pose.side;
}

TEST(Paste, NothingOutsideTheCropAndUncertaintyGoesWithItsAlpha) {
  Matte frame{cv::Mat(60, 80, CV_32FC1, cv::Scalar(0)), cv::Mat(60, 80, CV_32FC1, cv::Scalar(0))};
  const auto crop = [](double alpha, double deviation) {
    return Matte{cv::Mat(20, 20, CV_32FC1, cv::Scalar(alpha)), cv::Mat(20, 20, CV_32FC1, cv::Scalar(deviation))};
  };
  paste(crop(0.5, 0.3), {{20, 20}, 20, 0}, frame);
  paste(crop(0.8, 0.1), {{30, 20}, 20, 0}, frame);
  const auto at = [&](int x, int y) { return cv::Vec2f(frame.alpha.at<float>(y, x), frame.uncertainty.at<float>(y, x)); };
  EXPECT_EQ(at(9, 20), cv::Vec2f(0, 0));
  EXPECT_EQ(at(10, 10), cv::Vec2f(0.5f, 0.3f));
  EXPECT_EQ(at(25, 20), cv::Vec2f(0.8f, 0.1f));  // the larger alpha of the two
  EXPECT_EQ(at(39, 29), cv::Vec2f(0.8f, 0.1f));
  EXPECT_EQ(at(40, 29), cv::Vec2f(0, 0));
  paste(crop(0.6, 0.9), {{30, 20}, 20, 0}, frame);
  EXPECT_EQ(at(25, 20), cv::Vec2f(0.8f, 0.1f));
}

TEST(Faded, LeavesAFaceWithinItsCropAlone) {
  const cv::Mat alpha = disc_of(100);
  EXPECT_EQ(cv::norm(faded(alpha, {{50, 50}, 100, 0}, {100, 100}, 0.06), alpha, cv::NORM_INF), 0);
}

TEST(Faded, AMatteCutByTheCropFadesToNothingThere) {
  cv::Mat alpha(100, 100, CV_32FC1, cv::Scalar(0));
  alpha.rowRange(40, 100).setTo(0.8);  // cut below, left and right
  const cv::Mat out = faded(alpha, {{150, 150}, 100, 0}, {300, 300}, 0.1);
  for (int i = 0; i < 10; ++i) EXPECT_NEAR(out.at<float>(99 - i, 50), 0.8 * i / 10, 1e-6);
  EXPECT_EQ(out.at<float>(60, 0), 0);
  EXPECT_EQ(out.at<float>(60, 99), 0);
  EXPECT_NEAR(out.at<float>(60, 5), 0.4, 1e-6);
  EXPECT_NEAR(out.at<float>(60, 50), 0.8, 1e-6);
  EXPECT_NEAR(out.at<float>(41, 50), 0.8, 1e-6);  // its own edge is no edge of the crop
}

TEST(Faded, ABorderOutsideTheFrameIsNoBorder) {
  cv::Mat alpha(100, 100, CV_32FC1, cv::Scalar(1));
  // The crop reaches 20 pixels beyond the frame's lower edge.
  const cv::Mat out = faded(alpha, {{150, 270}, 100, 0}, {300, 300}, 0.1);
  EXPECT_EQ(out.at<float>(99, 50), 1);
  EXPECT_EQ(out.at<float>(0, 50), 0);
  // Turned by a right angle the crop's first column is where its last row was.
  const cv::Mat turned = faded(alpha, {{150, 270}, 100, 90}, {300, 300}, 0.1);
  EXPECT_EQ(turned.at<float>(50, 0), 0);
  EXPECT_EQ(turned.at<float>(0, 50), 0);
  EXPECT_EQ(turned.at<float>(99, 50), 0);
  EXPECT_EQ(turned.at<float>(50, 99), 1);
}

}  // namespace
}  // namespace facemat
