// The detector table: each kind on pictures or files whose faces are known.

#include "src/runtime/faces/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

#include "src/core/file.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"
#include "src/runtime/faces/box_file.h"
#include "src/runtime/faces/cascade.h"
#include "src/runtime/faces/yunet.h"
#include "tests/support/drawn_heads.h"
#include "tests/support/locale.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny_faces.h"
#include "tests/support/tiny_onnx.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// --- what all share

TEST(Overlap, ByHand) {
  EXPECT_NEAR(overlap_of({0, 0, 10, 10}, {5, 0, 10, 10}), 50.0 / 150, 1e-12);
  EXPECT_EQ(overlap_of({0, 0, 10, 10}, {10, 0, 10, 10}), 0);
  EXPECT_EQ(overlap_of({0, 0, 10, 10}, {0, 0, 10, 10}), 1);
}

TEST(BestOf, KeepsTheBetterOfTwoAndNoMoreThanAsked) {
  const Face weak{{52, 50}, {20, 20}, 0, 0.5, {}}, strong{{50, 50}, {20, 20}, 0, 0.9, {}}, far{{90, 50}, {20, 20}, 0, 0.3, {}};
  const std::vector<Face> best = best_of({weak, far, strong}, 0.3, 8);
  ASSERT_EQ(best.size(), 2u);
  EXPECT_EQ(best[0].score, 0.9);
  EXPECT_EQ(best[1].score, 0.3);
  EXPECT_EQ(best_of({weak, far, strong}, 0.3, 1).size(), 1u);
  EXPECT_EQ(best_of({weak, far, strong}, 0.99, 8).size(), 3u);
}

TEST(FaceDetectors, TheTableNamesWhatConfigsMayUse) {
  ASSERT_FALSE(face_detectors().empty());
  DetectorConfig config;
  for (const FaceDetectorKind& kind : face_detectors()) {
    config.kind = kind.name;
    EXPECT_EQ(message_of([&] { check(config); }), "no error") << kind.name;
    EXPECT_FALSE(kind.help.empty());
  }
  config.kind = "oracle";
  EXPECT_THAT(message_of([&] { make_face_detector(config); }), AllOf(HasSubstr("oracle"), HasSubstr("cascade, yunet")));
  config = {};
  config.max_side = 10;
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("max_side"));
  config.kind = "whole", config.max_side = 0;
  EXPECT_EQ(make_face_detector(config), nullptr);
}

// --- cascade

cv::Point2d middle(const cv::Rect2d& box) { return {box.x + box.width / 2, box.y + box.height / 2}; }

bool has_cascades() {
  return message_of([] { find_cascade({}); }) == "no error";
}

// `person` at `place` on a grey frame, scaled.
cv::Mat frame_with(const cv::Mat& person, cv::Size size, cv::Point place, double scale) {
  cv::Mat out(size, CV_8UC3, cv::Scalar::all(128));
  const int side = cvRound(scale * person.cols);
  resize(person, {side, side}).copyTo(out(cv::Rect(place.x, place.y, side, side)));
  return out;
}

TEST(Cascade, FindsADrawnFaceAnywhereAtAnySize) {
  if (!has_cascades()) GTEST_SKIP() << message_of([] { find_cascade({}); });
  const DrawnHead person = drawn_head();
  const auto detector = make_face_detector({});
  const struct {
    cv::Size frame;
    cv::Point place;
    double scale;
  } cases[] = {
      {{256, 256}, {0, 0}, 1}, {{641, 359}, {37, 50}, 1}, {{1920, 1080}, {1200, 300}, 2.5}, {{300, 500}, {150, 330}, 0.5}};
  for (const auto& one : cases) {
    const cv::Mat frame = frame_with(person.picture, one.frame, one.place, one.scale);
    const std::vector<Face> faces = detector->detect(frame, 0);
    ASSERT_EQ(faces.size(), 1u) << one.frame;
    const cv::Point2d wanted = middle(person.face) * one.scale + cv::Point2d(one.place);
    const double height = person.face.height * one.scale;
    EXPECT_NEAR(faces[0].centre.x, wanted.x, 0.12 * height) << one.frame;
    EXPECT_NEAR(faces[0].centre.y, wanted.y, 0.12 * height) << one.frame;
    EXPECT_NEAR(faces[0].size.height / height, 1, 0.25) << one.frame;
    EXPECT_EQ(faces[0].degrees, 0);
    EXPECT_GT(faces[0].score, 0.2);
  }
}

