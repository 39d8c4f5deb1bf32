// Checkpoints behind the interface that everything is judged by, and what their networks are given beside the frames.
#include "eval/judge/checkpoint_predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "src/core/file.h"
#include "src/image/trimap.h"
#include "src/model/networks/models.h"
#include "src/runtime/predictors/augment.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

namespace fs = std::filesystem;

// A small network of that name with random weights, as a file.
fs::path checkpoint_of(const Scratch& scratch, const std::string& network) {
  ModelConfig config;
  config.network = network, config.width = 0.125;
  const fs::path file = scratch / (network + ".safetensors");
  write_file(file, encode_model(*make_model(config, Rng(3)), config, {{"polarity", "visible_face"}}));
  return file;
}

cv::Mat ramp() {
  cv::Mat frame(64, 64, CV_8UC3);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) frame.at<cv::Vec3b>(y, x) = cv::Vec3b(uint8_t(4 * x), uint8_t(3 * y), 100);
  return frame;
}

FrameGuides halves() {
  FrameGuides guides;
  guides.trimap = cv::Mat(64, 64, CV_8UC1, cv::Scalar(0));
  guides.trimap.colRange(24, 40).setTo(kUnknown);
  guides.trimap.colRange(40, 64).setTo(255);
  return guides;
}

cv::Mat mirrored(const cv::Mat& picture) {
  cv::Mat out;
  cv::flip(picture, out, 1);
  return out;
}

TEST(CheckpointPredictors, SayWhatTheirNetworksAreGiven) {
  const Scratch scratch;
  EXPECT_THAT(needed_by(CheckpointPredictor(checkpoint_of(scratch, "modnet")).wishes()), testing::ElementsAre());
  const CheckpointPredictor dim(checkpoint_of(scratch, "dim"));
  EXPECT_THAT(needed_by(dim.wishes()), testing::ElementsAre("trimap"));
  EXPECT_FALSE(dim.remembers());
  EXPECT_THAT(needed_by(CheckpointPredictor(checkpoint_of(scratch, "background_matting")).wishes()),
              testing::ElementsAre("background", "segmentation"));
  EXPECT_TRUE(CheckpointPredictor(checkpoint_of(scratch, "rvm_mobilenetv3")).remembers());
}

TEST(CheckpointPredictors, NeedTheirGuidesAndShowThemToTheNetwork) {
  const Scratch scratch;
  const fs::path file = checkpoint_of(scratch, "dim");
  CheckpointPredictor predictor(file);
  EXPECT_THAT(message_of([&] { predictor.predict(ramp()); }), testing::HasSubstr("trimap"));
  const cv::Mat alpha = predictor.predict_given(ramp(), halves()).alpha;
  EXPECT_EQ(alpha.size(), cv::Size(64, 64));

  const TrainedModel model = load_model(file);
  cv::Mat rgb;
  cv::cvtColor(ramp(), rgb, cv::COLOR_BGR2RGB);
  const auto frame = torch::from_blob(rgb.data, {1, 64, 64, 3}, torch::kUInt8).permute({0, 3, 1, 2}).to(torch::kFloat32) / 255;
  Guides guides;
  guides.trimap = torch::zeros({1, 1, 64, 64});
  guides.trimap.narrow(-1, 24, 16).fill_(0.5);
  guides.trimap.narrow(-1, 40, 24).fill_(1);
  const torch::NoGradGuard no_grad;
  const auto expected = model.network->forward(frame.contiguous(), guides, {}, 1).alpha.clamp(0, 1).contiguous();
  const cv::Mat plane(64, 64, CV_32FC1, expected.data_ptr<float>());
  EXPECT_LT(cv::norm(alpha, plane, cv::NORM_INF), 1e-5);
}

// Mirroring a frame with its guides mirrors the mean over both, so guides go where the frame goes.
TEST(CheckpointPredictors, AreAugmentedWithTheirGuides) {
  const Scratch scratch;
  const fs::path file = checkpoint_of(scratch, "dim");
  AugmentConfig config;
  config.flip = true, config.scales = {0.5, 1};
  const auto four = augmented([&] { return std::make_unique<CheckpointPredictor>(file); }, config);
  const cv::Mat alpha = four->predict_given(ramp(), halves()).alpha;
  FrameGuides other;
  other.trimap = mirrored(halves().trimap);
  EXPECT_LT(cv::norm(mirrored(four->predict_given(mirrored(ramp()), other).alpha), alpha, cv::NORM_INF), 1e-5);
  EXPECT_GT(cv::norm(four->predict_given(ramp(), other).alpha, alpha, cv::NORM_INF), 0) << "the trimap says something";
}

}  // namespace
}  // namespace facemat
