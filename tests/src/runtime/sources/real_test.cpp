// The alpha sources with real networks on real photographs.

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "src/runtime/sources/alpha_source.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

namespace fs = std::filesystem;

const fs::path kConfigs = fs::path(FACEMAT_SOURCE_DIR) / "configs/sources";

struct Photograph {
  std::string name;
  cv::Mat picture, face;  // CV_8UC3; CV_8UC1, 255 = visible face
};

std::vector<Photograph> photographs(const fs::path& faces) {
  std::vector<Photograph> out;
  for (const fs::path& file : list_files(faces / "images", {".jpg"})) {
    const std::string name = file.stem().string();
    out.push_back({name, read_image(file), read_mask(faces / "masks" / (name + ".png")) > 0.5f});
  }
  return out;
}

double share(const cv::Mat& marked, const cv::Mat& where) {
  return 1.0 * cv::countNonZero(marked & where) / std::max(1, cv::countNonZero(where));
}

// The upper corners, where no face is: mostly background.
cv::Mat corners(cv::Size size) {
  cv::Mat out(size, CV_8UC1, cv::Scalar(0));
  out(cv::Rect(0, 0, size.width / 8, size.height / 8)).setTo(255);
  out(cv::Rect(size.width - size.width / 8, 0, size.width / 8, size.height / 8)).setTo(255);
  return out;
}

TEST(PortraitSegmentation, FindsThePersonTheFaceBelongsTo) {
  const auto faces = test_data("faces"), models = test_data("segmentation");
  if (!faces || !models) GTEST_SKIP() << "the photographs and networks are not here (set FACEMAT_TEST_DATA)";
  const fs::path model = *models / "SINet_Softmax_simple.onnx";
  if (!fs::exists(model)) GTEST_SKIP() << "no " << model;
  const auto source = open_alpha_source(kConfigs / "portrait_segmentation.yaml", {"network.model=" + model.string()}, 2);
  const std::vector<Photograph> all = photographs(*faces);
  ASSERT_GE(all.size(), 10u);
  double background = 0;
  for (const Photograph& one : all) {
    source->reset();
    const cv::Mat person = source->predict(one.picture).alpha > 0.5f;
    EXPECT_GT(share(person, one.face), 0.97) << one.name;
    EXPECT_GT(cv::countNonZero(person), 1.5 * cv::countNonZero(one.face)) << one.name << ": a person is more than the face";
    background += share(person, corners(person.size())) / static_cast<double>(all.size());
  }
  EXPECT_LT(background, 0.35);
}

std::optional<std::string> depth_model() {
  const auto folder = test_data("depth");
  if (!folder || !fs::exists(*folder / "tcmonodepth_tcsmallnet_192x320.onnx")) return std::nullopt;
  return "network.model=" + (*folder / "tcmonodepth_tcsmallnet_192x320.onnx").string();
}

TEST(DepthNetwork, FacesAreNearerThanWhatIsBehindThem) {
  const auto faces = test_data("faces");
  const auto model = depth_model();
  if (!faces || !model) GTEST_SKIP() << "the photographs and networks are not here (set FACEMAT_TEST_DATA)";
  const AlphaSourceConfig config = load_alpha_source(kConfigs / "depth_soft.yaml", {*model});
  ForeignNetwork network(config.network, 2);
  ASSERT_TRUE(config.depth.depth_is_inverse);
  for (const Photograph& one : photographs(*faces)) {
    const cv::Mat map = network.run(one.picture);
    ASSERT_EQ(map.size(), one.picture.size());
    const double face = cv::mean(map, one.face)[0], behind = cv::mean(map, corners(map.size()) & ~one.face)[0];
    EXPECT_GT(face, behind + 0.1) << one.name;  // larger is nearer; values lie between 0 and about 1.4
  }
}

TEST(DepthNetwork, TheMendedFormLeavesBareFacesAlone) {
  const auto faces = test_data("faces");
  const auto model = depth_model();
  if (!faces || !model) GTEST_SKIP() << "the photographs and networks are not here (set FACEMAT_TEST_DATA)";
  const auto source = open_alpha_source(kConfigs / "depth_soft.yaml", {*model}, 2);
  const AlphaSourceConfig config = load_alpha_source(kConfigs / "depth_soft.yaml");
  double covered = 0;
  const std::vector<Photograph> all = photographs(*faces);
  for (const Photograph& one : all) {
    source->reset();
    const cv::Mat face = one.face & face_region(config.region, one.picture.size());
    const cv::Mat alpha = source->predict(one.picture).alpha;
    covered += (1 - cv::mean(alpha, face)[0]) / static_cast<double>(all.size());
    EXPECT_EQ(cv::countNonZero((alpha > 0) & ~face_region(config.region, one.picture.size())), 0) << one.name;
  }
  EXPECT_LT(covered, 0.01);
}

TEST(DepthNetwork, ThePublishedFormTakesTheBackgroundForTheOccluder) {
  const auto faces = test_data("faces");
  const auto model = depth_model();
  if (!faces || !model) GTEST_SKIP() << "the photographs and networks are not here (set FACEMAT_TEST_DATA)";
  const auto source = open_alpha_source(kConfigs / "depth_hard_published.yaml", {*model}, 2);
  double face = 0, behind = 0;
  const std::vector<Photograph> all = photographs(*faces);
  for (const Photograph& one : all) {
    source->reset();
    const cv::Mat alpha = source->predict(one.picture).alpha;
    face += cv::mean(alpha, one.face)[0] / static_cast<double>(all.size());
    behind += cv::mean(alpha, corners(alpha.size()) & ~one.face)[0] / static_cast<double>(all.size());
  }
  EXPECT_GT(face, 0.7);  // by two wrongs: far is "near", and the near face stays visible
  EXPECT_LT(behind, 0.1);
}

}  // namespace
}  // namespace facemat