// What is cut off by the picture's edge: the whole head is in no window of the picture itself.
TEST(Cascade, FindsAFaceThatFillsThePicture) {
  if (!has_cascades()) GTEST_SKIP() << message_of([] { find_cascade({}); });
  const DrawnHead person = drawn_head();
  const cv::Rect face = person.face, close(face.x + 8, face.y + face.height / 8, face.width - 16, face.height * 7 / 8);
  const std::vector<Face> faces = make_face_detector({})->detect(person.picture(close).clone(), 0);
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_NEAR(faces[0].centre.x, middle(face).x - close.x, 0.15 * face.height);
  EXPECT_NEAR(faces[0].centre.y, middle(face).y - close.y, 0.15 * face.height);
  // Beside another face a margin has to be asked for: foreheads above the frame, chins below it, a cheek beside it.
  const int left = face.x + face.width / 9, top = face.y + face.height / 5, bottom = face.y + face.height * 4 / 5;
  const struct {
    cv::Rect part;
    cv::Point place;
  } cuts[] = {
      {{left, 0, 256 - left, 256}, {0, 0}}, {{0, top, 256, 256 - top}, {0, 0}}, {{0, 0, 256, bottom}, {0, 256 - bottom}}};
  for (const auto& cut : cuts) {
    cv::Mat two = frame_with(person.picture, {520, 256}, {264, 0}, 1);
    person.picture(cut.part).copyTo(two(cv::Rect(cut.place, cut.part.size())));
    EXPECT_EQ(make_face_detector({})->detect(two, 0).size(), 1u) << cut.part;
    DetectorConfig config;
    config.margin = 0.15;
    EXPECT_EQ(make_face_detector(config)->detect(two, 0).size(), 2u) << cut.part;
  }
}

TEST(ForStills, ChangesOfTheCascadeWhatIsAtItsDefault) {
  DetectorConfig config = for_stills({});
  EXPECT_EQ(config.margin, 0.15);
  EXPECT_EQ(config.tilted, "always");
  config = {};
  config.margin = 0.3, config.tilted = "never";
  EXPECT_EQ(for_stills(config).margin, 0.3);
  EXPECT_EQ(for_stills(config).tilted, "never");
  config = {};
  config.kind = "landmarks";
  EXPECT_EQ(for_stills(config).margin, 0.15);
  config.landmarks.faces = "yunet";
  EXPECT_EQ(for_stills(config).margin, 0);
  for (const char* kind : {"yunet", "boxes", "whole"}) {
    config.kind = kind;
    EXPECT_EQ(config_to_yaml(for_stills(config)), config_to_yaml(config)) << kind;
  }
}

bool is_found(const std::vector<Face>& faces, cv::Point2d centre, double height) {
  return std::any_of(faces.begin(), faces.end(),
                     [&](const Face& face) { return cv::norm(face.centre - centre) < 0.25 * height; });
}

