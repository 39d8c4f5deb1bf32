// FaceMatter around predictors whose answers are known, with faces that are given.

#include "src/runtime/faces/face_matter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/file.h"
#include "src/runtime/predictors/matter.h"
#include "tests/src/runtime/models.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

// Faces by frame; the last list goes on.
class GivenFaces : public FaceDetector {
 public:
  explicit GivenFaces(std::vector<std::vector<Face>> faces) : faces_(std::move(faces)) {}
  std::vector<Face> detect(const cv::Mat&, int64_t index) override {
    return faces_[std::min<size_t>(index, faces_.size() - 1)];
  }

 private:
  std::vector<std::vector<Face>> faces_;
};

// A face whose crop is the square at (x, y).
Face face_at(double x, double y, double side, double degrees = 0) {
  return {{x + side / 2, y + side / 2}, {0.5 * side, 0.65 * side}, degrees, 0.9, {}};
}

struct Log {
  std::vector<cv::Mat> seen;
  int made = 0, resets = 0;
};

// Alpha in shares of the crop, known at any place; 0 at its border.
double bump(double x, double y) {
  const double wave = std::sin(3.14159265358979 * x) * std::sin(3.14159265358979 * y);
  return wave * wave;
}

// Alpha: `alpha` at a place of the crop, times 0.1, 0.2, ... over a clip; uncertainty: a third of it.
class Known : public Predictor {
 public:
  using Alpha = double (*)(double x, double y);
  Known(Log& log, Alpha alpha, bool counts, bool judges) : log_(log), alpha_(alpha), counts_(counts), judges_(judges) {
    ++log_.made;
  }
  Matte predict(const cv::Mat& frame) override {
    log_.seen.push_back(frame.clone());
    ++count_;
    Matte out;
    out.alpha.create(frame.size(), CV_32FC1);
    for (int y = 0; y < frame.rows; ++y)
      for (int x = 0; x < frame.cols; ++x)
        out.alpha.at<float>(y, x) =
            static_cast<float>((counts_ ? 0.1 * count_ : 1) * alpha_((x + 0.5) / frame.cols, (y + 0.5) / frame.rows));
    if (judges_) out.uncertainty = out.alpha / 3;
    return out;
  }
  void reset() override {
    count_ = 0;
    ++log_.resets;
  }

 private:
  Log& log_;
  Alpha alpha_;
  bool counts_, judges_;
  int count_ = 0;
};

double one(double, double) { return 1; }

MakePredictor known(Log& log, Known::Alpha alpha, bool counts = false, bool judges = false) {
  return [&log, alpha, counts, judges] { return std::make_unique<Known>(log, alpha, counts, judges); };
}

FaceMatter matter(const FaceConfig& config, MakePredictor make, std::vector<std::vector<Face>> faces) {
  return FaceMatter(config, std::move(make), std::make_unique<GivenFaces>(std::move(faces)));
}

FaceConfig small_crops(int side = 64) {
  FaceConfig config;
  config.crop.side = side;
  return config;
}

cv::Mat frame_of(cv::Size size, int value = 90) { return cv::Mat(size, CV_8UC3, cv::Scalar::all(value)); }

// The bump at the place of a face's crop, an own way there.
double bump_in_frame(const Face& face, double side, int x, int y) {
  const double a = -face.degrees * 3.14159265358979 / 180, dx = x + 0.5 - face.centre.x, dy = y + 0.5 - face.centre.y;
  const double u = (dx * std::cos(a) - dy * std::sin(a)) / side + 0.5, v = (dx * std::sin(a) + dy * std::cos(a)) / side + 0.5;
  return u < 0 || v < 0 || u > 1 || v > 1 ? 0 : bump(u, v);
}

