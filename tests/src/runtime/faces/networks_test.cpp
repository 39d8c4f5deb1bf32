// Published networks on real photographs: YuNet and the 468 landmarks, and the crop rule by which the photographs were cut out.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "src/image/codec.h"
#include "src/image/transform.h"
#include "src/runtime/faces/detector.h"
#include "src/runtime/faces/face_matter.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

constexpr size_t kPhotographs = 40;

struct Photograph {
  std::string name;
  cv::Mat picture, mask;  // CV_8UC3; CV_32FC1
};

std::string what_is_missing() {
  if (!test_data("real")) return "the real photographs are not here (set FACEMAT_TEST_DATA)";
  return test_data("annotators") ? "" : "the annotators' networks are not here (set FACEMAT_TEST_DATA)";
}

const std::vector<Photograph>& photographs() {
  static const std::vector<Photograph> all = [] {
    std::vector<Photograph> out;
    const fs::path root = *test_data("real");
    const auto rows = read_table(root / "manifest.tsv");
    for (size_t i = 0; i < kPhotographs; ++i) {
      const auto& row = rows[i * rows.size() / kPhotographs];
      const fs::path folder = root / row.at("folder");
      out.push_back({row.at("name"), read_image(folder / "images" / (row.at("name") + ".jpg")),
                     read_mask(folder / "masks" / (row.at("name") + ".png"))});
    }
    return out;
  }();
  return all;
}

DetectorConfig yunet() {
  DetectorConfig config;
  config.kind = "yunet";
  config.file = (*test_data("annotators") / "yunet_n_320_320.onnx").string();
  config.margin = 0.15;
  return config;
}

LandmarkConfig mesh() {
  LandmarkConfig config;
  config.network.model = (*test_data("annotators") / "face_landmark_468.onnx").string();
  config.network.output = "points", config.score = "score", config.unit = "pixels", config.numbers = 3;
  config.face_share = 1 / 1.5, config.refine = 2, config.level = {33, 263}, config.beyond = "black", config.faces = "yunet";
  config.left_eye = {33, 133}, config.right_eye = {362, 263}, config.nose = {4}, config.left_mouth = {61};
  config.right_mouth = {291};
  return config;
}

// The rule of configs/annotators/selfie_multiclass.yaml.
CropConfig portrait() {
  CropConfig config;
  config.align = "upright", config.face_share = 1 / 1.75, config.face_at = 0.54, config.outside = 0.15;
  config.tightest = 0.8, config.border = "mirror";
  return config;
}

// The largest face found; nothing if there is none.
const Face* largest(const std::vector<Face>& faces) {
  const Face* best = nullptr;
  for (const Face& face : faces)
    if (best == nullptr || face.size.area() > best->size.area()) best = &face;
  return best;
}

TEST(YunetOnPhotographs, FindsTheFaceOfEachAndWhereItsPointsAre) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  const auto detector = make_face_detector(yunet(), 1);
  int found = 0, inside = 0, level = 0;
  double height = 0;
  for (const Photograph& one : photographs()) {
    const std::vector<Face> faces = detector->detect(one.picture, 0);
    const Face* face = largest(faces);
    if (face == nullptr) continue;
    ++found;
    const cv::Rect2d mask = bounding_box(one.mask, 0.5f);
    height += face->size.height / mask.height;
    ASSERT_EQ(face->points.size(), kFacePoints) << one.name;
    bool all_inside = true;
    for (const cv::Point2d& point : face->points) all_inside &= mask.contains(point);
    inside += all_inside;
    level += std::abs(face->degrees) < 30 && face->points[0].x < face->points[1].x;
  }
  std::printf("found %d of %zu; points within the mask's box %d; level %d; box to mask, in height %.3f\n", found,
              photographs().size(), inside, level, height / found);
  EXPECT_GE(found, static_cast<int>(kPhotographs) - 1);
  EXPECT_GE(inside, 0.9 * found);
  EXPECT_GE(level, 0.95 * found);
  EXPECT_NEAR(height / found, 1, 0.12);
}