TEST(Cascade, FindsInStillsWhatIsCutOffOrLeansBesideAnother) {
  if (!has_cascades()) GTEST_SKIP() << message_of([] { find_cascade({}); });
  const DrawnHead person = drawn_head();
  const cv::Rect face = person.face;
  const auto films = make_face_detector({}), stills = make_face_detector(for_stills({}));
  for (const cv::Rect part : {cv::Rect(face.x + face.width / 9, 0, 256 - face.x - face.width / 9, 256),
                              cv::Rect(0, face.y + face.height / 5, 256, 256 - face.y - face.height / 5)}) {
    cv::Mat two = frame_with(person.picture, {520, 256}, {264, 0}, 1);
    person.picture(part).copyTo(two(cv::Rect({}, part.size())));
    const cv::Point2d cut = middle(face) - cv::Point2d(part.tl()), whole = middle(face) + cv::Point2d(264, 0);
    EXPECT_FALSE(is_found(films->detect(two, 0), cut, face.height)) << part;
    EXPECT_TRUE(is_found(stills->detect(two, 0), cut, face.height)) << part;
    EXPECT_TRUE(is_found(stills->detect(two, 0), whole, face.height)) << part;
  }
  const TwoHeads two = leaning_beside_upright();
  EXPECT_FALSE(is_found(films->detect(two.picture, 0), two.leaning, two.height));
  EXPECT_TRUE(is_found(stills->detect(two.picture, 0), two.leaning, two.height));
  EXPECT_TRUE(is_found(stills->detect(two.picture, 0), two.upright, two.height));
}

TEST(Cascade, FindsLeaningHeadsAndTellsHowTheyLean) {
  if (!has_cascades()) GTEST_SKIP() << message_of([] { find_cascade({}); });
  const DrawnHead person = drawn_head();
  DetectorConfig config;
  for (const double clockwise : {-30.0, 30.0}) {
    const cv::Matx23d turn = similarity({127.5, 127.5}, 1, -clockwise, {319.5, 239.5});
    const cv::Mat frame = warp(person.picture, turn, {640, 480});
    config.tilted = "never";
    const size_t upright = make_face_detector(config)->detect(frame, 0).size();
    config.tilted = "if_none";
    const std::vector<Face> faces = make_face_detector(config)->detect(frame, 0);
    EXPECT_EQ(upright, 0u);
    ASSERT_GE(faces.size(), 1u) << clockwise;
    EXPECT_EQ(faces[0].degrees, clockwise > 0 ? config.tilt : -config.tilt);
    const cv::Point2d at = middle(person.face);
    EXPECT_NEAR(faces[0].centre.x, turn(0, 0) * at.x + turn(0, 1) * at.y + turn(0, 2), 0.12 * person.face.height);
    EXPECT_NEAR(faces[0].centre.y, turn(1, 0) * at.x + turn(1, 1) * at.y + turn(1, 2), 0.12 * person.face.height);
  }
}

TEST(Cascade, FindsSeveralAndNoneWhereThereIsNone) {
  if (!has_cascades()) GTEST_SKIP() << message_of([] { find_cascade({}); });
  const DrawnHead person = drawn_head();
  cv::Mat frame = frame_with(person.picture, {800, 400}, {40, 60}, 1);
  person.picture.copyTo(frame(cv::Rect(480, 100, 256, 256)));
  DetectorConfig config;
  EXPECT_EQ(make_face_detector(config)->detect(frame, 0).size(), 2u);
  config.most = 1;
  EXPECT_EQ(make_face_detector(config)->detect(frame, 0).size(), 1u);
  config.least = 0.9;
  EXPECT_TRUE(make_face_detector(config)->detect(frame, 0).empty());
  EXPECT_TRUE(make_face_detector({})->detect(cv::Mat(480, 640, CV_8UC3, cv::Scalar(90, 120, 200)), 0).empty());
  EXPECT_TRUE(make_face_detector({})->detect(cv::Mat(16, 16, CV_8UC3, cv::Scalar(90, 120, 200)), 0).empty());
}

