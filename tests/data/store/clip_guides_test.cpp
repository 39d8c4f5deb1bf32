#include "data/store/clip_guides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/text.h"
#include "src/image/trimap.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

constexpr int kSide = 64;

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

// A face from 16 to 47 in two frames that are alike, an occluder over its right half.
Clip face_clip() {
  Clip clip;
  clip.name = "000007";
  for (int t = 0; t < 2; ++t) {
    cv::Mat alpha(kSide, kSide, CV_32FC1, cv::Scalar(0)), occluder(kSide, kSide, CV_8UC4, cv::Scalar::all(0));
    alpha(cv::Rect(16, 16, 16, 32)).setTo(1);
    occluder(cv::Rect(32, 16, 16, 32)).setTo(cv::Scalar(10, 20, 30, 255));
    clip.images.emplace_back(kSide, kSide, CV_8UC3, cv::Scalar::all(90));
    clip.alphas.push_back(alpha);
    clip.occluders.push_back(occluder);
    clip.cleans.emplace_back(kSide, kSide, CV_8UC3, cv::Scalar(50, 100, 150));
    clip.trimaps.push_back(make_trimap(alpha, 3, 5));
  }
  return clip;
}

// All guides, without faults.
GuidePlan plain(std::vector<std::string> names = entry_names(guide_table())) {
  GuidePlan plan;
  plan.names = std::move(names);
  RoughMaskConfig exact;
  exact.least_threshold = exact.most_threshold = 0.5;
  exact.most_erosion = exact.most_dilation = exact.most_blur = 0;
  exact.holes = 0, exact.coarse = 0;
  plan.config.hint = plan.config.segmentation = exact;
  BackgroundGuideConfig& background = plan.config.background;
  background.noise = background.jitter = background.moved = background.shadow = 0;
  return plan;
}

TEST(GuidesOfClips, AreThoseThatAreAskedFor) {
  const ClipGuides none = draw_guides(face_clip(), plain({}), Rng(1));
  EXPECT_TRUE(none.trimap.empty() && none.hint.empty() && none.background.empty() && none.segmentation.empty());
  const ClipGuides all = draw_guides(face_clip(), plain(), Rng(1));
  for (const auto* layer : {&all.trimap, &all.hint, &all.background, &all.segmentation}) EXPECT_EQ(layer->size(), 2u);
  const ClipGuides one = draw_guides(face_clip(), plain({"hint"}), Rng(1));
  EXPECT_TRUE(one.trimap.empty());
  EXPECT_EQ(one.hint.size(), 2u);
}

TEST(GuidesOfClips, WithoutFaultsAreTheTruth) {
  const Clip clip = face_clip();
  const ClipGuides guides = draw_guides(clip, plain(), Rng(1));
  for (size_t t = 0; t < 2; ++t) {
    EXPECT_EQ(difference(guides.hint[t], clip.alphas[t]), 0);
    EXPECT_EQ(difference(guides.segmentation[t], clip.alphas[t]), 0);
    EXPECT_EQ(difference(guides.background[t], clip.cleans[t]), 0) << "the face before what covers it";
  }
  Clip cut_out = clip;
  cut_out.backgrounds.assign(2, cv::Mat(kSide, kSide, CV_8UC3, cv::Scalar(1, 2, 3)));
  EXPECT_EQ(draw_guides(cut_out, plain(), Rng(1)).background[1].at<cv::Vec3b>(5, 5), cv::Vec3b(1, 2, 3))
      << "what lies behind a foreground that was cut out";
}

TEST(GuidesOfClips, ABackgroundHasTheShadowOfWhatCoversIt) {
  GuidePlan plan = plain({"background"});
  plan.config.background.shadow = 1;
  plan.config.background.shadow_shift = 0;
  plan.config.background.least_shadow_blur = plan.config.background.most_shadow_blur = 0;
  const cv::Mat given = draw_guides(face_clip(), plan, Rng(3)).background[0];
  EXPECT_LT(given.at<cv::Vec3b>(32, 40)[2], 150) << "under the occluder";
  EXPECT_EQ(given.at<cv::Vec3b>(32, 20), cv::Vec3b(50, 100, 150));
}

TEST(GuidesOfClips, TrimapsComeFromWhatTheSettingsSay) {
  const Clip clip = face_clip();
  GuidePlan plan = plain({"trimap"});
  plan.judging = true;
  const auto trimap = [&](const std::string& from) {
    plan.config.trimap.from = from;
    return draw_guides(clip, plan, Rng(2)).trimap[1];
  };
  EXPECT_EQ(difference(trimap("alpha"), make_trimap(clip.alphas[1], 1, 1)), 0) << "8 pixels at 512 are one here";
  EXPECT_EQ(difference(trimap("segmentation"), make_trimap(clip.alphas[1], 1, 1)), 0) << "of one without faults";
  EXPECT_EQ(difference(trimap("dataset"), clip.trimaps[1]), 0);
  const cv::Mat whole = trimap("face");
  EXPECT_EQ(whole.at<uint8_t>(32, 24), kUnknown);
  EXPECT_EQ(whole.at<uint8_t>(32, 40), 0);
  EXPECT_EQ(cv::countNonZero(whole == 255), 0) << "nobody knows what is face";
}