TEST(FaceMatter, PutsTheMatteBackWhereTheFaceIs) {
  const struct {
    cv::Size frame;
    double x, y, side, degrees;
    int crop;
    double tolerance;
  } cases[] = {
      {{301, 203}, 40, 60, 96, 0, 96, 3e-4},           // pixel for pixel; the bump is not quite 0 at the border, which fades
      {{301, 203}, 41.3, 57.8, 96, 0, 96, 2e-3},       // bilinear between pixels bends by (pi / side)^2 at most
      {{301, 203}, 40.7, 30.2, 131.7, 0, 64, 2e-3},    // enlarged
      {{301, 203}, 40.7, 30.2, 131.7, 21, 256, 2e-3},  // shrunk and turned
      {{301, 203}, -30.4, -25.1, 99, 0, 96, 2e-3},     // beyond the frame
      {{301, 203}, 260, 150.5, 99, -14, 96, 2e-3},
  };
  for (const auto& c : cases) {
    Log log;
    const Face face = face_at(c.x, c.y, c.side, c.degrees);
    FaceMatter one = matter(small_crops(c.crop), known(log, bump), {{face}});
    const Matte matte = one.predict(frame_of(c.frame));
    ASSERT_EQ(matte.alpha.size(), c.frame);
    EXPECT_TRUE(matte.uncertainty.empty());
    double worst = 0;
    for (int y = 0; y < c.frame.height; ++y)
      for (int x = 0; x < c.frame.width; ++x)
        worst = std::max(worst, std::abs(matte.alpha.at<float>(y, x) - bump_in_frame(face, c.side, x, y)));
    EXPECT_LT(worst, c.tolerance) << c.x << " " << c.side;
    EXPECT_EQ(log.seen.at(0).size(), cv::Size(c.crop, c.crop));
  }
}

TEST(FaceMatter, FivePointsAlignTheCrop) {
  Log log;
  const FacePose pose{{110.3, 80.6}, 90, -27};
  Face face{{0, 0}, {1, 1}, 0, 0.9, {}};  // a box that says nothing
  for (const cv::Point2d& share : face_template()) {
    const double a = pose.degrees * 3.14159265358979 / 180, x = (share.x - 0.5) * 90, y = (share.y - 0.5) * 90;
    face.points.push_back(pose.centre + cv::Point2d(x * std::cos(a) - y * std::sin(a), x * std::sin(a) + y * std::cos(a)));
  }
  FaceMatter one_face = matter(small_crops(), known(log, bump), {{face}});
  const cv::Mat alpha = one_face.predict(frame_of({240, 180})).alpha;
  const Face as_box{pose.centre, {1, 1}, pose.degrees, 1, {}};
  double worst = 0;
  for (int y = 0; y < 180; ++y)
    for (int x = 0; x < 240; ++x) worst = std::max(worst, std::abs(alpha.at<float>(y, x) - bump_in_frame(as_box, 90, x, y)));
  EXPECT_LT(worst, 2e-3);
}

TEST(FaceMatter, AnyFaceAnywhereIsPutBackInItsPlace) {
  cv::RNG random(23);
  double worst = 0;
  for (int i = 0; i < 150; ++i) {
    const double side = random.uniform(6.0, 200.0);
    const double degrees = random.uniform(-180.0, 180.0), y = random.uniform(-side / 2, 90 - side / 2);
    const Face face = face_at(random.uniform(-side / 2, 120 - side / 2), y, side, degrees);
    Log log;
    const Matte matte = matter(small_crops(16 + i), known(log, bump), {{face}}).predict(frame_of({120, 90}));
    for (int y = 0; y < 90; ++y)
      for (int x = 0; x < 120; ++x)
        worst = std::max(worst, std::abs(matte.alpha.at<float>(y, x) - bump_in_frame(face, side, x, y)));
  }
  EXPECT_LT(worst, 0.1);  // of the smallest faces a pixel is a sixth
}

TEST(FaceMatter, ShowsTheNetworkTheVeryPixelsWhereNothingIsScaled) {
  Log log;
  cv::Mat frame(120, 160, CV_8UC3);
  cv::RNG(5).fill(frame, cv::RNG::UNIFORM, 0, 256);
  matter(small_crops(64), known(log, one), {{face_at(31, 22, 64)}}).predict(frame);
  EXPECT_EQ(cv::norm(log.seen.at(0), frame(cv::Rect(31, 22, 64, 64)), cv::NORM_INF), 0);
}

TEST(FaceMatter, TheLargerAlphaOfTwoFacesCounts) {
  Log log;
  const Face left = face_at(20, 30, 100), right = face_at(80.5, 41, 90, 10);
  FaceMatter two = matter(small_crops(128), known(log, bump, false, true), {{left, right}});
  const Matte matte = two.predict(frame_of({240, 180}));
  ASSERT_EQ(two.faces().size(), 2u);
  EXPECT_EQ(log.made, 2);
  double worst = 0;
  for (int y = 0; y < 180; ++y)
    for (int x = 0; x < 240; ++x) {
      const double wanted = std::max(bump_in_frame(left, 100, x, y), bump_in_frame(right, 90, x, y));
      worst = std::max(worst, std::abs(matte.alpha.at<float>(y, x) - wanted));
      worst = std::max(worst, std::abs(matte.uncertainty.at<float>(y, x) - wanted / 3));
    }
  EXPECT_LT(worst, 2e-3);
}