TEST(Cascade, AnswersTheSameEachTime) {
  if (!has_cascades()) GTEST_SKIP() << message_of([] { find_cascade({}); });
  const cv::Mat frame = frame_with(drawn_head().picture, {640, 480}, {200, 100}, 1.2);
  DetectorConfig config;
  config.tilted = "always", config.neighbours = 2, config.overlap = 1;  // as much as can come
  const auto detector = make_face_detector(config);
  const std::vector<Face> first = detector->detect(frame, 0);
  ASSERT_FALSE(first.empty());
  for (int i = 0; i < 6; ++i) {
    const std::vector<Face> again = detector->detect(frame, i);
    ASSERT_EQ(again.size(), first.size());
    for (size_t k = 0; k < first.size(); ++k) {
      EXPECT_EQ(again[k].centre, first[k].centre);
      EXPECT_EQ(again[k].size, first[k].size);
      EXPECT_EQ(again[k].score, first[k].score);
    }
  }
}

TEST(Cascade, SaysWhatToInstall) {
  Scratch folder;
  EXPECT_THAT(message_of([&] {
                find_cascade({}, {folder / "none", folder / "nor here"});
              }),
              AllOf(HasSubstr("opencv-data"), HasSubstr("nor here"), HasSubstr("detector.file")));
  write_file(folder / "there/haarcascade_frontalface_alt2.xml", "<x/>");
  EXPECT_EQ(find_cascade({}, {folder / "none", folder / "there"}), folder / "there/haarcascade_frontalface_alt2.xml");
}

TEST(Cascade, RefusesFilesThatAreNone) {
  Scratch folder;
  DetectorConfig config;
  config.file = (folder / "c.xml").string();
  EXPECT_THAT(message_of([&] { make_face_detector(config); }), AllOf(HasSubstr("c.xml"), HasSubstr("no such file")));
  for (const char* text : {"", "no cascade", "<?xml version=\"1.0\"?><opencv_storage><a>1</a></opencv_storage>"}) {
    write_file(config.file, text);
    EXPECT_THAT(message_of([&] { make_face_detector(config); }), HasSubstr("c.xml")) << text;
  }
}

// --- yunet

using tiny_onnx::Cell;
using tiny_onnx::yunet_graph;

DetectorConfig yunet(const Scratch& folder, const std::string& graph) {
  static int count = 0;
  DetectorConfig config;
  config.kind = "yunet";
  config.file = (folder / ("yunet" + std::to_string(count++) + ".onnx")).string();
  write_file(config.file, graph);
  return config;
}

cv::Mat blue_frame(cv::Size size) { return cv::Mat(size, CV_8UC3, cv::Scalar(255, 0, 0)); }

const Cell kFaceCell = {
    16, 1, 2, 0.81f, 1.5f, {0.5f, 0.25f, std::log(2.f), std::log(3.f)}, {0, 0, 1, 0.5f, 0.5f, 1, 0, 1.5f, 1, 2}};