TEST(GuidesOfClips, KernelsOfTrimapsAreDrawnOnceForAClip) {
  const Clip clip = face_clip();
  GuidePlan plan = plain({"trimap"});
  plan.config.trimap.least = 8, plan.config.trimap.most = 64;  // 1 to 8 pixels here
  bool differ = false;
  for (uint64_t i = 0; i < 20; ++i) {
    const ClipGuides guides = draw_guides(clip, plan, Rng(1).fork("clip", i));
    EXPECT_EQ(difference(guides.trimap[0], guides.trimap[1]), 0);
    EXPECT_EQ(cv::countNonZero((guides.trimap[0] == 255) & (clip.alphas[0] < 1)), 0) << "known is right";
    EXPECT_EQ(cv::countNonZero((guides.trimap[0] == 0) & (clip.alphas[0] > 0)), 0);
    differ |= difference(guides.trimap[0], draw_guides(clip, plan, Rng(1)).trimap[0]) > 0;
  }
  EXPECT_TRUE(differ);
}

TEST(GuidesOfClips, WhatCannotBeBelievedIsUnknown) {
  Clip clip = face_clip();
  clip.trusts.assign(2, cv::Mat(kSide, kSide, CV_32FC1, cv::Scalar(1)));
  clip.trusts[1] = clip.trusts[1].clone();
  clip.trusts[1].rowRange(0, 8).setTo(0);
  const ClipGuides guides = draw_guides(clip, plain({"trimap"}), Rng(1));
  EXPECT_EQ(guides.trimap[0].at<uint8_t>(4, 4), 0);
  EXPECT_EQ(cv::countNonZero(guides.trimap[1].rowRange(0, 8) != kUnknown), 0);
  EXPECT_EQ(guides.trimap[1].at<uint8_t>(10, 4), 0);
}

TEST(GuidesOfClips, AreAFunctionOfTheirStream) {
  GuidePlan plan;
  plan.names = {"hint", "background", "segmentation", "trimap"};
  plan.config.trimap.degraded = 1;
  const ClipGuides a = draw_guides(face_clip(), plan, Rng(4)), b = draw_guides(face_clip(), plan, Rng(4));
  double other = 0;
  for (size_t t = 0; t < 2; ++t) {
    EXPECT_EQ(difference(a.trimap[t], b.trimap[t]), 0);
    EXPECT_EQ(difference(a.hint[t], b.hint[t]), 0);
    EXPECT_EQ(difference(a.background[t], b.background[t]), 0);
    EXPECT_EQ(difference(a.segmentation[t], b.segmentation[t]), 0);
    EXPECT_EQ(difference(a.hint[t], a.hint[0]), 0) << "frames that are alike share their faults";
  }
  for (uint64_t i = 5; i < 15; ++i) other += difference(a.hint[0], draw_guides(face_clip(), plan, Rng(i)).hint[0]);
  EXPECT_GT(other, 0);
}

TEST(GuidesOfClips, SayWhichLayerIsMissing) {
  Clip bare = face_clip();
  bare.cleans.clear(), bare.trimaps.clear();
  EXPECT_THAT(message_of([&] { draw_guides(bare, plain({"background"}), Rng(1)); }),
              HasSubstr("000007: a guide needs the picture without the foreground of every frame"));
  GuidePlan plan = plain({"trimap"});
  plan.config.trimap.from = "dataset";
  EXPECT_THAT(message_of([&] { draw_guides(bare, plan, Rng(1)); }), HasSubstr("000007: a guide needs trimap of every frame"));
}

TEST(GuideLayers, AreThoseThatGuidesAreMadeFrom) {
  const Layers none{false};
  EXPECT_FALSE(with_layers_for(plain({"trimap", "hint"}), none).trimap) << "made from alpha";
  GuidePlan plan = plain({"trimap"});
  plan.config.trimap.from = "dataset";
  EXPECT_TRUE(with_layers_for(plan, none).trimap);
  const Layers background = with_layers_for(plain({"background"}), none);
  EXPECT_TRUE(background.clean && background.occluder && background.background);
  EXPECT_FALSE(background.trimap);
}

TEST(GuidesOfClips, OfWhatIsJudgedAreTheSameEachTime) {
  GuidePlan plan;
  plan.names = {"hint", "background"};
  plan.judging = true;
  const ClipGuides a = held_out_guides(face_clip(), plan, 3), b = held_out_guides(face_clip(), plan, 3);
  EXPECT_EQ(difference(a.hint[1], b.hint[1]), 0);
  EXPECT_EQ(difference(a.background[1], b.background[1]), 0);
  const ClipGuides second = guides_of_frame(a, 1);
  ASSERT_EQ(second.hint.size(), 1u);
  EXPECT_EQ(difference(second.hint[0], a.hint[1]), 0);
  EXPECT_TRUE(second.trimap.empty());
  EXPECT_EQ(difference(pictures_of_frame(a, 1).hint, a.hint[1]), 0);
  EXPECT_TRUE(pictures_of_frame(a, 1).trimap.empty());
}

}  // namespace
}  // namespace facemat
