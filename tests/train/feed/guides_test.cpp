#include "train/feed/guides.h"

#include <gtest/gtest.h>

#include "src/image/trimap.h"
#include "train/feed/batch.h"

namespace facemat {
namespace {

constexpr int kSide = 16;

// Two frames: red 150, green 100, blue 50, with guides of their own.
Clip plain_clip() {
  Clip clip;
  clip.name = "000007";
  for (int t = 0; t < 2; ++t) {
    clip.images.emplace_back(kSide, kSide, CV_8UC3, cv::Scalar(50, 100, 150));
    clip.alphas.emplace_back(kSide, kSide, CV_32FC1, cv::Scalar(1));
  }
  return clip;
}

ClipGuides some_guides() {
  ClipGuides guides;
  for (int t = 0; t < 2; ++t) {
    guides.trimap.emplace_back(kSide, kSide, CV_8UC1, cv::Scalar(255 * t));
    guides.hint.emplace_back(kSide, kSide, CV_32FC1, cv::Scalar(0.5));
    guides.background.emplace_back(kSide, kSide, CV_8UC3, cv::Scalar(50, 100, 150));
    guides.segmentation.emplace_back(kSide, kSide, CV_32FC1, cv::Scalar(0.75));
  }
  return guides;
}

TEST(CollateGuides, PutsEveryValueInItsPlace) {
  const std::vector<Clip> clips = {plain_clip(), plain_clip()};
  std::vector<ClipGuides> drawn = {some_guides(), some_guides()};
  drawn[1].trimap[0].at<uint8_t>(3, 5) = kUnknown;
  drawn[1].hint[1].at<float>(3, 5) = 0.25f;
  const Guides guides = collate_guides(drawn, clips);
  const std::vector<int64_t> plane{2, 2, 1, kSide, kSide}, colour{2, 2, 3, kSide, kSide};
  EXPECT_EQ(guides.trimap.sizes().vec(), plane);
  EXPECT_EQ(guides.hint.sizes().vec(), plane);
  EXPECT_EQ(guides.segmentation.sizes().vec(), plane);
  EXPECT_EQ(guides.background.sizes().vec(), colour);
  EXPECT_EQ(guides.trimap[1][0][0][3][5].item<float>(), 0.5f);
  EXPECT_EQ(guides.trimap[0][0][0][3][5].item<float>(), 0);
  EXPECT_EQ(guides.trimap[0][1][0][3][5].item<float>(), 1);
  EXPECT_EQ(guides.hint[1][1][0][3][5].item<float>(), 0.25f);
  EXPECT_EQ(guides.segmentation.mean().item<float>(), 0.75f);
  EXPECT_TRUE(torch::allclose(guides.background[0][0].select(1, 2).select(1, 2), torch::tensor({150, 100, 50}) / 255.f));
  const Guides last = collate_guides({guides_of_frame(drawn[1], 1)}, {clips[1]});
  EXPECT_EQ(last.hint[0][0][0][3][5].item<float>(), 0.25f);
  EXPECT_FALSE(collate_guides({ClipGuides()}, {clips[0]}).trimap.defined());

  Batch batch = collate(clips);
  batch.guides = guides;
  EXPECT_TRUE(torch::equal(batch.to(torch::kCPU).guides.trimap, guides.trimap)) << "they move with the batch";
}

TEST(GuidePlans, HaveWhatTheNetworkNeedsAndLossesLookAt) {
  TrainConfig config;
  config.model.network = "gca";
  config.guides.trimap.fixed = 11;
  config.losses = {{"l1_unknown", 1}};
  const GuidePlan learning = guide_plan(config, passes_of(config)[0]), judging = judging_guide_plan(config);
  EXPECT_EQ(learning.names, std::vector<std::string>{"trimap"});
  EXPECT_FALSE(learning.judging);
  EXPECT_EQ(judging.names, std::vector<std::string>{"trimap"});
  EXPECT_TRUE(judging.judging);
  EXPECT_EQ(judging.config.trimap.fixed, 11);
  config.losses = {{"composition_given", 1}};
  EXPECT_EQ(guide_plan(config, passes_of(config)[0]).names, (std::vector<std::string>{"trimap", "background"}));
  EXPECT_EQ(judging_guide_plan(config).names, std::vector<std::string>{"trimap"}) << "no losses are computed there";
}

}  // namespace
}  // namespace facemat