TEST(Yunet, DecodesByHand) {
  Scratch folder;
  const auto detector = make_face_detector(yunet(folder, yunet_graph({96, 64}, {kFaceCell})), 1);
  const std::vector<Face> faces = detector->detect(blue_frame({96, 64}), 0);
  ASSERT_EQ(faces.size(), 1u);
  const Face& face = faces[0];
  EXPECT_NEAR(face.score, 0.9, 1e-6);  // the root of 0.81, and obj clamped to 1
  EXPECT_NEAR(face.centre.x, 2.5 * 16, 1e-4);
  EXPECT_NEAR(face.centre.y, 1.25 * 16, 1e-4);
  EXPECT_NEAR(face.size.width, 32, 1e-4);
  EXPECT_NEAR(face.size.height, 48, 1e-4);
  const std::vector<cv::Point2d> wanted = {{32, 16}, {48, 24}, {40, 32}, {32, 40}, {48, 48}};
  ASSERT_EQ(face.points.size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_LT(cv::norm(face.points[i] - wanted[i]), 1e-4) << i;
  EXPECT_NEAR(face.degrees, std::atan2(8, 16) * 180 / 3.14159265358979, 1e-4);
}

TEST(Yunet, PlacesAreThoseOfTheFrameWhateverTheNetworkSees) {
  Scratch folder;
  const auto fixed = make_face_detector(yunet(folder, yunet_graph({96, 64}, {kFaceCell})), 1);
  const std::vector<Face> doubled = fixed->detect(blue_frame({192, 128}), 0);
  ASSERT_EQ(doubled.size(), 1u);
  EXPECT_NEAR(doubled[0].centre.x, 80, 1e-4);
  EXPECT_NEAR(doubled[0].points[4].y, 96, 1e-4);
  // A flat frame: black below it, which halves the blue and the score with its root.
  DetectorConfig open = yunet(folder, yunet_graph({96, 64}, {kFaceCell}, true));
  EXPECT_EQ(make_face_detector(open, 1)->detect(blue_frame({90, 60}), 0).size(), 1u);  // padded to 96x64
  open.max_side = 96;
  const std::vector<Face> reduced = make_face_detector(open, 1)->detect(blue_frame({960, 640}), 0);
  ASSERT_EQ(reduced.size(), 1u);
  EXPECT_NEAR(reduced[0].size.height, 480, 1e-3);
}

TEST(Yunet, AMarginIsBlackAllRoundAndPlacesStayThoseOfTheFrame) {
  Scratch folder;
  DetectorConfig config = yunet(folder, yunet_graph({96, 96}, {kFaceCell}, false, 4));
  config.margin = 0.25;  // of 64 pixels: 16 on each side, so the network sees 96 x 96
  const std::vector<Face> faces = make_face_detector(config, 1)->detect(blue_frame({64, 64}), 0);
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_NEAR(faces[0].centre.x, 2.5 * 16 - 16, 1e-4);
  EXPECT_NEAR(faces[0].centre.y, 1.25 * 16 - 16, 1e-4);
  EXPECT_NEAR(faces[0].points[4].y, 48 - 16, 1e-4);
  EXPECT_NEAR(faces[0].size.height, 48, 1e-4);
  // Twice as large: the same in shares of the frame.
  const std::vector<Face> doubled = make_face_detector(config, 1)->detect(blue_frame({128, 128}), 0);
  ASSERT_EQ(doubled.size(), 1u);
  EXPECT_NEAR(doubled[0].centre.x, 2 * faces[0].centre.x, 1e-4);
  // Without a margin the whole network is blue, with one 4/9 of it; the gain makes both certain.
  config.file = yunet(folder, yunet_graph({96, 96}, {kFaceCell})).file;
  const std::vector<Face> weak = make_face_detector(config, 1)->detect(blue_frame({64, 64}), 0);
  ASSERT_EQ(weak.size(), 1u);
  EXPECT_NEAR(weak[0].score, std::sqrt(0.81 * 4 / 9), 1e-3);
}

TEST(Yunet, SeesBlueFirstAndBytesAsTheyAre) {
  Scratch folder;
  const auto detector = make_face_detector(yunet(folder, yunet_graph({96, 64}, {kFaceCell})), 1);
  EXPECT_TRUE(detector->detect(cv::Mat(64, 96, CV_8UC3, cv::Scalar(0, 0, 255)), 0).empty());
  const std::vector<Face> half = detector->detect(cv::Mat(64, 96, CV_8UC3, cv::Scalar(153, 0, 0)), 0);
  ASSERT_EQ(half.size(), 1u);
  EXPECT_NEAR(half[0].score, std::sqrt(0.81 * 0.6), 1e-6);
}

TEST(Yunet, LeavesOutTheWeakTheSmallAndTheDouble) {
  Scratch folder;
  const std::vector<float> points(10, 0), box = {0.5f, 0.5f, 1, 1};
  const std::vector<Cell> cells = {
      {8, 1, 1, 0.9f, 0.9f, box, points},   // 21.7 pixels at (12, 12)
      {8, 1, 2, 0.8f, 0.8f, box, points},   // overlaps it by 0.46
      {8, 6, 9, 0.5f, 0.5f, box, points},   // weak
      {16, 2, 4, 0.7f, 0.7f, box, points},  // 43.5 pixels at (72, 40)
  };
  DetectorConfig config = yunet(folder, yunet_graph({96, 64}, cells));
  const auto scores = [&] {
    std::vector<double> out;
    for (const Face& face : make_face_detector(config, 1)->detect(blue_frame({96, 64}), 0)) out.push_back(face.score);
    return out;
  };
  EXPECT_THAT(scores(), ::testing::ElementsAre(::testing::DoubleNear(0.9, 1e-6), ::testing::DoubleNear(0.7, 1e-6)));
  config.overlap = 0.6, config.score = 0.4;
  EXPECT_EQ(scores().size(), 4u);
  config.least = 0.5;
  EXPECT_EQ(scores().size(), 1u);
}

TEST(Yunet, NumbersThatAreNoneMakeNoFace) {
  Scratch folder;
  Cell bad = kFaceCell;
  bad.box[0] = NAN;
  EXPECT_TRUE(make_face_detector(yunet(folder, yunet_graph({96, 64}, {bad})), 1)->detect(blue_frame({96, 64}), 0).empty());
  bad = kFaceCell, bad.box[3] = 500;
  for (const Face& face : make_face_detector(yunet(folder, yunet_graph({96, 64}, {bad})), 1)->detect(blue_frame({96, 64}), 0))
    EXPECT_TRUE(std::isfinite(face.size.height));
}

TEST(Yunet, RefusesOtherFiles) {
  Scratch folder;
  const auto message = [](const DetectorConfig& config) { return message_of([&] { make_face_detector(config, 1); }); };
  DetectorConfig config;
  config.kind = "yunet";
  EXPECT_THAT(message(config), HasSubstr("detector.file"));
  EXPECT_THAT(message(yunet(folder, "no network")), HasSubstr("yunet"));
  EXPECT_THAT(message(yunet(folder, tiny_onnx::identity({1, 3, 64, 96}, {1, 3, 64, 96}))),
              AllOf(HasSubstr("no YuNet"), HasSubstr("cls_8"), HasSubstr("out float[1,3,64,96]")));
  EXPECT_THAT(message(yunet(folder, tiny_onnx::identity({1, 1, 64, 96}, {1, 1, 64, 96}))), HasSubstr("[1,3,H,W]"));
  EXPECT_THAT(message(yunet(folder, yunet_graph({100, 64}, {}))), HasSubstr("100x64"));
  // An open size whose answers do not fit the frame.
  const DetectorConfig open = yunet(folder, yunet_graph({96, 64}, {}, true));
  EXPECT_THAT(message_of([&] {
                make_face_detector(open, 1)->detect(blue_frame({256, 256}), 0);
              }),
              AllOf(HasSubstr("cls_8"), HasSubstr("32x32")));
}

// --- landmarks

TEST(Landmarks, TheFiveAreMeansOfThoseListed) {
  LandmarkConfig config;
  config.left_eye = {0, 1}, config.right_eye = {2}, config.nose = {3}, config.left_mouth = {4}, config.right_mouth = {5};
  config.numbers = 3;
  const std::vector<float> values = {0.1f, 0.2f, 9, 0.3f, 0.4f, 9, 0.7f, 0.3f, 9, 0.5f, 0.5f, 9, 0.4f, 0.8f, 9, 0.6f, 0.8f, 9};
  const std::vector<cv::Point2d> points = five_points(all_points(values, config, {64, 32}), config, "net");
  ASSERT_EQ(points.size(), 5u);
  EXPECT_NEAR(points[0].x, 0.2, 1e-6);
  EXPECT_NEAR(points[0].y, 0.3, 1e-6);
  EXPECT_NEAR(points[4].x, 0.6, 1e-6);
  config.unit = "pixels";
  EXPECT_NEAR(five_points(all_points(values, config, {64, 32}), config, "net")[3].y, 0.8 / 32, 1e-6);
  config.nose = {6};
  EXPECT_THAT(message_of([&] {
                five_points(all_points(values, config, {64, 32}), config, "net");
              }),
              AllOf(HasSubstr("net"), HasSubstr("6 points")));
}

TEST(Landmarks, AreInTheFrameWhereTheNetworkSawThem) {
  if (!has_cascades()) GTEST_SKIP() << message_of([] { find_cascade({}); });
  // A network that always answers with the template, turned by a quarter of its size about the middle of its picture.
  Scratch folder;
  std::vector<float> answer;
  for (const cv::Point2d& point : face_template()) {
    answer.push_back(static_cast<float>(0.5 + 0.8 * (point.x - 0.5)));
    answer.push_back(static_cast<float>(0.5 + 0.8 * (point.y - 0.5)));
  }
  using namespace tiny_onnx;
  write_file(folder / "points.onnx",
             model(port(11, "in", {1, 3, 64, 64}) + node("GlobalAveragePool", {"in"}, "mean") +
                       node("Sub", {"mean", "mean"}, "none") + weights("one", {1, 3, 1, 1}, {0, 0, 0}) +
                       node("Conv", {"none", "one"}, "zero") + weights("answer", {1, 1, 1, 10}, answer) +
                       node("Add", {"answer", "zero"}, "points") + port(12, "points", {1, 1, 1, 10}),
                   ""));
  DetectorConfig config;
  config.kind = "landmarks";
  LandmarkConfig& landmarks = config.landmarks;
  landmarks.network.model = (folder / "points.onnx").string();
  landmarks.left_eye = {0}, landmarks.right_eye = {1}, landmarks.nose = {2}, landmarks.left_mouth = {3},
  landmarks.right_mouth = {4};
  const DrawnHead person = drawn_head();
  const cv::Mat frame = frame_with(person.picture, {640, 360}, {200, 60}, 1);
  const std::vector<Face> plain = make_face_detector({})->detect(frame, 0),
                          faces = make_face_detector(config, 1)->detect(frame, 0);
  ASSERT_EQ(plain.size(), 1u);
  ASSERT_EQ(faces.size(), 1u);
  ASSERT_EQ(faces[0].points.size(), 5u);
  const FacePose square = pose_of(plain[0], {}), pose = pose_of(faces[0], {});
  EXPECT_NEAR(pose.side, 0.8 * square.side, 1e-3);
  EXPECT_NEAR(pose.centre.x, square.centre.x, 1e-3);
  EXPECT_NEAR(pose.centre.y, square.centre.y, 1e-3);
  EXPECT_NEAR(pose.degrees, 0, 1e-3);
  landmarks.nose = {7};
  EXPECT_THAT(message_of([&] { make_face_detector(config, 1)->detect(frame, 0); }), HasSubstr("points.onnx"));
  landmarks.network.output = "else";
  EXPECT_THAT(message_of([&] { make_face_detector(config, 1); }), AllOf(HasSubstr("'else'"), HasSubstr("points")));
  landmarks.network.model = "";
  EXPECT_THAT(message_of([&] { make_face_detector(config, 1); }), HasSubstr("landmarks.network.model"));
  landmarks.left_eye = {};
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("at least one"));
}

