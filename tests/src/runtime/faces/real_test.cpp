// Faces in photographs: how many are found, how they lie in their crops, and whether they are followed when they move.

#include <gtest/gtest.h>

#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "data/procedural/faces/face.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "src/image/transform.h"
#include "src/runtime/faces/cascade.h"
#include "src/runtime/faces/face_matter.h"
#include "src/runtime/sources/face_region.h"
#include "tests/support/scratch.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

struct Photograph {
  std::string name;
  cv::Mat picture, mask;  // CV_8UC3; CV_32FC1, 1 = visible face
  cv::Rect2d face;        // of the mask
};

std::vector<Photograph> photographs() {
  std::vector<Photograph> out;
  const auto folder = test_data("faces");
  if (!folder) return out;
  for (const fs::path& file : list_files(*folder / "images", {".jpg"})) {
    const std::string name = file.stem().string();
    const cv::Mat mask = read_mask(*folder / "masks" / (name + ".png"));
    out.push_back({name, read_image(file), mask, bounding_box(mask, 0.5f)});
  }
  return out;
}

std::string what_is_missing() {
  if (!test_data("faces")) return "the photographs are not here (set FACEMAT_TEST_DATA)";
  const std::string message = message_of([] { find_cascade({}); });
  return message == "no error" ? "" : message;
}

cv::Point2d middle(const cv::Rect2d& box) { return {box.x + box.width / 2, box.y + box.height / 2}; }

bool is_at(const Face& face, const Photograph& photograph) {
  const double height = photograph.face.height;
  return cv::norm(face.centre - middle(photograph.face)) < 0.3 * height && std::abs(std::log(face.size.height / height)) < 0.6;
}

struct Finds {
  int photographs = 0, found = 0, elsewhere = 0;
};

Finds finds_of(const DetectorConfig& config) {
  Finds out;
  const auto detector = make_face_detector(config, 1);
  for (const Photograph& one : photographs()) {
    ++out.photographs;
    bool found = false;
    for (const Face& face : detector->detect(one.picture, 0)) {
      if (is_at(face, one))
        found = true;
      else
        ++out.elsewhere;
    }
    out.found += found;
  }
  return out;
}

TEST(CascadeOnPhotographs, FindsThem) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  DetectorConfig config;
  for (const char* tilted : {"never", "if_none", "always"}) {
    config.tilted = tilted;
    const Finds finds = finds_of(config);
    std::printf("%s: %d of %d found, %d elsewhere\n", tilted, finds.found, finds.photographs, finds.elsewhere);
    EXPECT_GE(finds.found, config.tilted == "never" ? 0.75 * finds.photographs : 0.95 * finds.photographs);
    EXPECT_LE(finds.elsewhere, config.tilted == "always" ? 1 : 0);
  }
}

// What CropConfig::face_share is between.
TEST(TrainingPictures, HoldFacesAbout65PercentHigh) {
  double drawn = 0, photographed = 0;
  constexpr int kDrawn = 24;
  for (uint64_t seed = 0; seed < kDrawn; ++seed)
    drawn += bounding_box(render_face(Rng(seed), Rng(seed + 100), 128, 0).mask, 0.5f).height / 128.0 / kDrawn;
  const std::vector<Photograph> all = photographs();
  for (const Photograph& one : all) photographed += one.face.height / one.mask.rows / static_cast<double>(all.size());
  std::printf("height of the mask in sides of the picture: drawn %.3f, photographs %.3f\n", drawn, photographed);
  EXPECT_NEAR(drawn, CropConfig().face_share, 0.1);
  if (all.empty()) GTEST_SKIP() << what_is_missing();
  EXPECT_NEAR(photographed, CropConfig().face_share, 0.1);
}