// The photographs were cut out by this rule, many of them tightened at the border of what they were cut from: the crop of a
// face in one of them is the photograph or up to 1.75 / 1.25 times as large, and its middle is the photograph's.
TEST(YunetOnPhotographs, TheCropRuleGivesThePicturesBack) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  const auto detector = make_face_detector(yunet(), 1);
  double within = 0, least = 9, off = 0, count = 0;
  for (const Photograph& one : photographs()) {
    const std::vector<Face> faces = detector->detect(one.picture, 0);
    const Face* face = largest(faces);
    if (face == nullptr) continue;
    const FacePose pose = pose_of(*face, portrait());
    const double whole = one.picture.cols, ratio = pose.side / whole;
    within += ratio > 0.93 && ratio < 1.05 * 1.75 / 1.25, least = std::min(least, ratio), ++count;
    off += std::abs(pose.centre.y - whole / 2) / whole;
  }
  std::printf("crops of a size that the rule allows: %.3f, the smallest %.3f of its picture; middle off by %.3f of the side\n",
              within / count, least, off / count);
  EXPECT_GE(within / count, 0.9);
  EXPECT_GT(least, 0.9);
  EXPECT_LT(off / count, 0.02);
}

TEST(LandmarksOnPhotographs, LieOnTheFace) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  const auto detector = make_face_detector(yunet(), 1);
  LandmarkNetwork network(mesh(), 1);
  double score = 0, share = 0, count = 0, nose = 0, worst = 1;
  for (const Photograph& one : photographs()) {
    const std::vector<Face> faces = detector->detect(one.picture, 0);
    const Face* face = largest(faces);
    if (face == nullptr) continue;
    const Landmarks found = network.find(one.picture, *face);
    ASSERT_EQ(found.points.size(), 468u);
    int inside = 0;
    for (const cv::Point2d& p : found.points) {
      const cv::Point at(static_cast<int>(std::floor(p.x)), static_cast<int>(std::floor(p.y)));
      inside += cv::Rect({}, one.mask.size()).contains(at) && one.mask.at<float>(at) > 0.5f;
    }
    score += found.score, share += inside / 468.0, ++count;
    worst = std::min(worst, found.score);
    nose += cv::norm(found.points[4] - face->points[2]) / face->size.height;
  }
  std::printf("score %.3f (least %.3f); %.3f of the points lie in the mask; nose %.3f of the face's height from YuNet's\n",
              score / count, worst, share / count, nose / count);
  EXPECT_GT(score / count, 0.9);
  EXPECT_GT(share / count, 0.85);
  EXPECT_LT(nose / count, 0.06);
}

TEST(LandmarksOnPhotographs, AlignCropsAsTheDetectorDoes) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  DetectorConfig config = yunet();
  config.kind = "landmarks", config.landmarks = mesh();
  const auto by_points = make_face_detector(config, 1), by_box = make_face_detector(yunet(), 1);
  double off = 0, turned = 0, count = 0;
  for (const Photograph& one : photographs()) {
    const std::vector<Face> a = by_points->detect(one.picture, 0), b = by_box->detect(one.picture, 0);
    ASSERT_EQ(a.size(), b.size());
    const Face *with = largest(a), *without = largest(b);
    if (with == nullptr) continue;
    const FacePose p = pose_of(*with, {}), q = pose_of(*without, {});
    off += cv::norm(p.centre - q.centre) / q.side, turned += std::abs(p.degrees - q.degrees), ++count;
  }
  std::printf("aligned by 468 points against YuNet's five: %.3f of the side and %.2f degrees apart\n", off / count,
              turned / count);
  EXPECT_LT(off / count, 0.05);
  EXPECT_LT(turned / count, 4);
}

// What the runtime shows a network is what `label` cut out for it, but for how pixels are resampled.
class Looker : public Predictor {
 public:
  explicit Looker(cv::Mat& seen) : seen_(seen) {}
  Matte predict(const cv::Mat& frame) override {
    seen_ = frame.clone();
    return {cv::Mat(frame.size(), CV_32FC1, cv::Scalar(0)), {}};
  }
  void reset() override {}

 private:
  cv::Mat& seen_;
};

TEST(YunetOnPhotographs, TheRuntimeSeesFacesByTheSameRule) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  const Photograph& one = photographs()[0];
  FaceConfig config;
  config.detector = yunet(), config.crop = portrait(), config.crop.side = 256;
  cv::Mat seen;
  FaceMatter matter(config, [&] { return std::make_unique<Looker>(seen); });
  matter.predict(one.picture);
  ASSERT_EQ(matter.faces().size(), 1u);
  const std::vector<Face> faces = make_face_detector(yunet(), 1)->detect(one.picture, 0);
  const FacePose wanted = framed(faces.at(0), portrait(), one.picture.size()).pose;
  EXPECT_EQ(matter.faces()[0].pose.side, wanted.side);
  EXPECT_EQ(matter.faces()[0].pose.degrees, 0);
  EXPECT_EQ(cv::norm(seen, crop_of(one.picture, wanted, 256, Beyond::kMirrored), cv::NORM_INF), 0);
}

}  // namespace
}  // namespace facemat