// --- boxes

TEST(BoxFile, ReadsBothKinds) {
  Scratch folder;
  write_file(folder / "b.csv", "frame, x,y,w,h,score\r\n0,10,20,30,40,0.5\n\n7,1.5,2.5,3,4,1\n0,100,20,30,40,0.7\n");
  write_file(folder / "b.json",
             R"([{"frame":0,"x":10,"y":20,"w":30,"h":40,"score":0.5},
                 {"frame":7,"x":1.5,"y":2.5,"w":3,"h":4,"points":[[1,2],[3,4],[5,6],[7,8],[9,10]]},
                 {"h":40,"frame":0,"x":100,"y":20,"w":30,"score":0.7}])");
  for (const char* name : {"b.csv", "b.json"}) {
    DetectorConfig config;
    config.kind = "boxes", config.file = (folder / name).string();
    const auto detector = make_face_detector(config);
    const cv::Mat frame(64, 64, CV_8UC3, cv::Scalar::all(0));
    const std::vector<Face> first = detector->detect(frame, 0);
    ASSERT_EQ(first.size(), 2u) << name;
    EXPECT_EQ(first[0].score, 0.7);
    EXPECT_EQ(box_of(first[1]), cv::Rect2d(10, 20, 30, 40));
    EXPECT_TRUE(detector->detect(frame, 1).empty());
    ASSERT_EQ(detector->detect(frame, 7).size(), 1u);
    EXPECT_EQ(detector->detect(frame, 7)[0].centre, cv::Point2d(3, 4.5));
  }
  EXPECT_EQ(read_boxes(folder / "b.json").at(7)[0].points[4], cv::Point2d(9, 10));
}