TEST(CascadeOnPhotographs, CropsHoldTheFaceAsTheTrainingDataDoes) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  const auto detector = make_face_detector({}, 1);
  double share = 0, height = 0, x = 0, y = 0, count = 0;
  for (const Photograph& one : photographs()) {
    for (const Face& face : detector->detect(one.picture, 0)) {
      if (!is_at(face, one)) continue;
      const FacePose pose = pose_of(face, {});
      const cv::Mat mask = warp(one.mask, frame_to_crop(pose, 256), {256, 256});
      const double scale = 256 / pose.side, inside = cv::sum(mask)[0] / (cv::sum(one.mask)[0] * scale * scale);
      const cv::Rect2d box = bounding_box(mask, 0.5f);
      EXPECT_GT(inside, 0.95) << one.name;
      share += inside, height += box.height / 256, x += middle(box).x / 256, y += middle(box).y / 256, ++count;
    }
  }
  std::printf("in the crop: %.4f of the mask, %.3f high, middle at %.3f %.3f\n", share / count, height / count, x / count,
              y / count);
  EXPECT_GT(share / count, 0.99);
  EXPECT_NEAR(height / count, 0.65, 0.05);
  EXPECT_NEAR(x / count, 0.5, 0.03);
  EXPECT_NEAR(y / count, 0.5, 0.03);
}

// The ellipse of region.shape detected against the mask.
TEST(CascadeOnPhotographs, TheDetectedRegionIsTheFace) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  FaceRegion region;
  region.shape = "detected";
  double covered = 0, overlap = 0, count = 0;
  for (const Photograph& one : photographs()) {
    const cv::Mat found = RegionFinder(region, 1).find(one.picture), face = one.mask > 0.5;
    const double both = cv::countNonZero(found & face);
    covered += both / cv::countNonZero(face), overlap += both / cv::countNonZero(found | face), ++count;
  }
  std::printf("in the region: %.3f of the face; overlap %.3f\n", covered / count, overlap / count);
  EXPECT_GT(covered / count, 0.9);
  EXPECT_GT(overlap / count, 0.65);
}

// Two people before a grey wall, one going right, one left and growing.
struct Scene {
  cv::Mat frame;
  cv::Point2d first, second;  // middles of the faces
};
Scene scene_at(const Photograph& a, const Photograph& b, int i) {
  Scene out{cv::Mat(540, 960, CV_8UC3, cv::Scalar(120, 110, 100)), {}, {}};
  const auto put = [&](const Photograph& one, cv::Point at, int side) {
    resize(one.picture, {side, side}).copyTo(out.frame(cv::Rect(at.x, at.y, side, side)));
    return middle(one.face) * (side / 512.0) + cv::Point2d(at);
  };
  out.first = put(a, {20 + 6 * i, 40 + 2 * i}, 300);
  out.second = put(b, {600 - 4 * i, 200 - i}, 240 + 2 * i);
  return out;
}

class Nothing : public Predictor {
 public:
  Matte predict(const cv::Mat& frame) override { return {cv::Mat(frame.size(), CV_32FC1, cv::Scalar(0)), {}}; }
  void reset() override {}
};

TEST(FacesThatMove, AreFollowedWithTheirIds) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  const std::vector<Photograph> all = photographs();
  FaceConfig config;
  config.crop.side = 64;
  config.track.confirm = 2;
  FaceMatter matter(config, [] { return std::make_unique<Nothing>(); });
  double worst = 0, shaking = 0;
  int hidden = 0;
  std::map<int, cv::Point2d> last;
  for (int i = 0; i < 30; ++i) {
    Scene scene = scene_at(all[15], all[9], i);
    if (i >= 12 && i < 18) {  // a hand over the first face
      cv::rectangle(scene.frame, cv::Rect(cv::Point(scene.first) - cv::Point(60, 40), cv::Size(120, 80)), {60, 90, 140}, -1);
      ++hidden;
    }
    matter.predict(scene.frame);
    if (i < 2) continue;
    ASSERT_EQ(matter.faces().size(), 2u) << i;
    for (const TrackedFace& face : matter.faces()) {
      const bool is_first = cv::norm(face.pose.centre - scene.first) < cv::norm(face.pose.centre - scene.second);
      const cv::Point2d error = face.pose.centre - (is_first ? scene.first : scene.second);
      worst = std::max(worst, cv::norm(error) / face.pose.side);
      if (last.count(face.id)) shaking += cv::norm(error - last[face.id]) / face.pose.side / 54;
      EXPECT_EQ(last.count(face.id), i > 2 ? 1u : 0u) << "a new id";
      last[face.id] = error;
    }
  }
  EXPECT_EQ(last.size(), 2u);
  EXPECT_EQ(hidden, 6);
  std::printf("off by at most %.3f sides of the crop, moving by %.4f a frame against the face\n", worst, shaking);
  EXPECT_LT(worst, 0.12);
  EXPECT_LT(shaking, 0.02);
}

}  // namespace
}  // namespace facemat