TEST(FaceMatter, EachFaceHasItsOwnStateAndPredictorsAreUsedAgain) {
  Log log;
  const Face left = face_at(10, 20, 64), right = face_at(120, 20, 64);
  FaceMatter two = matter(small_crops(), known(log, bump, true), {{left}, {left}, {left, right}, {left, right}, {right}});
  const auto middles = [&] {
    const cv::Mat alpha = two.predict(frame_of({200, 100})).alpha;
    return cv::Vec2d(alpha.at<float>(51, 41), alpha.at<float>(51, 151));
  };
  EXPECT_LT(cv::norm(middles() - cv::Vec2d(0.1, 0)), 2e-3);
  EXPECT_LT(cv::norm(middles() - cv::Vec2d(0.2, 0)), 2e-3);
  EXPECT_LT(cv::norm(middles() - cv::Vec2d(0.3, 0.1)), 2e-3);
  EXPECT_LT(cv::norm(middles() - cv::Vec2d(0.4, 0.2)), 2e-3);
  EXPECT_LT(cv::norm(middles() - cv::Vec2d(0.5, 0.3)), 2e-3);  // unseen, but held
  two.reset();
  EXPECT_TRUE(two.faces().empty());
  EXPECT_EQ(log.resets, 2);
  EXPECT_LT(cv::norm(middles() - cv::Vec2d(0, 0.1)), 2e-3);
  EXPECT_EQ(two.faces()[0].id, 3);
  EXPECT_EQ(log.made, 2);
}

// An exported model in each crop: colours, states and uncertainty arrive.
TEST(FaceMatter, RunsExportedModels) {
  Scratch folder;
  write_accumulator(folder / "m.onnx");  // 0.5 R + 0.25 G + 0.125 B, summed over the clip
  FaceConfig config = small_crops();
  config.crop.fade = 0;
  FaceMatter two = matter(config,
                          [&] {
                            return std::make_unique<Matter>(folder / "m.onnx", MatterOptions{1, 0, false});
                          },
                          {{face_at(10, 20, 64)}, {face_at(10, 20, 64), face_at(120, 20, 64)}});
  const cv::Mat frame(100, 200, CV_8UC3, cv::Scalar(51, 102, 51));
  const double once = 0.5 * 0.2 + 0.25 * 0.4 + 0.125 * 0.2;
  for (int i = 1; i <= 3; ++i) {
    const Matte matte = two.predict(frame);
    EXPECT_NEAR(matte.alpha.at<float>(52, 42), i * once, 1e-5);
    EXPECT_NEAR(matte.alpha.at<float>(52, 152), (i - 1) * once, 1e-5);
    EXPECT_NEAR(matte.uncertainty.at<float>(52, 152), (i - 1) * once, 1e-5);
    EXPECT_EQ(matte.alpha.at<float>(52, 100), 0);
  }
}

TEST(FaceMatter, WithoutAFaceNothingIsVisibleAndItIsCounted) {
  Log log;
  FaceMatter none = matter(small_crops(), known(log, one), {{}, {}, {face_at(10, 20, 64)}, {face_at(10, 20, 64)}});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(cv::countNonZero(none.predict(frame_of({200, 100})).alpha), 0);
  EXPECT_TRUE(none.faces().empty());
  EXPECT_EQ(log.made, 1);  // ready
  EXPECT_TRUE(log.seen.empty());
  EXPECT_GT(cv::countNonZero(none.predict(frame_of({200, 100})).alpha), 0);
  EXPECT_EQ(none.frames(), 3);
  EXPECT_EQ(none.frames_without_face(), 2);
}

TEST(FaceMatter, WithoutAFaceTheWholeFrameIfAsked) {
  Log log;
  FaceConfig config = small_crops();
  config.on_missing = "whole";
  config.track.hold = 0;
  FaceMatter whole = matter(config, known(log, one, true), {{}, {}, {face_at(10, 20, 64)}, {}, {}});
  const auto corner = [&] { return whole.predict(frame_of({200, 100})).alpha.at<float>(99, 199); };
  EXPECT_NEAR(corner(), 0.1, 1e-6);
  EXPECT_NEAR(corner(), 0.2, 1e-6);
  EXPECT_EQ(log.seen.back().size(), cv::Size(200, 100));
  EXPECT_EQ(corner(), 0);            // a face: its crop alone
  EXPECT_NEAR(corner(), 0.1, 1e-6);  // a new clip of whole frames
  EXPECT_NEAR(corner(), 0.2, 1e-6);
  EXPECT_EQ(whole.frames_without_face(), 4);
}

