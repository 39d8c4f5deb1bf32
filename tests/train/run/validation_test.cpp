#include "train/run/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "eval/metrics/metrics.h"
#include "src/image/pixels.h"
#include "src/model/networks/models.h"
#include "tests/train/counting_network.h"
#include "tests/train/tiny_run.h"
#include "train/feed/batch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

const torch::Device kCpu(torch::kCPU);

// Clips of `frames` frames of 4x4 pixels whose alpha is 0.1 t in frame t, but 1 in the first pixel; the trimap is unknown in
// the first pixel of the first clip.
DatasetSplit hand_made(std::vector<int> lengths) {
  return {lengths, [lengths](int64_t index, int64_t) {
            Clip clip;
            clip.name = std::to_string(index);
            for (int t = 0; t < lengths[index]; ++t) {
              clip.images.emplace_back(4, 4, CV_8UC3, cv::Scalar::all(0));
              clip.alphas.emplace_back(4, 4, CV_32FC1, cv::Scalar(0.1 * t));
              clip.alphas.back().at<float>(0, 0) = 1;
              clip.trimaps.emplace_back(4, 4, CV_8UC1, cv::Scalar(0));
              if (index == 0) clip.trimaps.back().at<uint8_t>(0, 0) = 128;
            }
            return clip;
          }};
}

std::map<std::string, double> figures(const std::vector<std::string>& regions, std::vector<int> lengths) {
  const DatasetSplit split = hand_made(std::move(lengths));
  ValidationSet settings;
  settings.name = "real", settings.regions = regions;
  CountingNetwork network;
  const auto alone = single_process();
  auto found = validate(network, {settings, &split, split.size()}, split.size(), kCpu, *alone);
  EXPECT_EQ(network.most_frames(), 1) << "frames are given one by one";
  return found;
}

TEST(Validation, StatesGoFromFrameToFrameAndStartAnewWithEachClip) {
  const auto found = figures({"whole"}, {3, 2});
  // Only the first pixel is wrong, by 1 - 0.1 t, as bytes: frames 0, 1, 2 and 0, 1.
  const double wrong = (255 + 229 + 204 + 255 + 229) / 255.0 / 1000 / 5;
  EXPECT_NEAR(found.at("real.sad"), wrong, 1e-9);
}

TEST(Validation, RegionsHaveFiguresOfTheirOwn) {
  const auto found = figures({"whole", "unknown"}, {1, 1});
  EXPECT_NEAR(found.at("real.sad"), 1e-3, 1e-9);
  EXPECT_NEAR(found.at("real.sad_unknown"), 0.5e-3, 1e-9) << "the second clip has no unknown pixel: perfect, by the table";
  EXPECT_NEAR(found.at("real.mse_unknown"), 1e3 / 2, 1e-6);
}

TEST(Validation, AFrameWithoutThatRegionMayNotCount) {
  const auto found = figures({"transparent"}, {1});  // alpha 0 and 1 alone
  EXPECT_TRUE(std::isnan(found.at("real.sad_transparent")));
}

TEST(Validation, SeesWhatAWholeClipWouldGive) {
  const auto network = make_model(tiny_teacher().model, Rng(1));
  network->eval();
  const torch::NoGradGuard no_grad;
  const auto frames = torch::rand({1, 3, 3, 32, 32});
  const auto whole = network->forward(frames).alpha;
  States states;
  for (int64_t t = 0; t < 3; ++t) {
    const Prediction one = network->forward(frames.narrow(1, t, 1), states);
    states = one.states;
    EXPECT_LT((one.alpha - whole.narrow(1, t, 1)).abs().max().item<double>(), 1e-5);
  }
}

TEST(Validation, SetsMustFit) {
  TrainConfig config = tiny_teacher();
  ValidationSet set;
  set.name = "real", set.regions = {"whole", "unknown"};
  config.validate_on = {set};
  config.best_by = "sad";
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("there is no figure 'sad' (known: real.sad, "));
  config.best_by = "real.sad_unknown";
  EXPECT_EQ(message_of([&] { check(config); }), "no error");
  EXPECT_TRUE(lower_is_better(config, "real.sad_unknown"));
  EXPECT_FALSE(lower_is_better(config, "real.iou"));
  config.validate_on.push_back(set);
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("two sets are called 'real'"));
  config.validate_on.pop_back();
  config.validate_on[0].regions = {"mask"};
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("'mask' is given to 'facemat eval'"));
  config.validate_on[0].regions = {"unknwon"};
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("unknown region 'unknwon'"));
  config.validate_on[0].regions = {};
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("has no regions"));
}

}  // namespace
}  // namespace facemat