TEST(BoxFile, TheHostsLocaleDoesNotMatter) {
  Scratch folder;
  write_file(folder / "b.csv", "frame,x,y,w,h\n7,1.5,2.5,3,4\n");
  write_file(folder / "b.json", R"([{"frame":7,"x":1.5,"y":2.5,"w":3,"h":4}])");
  check_in_odd_locales([&] {
    for (const char* name : {"b.csv", "b.json"})
      EXPECT_EQ(read_boxes(folder / name).at(7)[0].centre, cv::Point2d(3, 4.5)) << name;
  });
}

TEST(BoxFile, MistakesNameTheLine) {
  Scratch folder;
  const struct {
    const char *name, *text, *says;
  } cases[] = {
      {"b.csv", "frame,x,y,w\n", "allowed: frame,x,y,w,h"},
      {"b.csv", "frame,x,y,w,height\n", "unknown column 'height'"},
      {"b.csv", "frame,x,y,w,h\n0,1,2,3\n", "b.csv:2: 4 numbers for 5 columns"},
      {"b.csv", "frame,x,y,w,h\n0,1,2,3,4\n1,1,2,3,x\n", "b.csv:3: 'x' is no number"},
      {"b.csv", "frame,x,y,w,h\n0,1,2,3,nan\n", "is no number"},
      {"b.csv", "frame,x,y,w,h\n0,1,2,0,4\n", "b.csv:2: the box"},
      {"b.csv", "frame,x,y,w,h\n0.5,1,2,3,4\n", "frame 0.5"},
      {"b.csv", "frame,x,y,w,h,score\n0,1,2,3,4,7\n", "score 7"},
      {"b.csv", "", "allowed: frame,x,y,w,h"},
      {"b.json", "{", "no JSON list"},
      {"b.json", "{}", "no JSON list"},
      {"b.json", "[7]", "entry 0 is no object"},
      {"b.json", R"([{"frame":0,"x":1,"y":1,"w":2}])", "entry 0: no h"},
      {"b.json", R"([{"frame":0,"x":"1","y":1,"w":2,"h":2}])", "x is no number"},
      {"b.json", R"([{"frame":0,"x":1,"y":1,"w":2,"h":2,"z":1}])", "'z'"},
      {"b.json", R"([{"frame":0,"x":1,"y":1,"w":2,"h":2,"points":[[1,2]]}])", "points are"},
      {"b.txt", "", ".csv or .json"},
  };
  for (const auto& one : cases) {
    write_file(folder / one.name, one.text);
    EXPECT_THAT(message_of([&] { read_boxes(folder / one.name); }), AllOf(HasSubstr(one.name), HasSubstr(one.says)))
        << one.text;
  }
  EXPECT_THAT(message_of([&] { read_boxes(folder / "none.csv"); }), HasSubstr("no such file"));
}

}  // namespace
}  // namespace facemat