TEST(FaceMatter, TheDetectorWholeIsTheInnerPredictor) {
  Log log;
  FaceConfig config;
  config.detector.kind = "whole";
  FaceMatter whole(config, known(log, bump, true));
  const Matte matte = whole.predict(frame_of({200, 100}));
  EXPECT_EQ(log.seen.at(0).size(), cv::Size(200, 100));
  EXPECT_NEAR(matte.alpha.at<float>(50, 100), 0.1, 1e-3);
  EXPECT_NEAR(whole.predict(frame_of({200, 100})).alpha.at<float>(50, 100), 0.2, 1e-3);
  whole.reset();
  EXPECT_NEAR(whole.predict(frame_of({200, 100})).alpha.at<float>(50, 100), 0.1, 1e-3);
  EXPECT_EQ(whole.frames_without_face(), 0);
  EXPECT_TRUE(whole.faces().empty());
}

TEST(FaceMatter, AnotherSizeIsANewClip) {
  Log log;
  FaceMatter one_face = matter(small_crops(), known(log, bump, true), {{face_at(10, 20, 64)}});
  one_face.predict(frame_of({200, 100}));
  EXPECT_NEAR(one_face.predict(frame_of({200, 100})).alpha.at<float>(51, 41), 0.2, 2e-3);
  EXPECT_NEAR(one_face.predict(frame_of({202, 100})).alpha.at<float>(51, 41), 0.1, 2e-3);
  EXPECT_EQ(one_face.faces()[0].id, 2);
}

TEST(FaceMatter, NoiseInTheBoxesMovesNothing) {
  Log log;
  cv::RNG random(9);
  cv::Mat frame(180, 240, CV_8UC3);
  random.fill(frame, cv::RNG::UNIFORM, 0, 256);
  std::vector<std::vector<Face>> faces = {{face_at(60, 40, 100)}};
  for (int i = 0; i < 30; ++i)
    faces.push_back({face_at(60 + random.uniform(-3., 3.), 40 + random.uniform(-3., 3.), 100 + random.uniform(-3., 3.))});
  FaceMatter steady = matter(small_crops(50), known(log, bump), faces);
  for (size_t i = 0; i < faces.size(); ++i) {
    steady.predict(frame);
    EXPECT_EQ(cv::norm(log.seen.back(), log.seen.front(), cv::NORM_INF), 0) << i;
  }
}

TEST(FaceMatter, AFaceThatMovesIsFollowed) {
  Log log;
  std::vector<std::vector<Face>> faces;
  for (int i = 0; i < 40; ++i) faces.push_back({face_at(10 + 4 * i, 30 + i, 80)});
  FaceConfig config = small_crops();
  FaceMatter moving = matter(config, known(log, bump), faces);
  for (size_t i = 0; i < faces.size(); ++i) {
    const cv::Mat alpha = moving.predict(frame_of({320, 180})).alpha;
    const cv::Moments m = cv::moments(alpha);
    ASSERT_EQ(moving.faces().size(), 1u);
    EXPECT_NEAR(m.m10 / m.m00 + 0.5, faces[i][0].centre.x, i < 16 ? 15 : config.crop.slack * 80 + 1) << i;
  }
}

TEST(FaceMatter, BoxesThatAreNoFaceAreLeftOut) {
  Log log;
  const std::vector<Face> mad = {face_at(1e5, 0, 64),
                                 face_at(0, 0, 1e6),
                                 {{50, 50}, {1e-9, 1e-9}, 0, 1, {}},
                                 {{NAN, 50}, {40, 40}, 0, 1, {}},
                                 {{50, 50}, {40, 40}, NAN, 1, {}}};
  FaceMatter none = matter(small_crops(), known(log, one), {mad});
  EXPECT_EQ(cv::countNonZero(none.predict(frame_of({200, 100})).alpha), 0);
  EXPECT_EQ(none.frames_without_face(), 1);
}

TEST(FaceMatter, BoxesFromAFileGoByTheFramesNumber) {
  Scratch folder;
  write_file(folder / "b.csv", "frame,x,y,w,h\n1,20,20,30,40\n5,120,20,30,40\n");
  FaceConfig config = small_crops();
  config.detector.kind = "boxes", config.detector.file = (folder / "b.csv").string();
  config.track.hold = 0;
  Log log;
  FaceMatter given(config, known(log, bump));
  const auto side = [&] {
    const cv::Mat alpha = given.predict(frame_of({200, 100})).alpha;
    return cv::countNonZero(alpha) == 0 ? 0 : alpha.at<float>(40, 35) > 0.5 ? -1 : 1;
  };
  EXPECT_EQ(side(), 0);
  EXPECT_EQ(side(), -1);
  given.reset();  // a cut: frames are counted on
  EXPECT_EQ(side(), 0);
  given.set_next_frame(5);
  EXPECT_EQ(side(), 1);
}

TEST(FaceMatter, RefusesFramesAndSettingsThatAreNone) {
  Log log;
  FaceMatter one_face = matter(small_crops(), known(log, one), {{}});
  EXPECT_THROW(one_face.predict(cv::Mat(100, 100, CV_8UC1)), Error);
  EXPECT_THAT(message_of([&] { one_face.predict(frame_of({15, 100})); }), HasSubstr("15x100"));
  FaceConfig config = small_crops(8);
  EXPECT_THAT(message_of([&] { matter(config, known(log, one), {{}}); }), HasSubstr("crop.side"));
  config = {};
  config.detector.kind = "yunet", config.detector.file = "none.onnx";
  EXPECT_THAT(message_of([&] { FaceMatter(config, known(log, one)); }), HasSubstr("none.onnx"));
}

TEST(FaceConfig, SurvivesYaml) {
  FaceConfig config;
  config.detector.kind = "yunet", config.detector.file = "y.onnx";
  config.track.every = 3, config.crop.side = 256, config.on_missing = "whole";
  const std::string yaml = config_to_yaml(config);
  EXPECT_EQ(config_to_yaml(config_from_yaml<FaceConfig>(yaml, "dump")), yaml);
  EXPECT_THAT(message_of([] { config_from_yaml<FaceConfig>("detector: {kind: hog}\n", "f.yaml"); }),
              ::testing::AllOf(HasSubstr("f.yaml:1"), HasSubstr("cascade")));
}

// Alpha: the trimap's, and the hint where that is unknown.
class Guided : public Predictor {
 public:
  Matte predict(const cv::Mat&) override { fail("no guides"); }
  Matte predict_given(const cv::Mat& frame, const FrameGuides& guides) override {
    EXPECT_EQ(guides.trimap.size(), frame.size());
    cv::Mat alpha = guides.hint.clone();
    alpha.setTo(0, guides.trimap == 0);
    alpha.setTo(1, guides.trimap == 255);
    EXPECT_TRUE(guides.background.empty()) << "nobody asks for it";
    return {alpha, {}};
  }
  GuideWishes wishes() const override { return needs({"trimap", "hint"}); }
  void reset() override {}
};

TEST(FaceMatter, CropsGuidesWithTheFrame) {
  FaceConfig config = small_crops(40);
  config.crop.fade = 0;
  FaceMatter faces = matter(config, [] { return std::make_unique<Guided>(); }, {{face_at(20, 10, 40)}});
  FrameGuides guides{cv::Mat(60, 100, CV_8UC1, cv::Scalar(0)), cv::Mat(60, 100, CV_32FC1, cv::Scalar(0.2))};
  guides.trimap.colRange(40, 100).setTo(255);
  guides.trimap.rowRange(40, 60).setTo(128);
  guides.background = cv::Mat(60, 100, CV_8UC3, cv::Scalar::all(9));
  EXPECT_EQ(faces.wishes().hint, Wish::kNeeded);
  const cv::Mat alpha = faces.predict_given(frame_of({100, 60}), guides).alpha;
  EXPECT_NEAR(alpha.at<float>(20, 30), 0, 1e-6);
  EXPECT_NEAR(alpha.at<float>(20, 50), 1, 1e-6);
  EXPECT_NEAR(alpha.at<float>(45, 50), 0.2, 1e-6);  // 51 of 255
  EXPECT_NEAR(alpha.at<float>(20, 80), 0, 1e-6);    // outside the crop
  EXPECT_THAT(message_of([&] { faces.predict(frame_of({100, 60})); }), HasSubstr("a trimap is needed with each frame"));
  guides.hint = cv::Mat(30, 100, CV_32FC1, cv::Scalar(0.2));
  EXPECT_THAT(message_of([&] { faces.predict_given(frame_of({100, 60}), guides); }), HasSubstr("the hint is 100x30"));
}

}  // namespace
}  // namespace facemat
