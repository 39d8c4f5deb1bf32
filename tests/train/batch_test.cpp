#include "train/batch.h"

#include <gtest/gtest.h>

#include <set>

#include "src/core/error.h"

namespace facemat {
namespace {

Clip clip_of(int frames, cv::Size size) {
  Clip clip;
  clip.name = "clip";
  for (int t = 0; t < frames; ++t) {
    clip.images.emplace_back(size, CV_8UC3, cv::Scalar(255, 51, 0));  // blue, green, red
    clip.images.back().at<cv::Vec3b>(0, size.width - 1) = {0, 0, 255};
    clip.alphas.emplace_back(size, CV_32FC1, cv::Scalar(0.25 * t));
    clip.trimaps.emplace_back(size, CV_8UC1, cv::Scalar(0));
    clip.trimaps.back().at<uint8_t>(1, 0) = 128;
  }
  return clip;
}

TEST(Collate, PutsEveryValueInItsPlace) {
  const Batch batch = collate({clip_of(2, {4, 3}), clip_of(2, {4, 3})});
  EXPECT_EQ(batch.frames.sizes().vec(), (std::vector<int64_t>{2, 2, 3, 3, 4}));
  EXPECT_EQ(batch.alpha.sizes().vec(), (std::vector<int64_t>{2, 2, 1, 3, 4}));
  const auto at = [](const torch::Tensor& t, std::vector<int64_t> i) { return t[i[0]][i[1]][i[2]][i[3]][i[4]].item<float>(); };
  EXPECT_FLOAT_EQ(at(batch.frames, {0, 0, 0, 1, 1}), 0);     // red
  EXPECT_FLOAT_EQ(at(batch.frames, {0, 0, 1, 1, 1}), 0.2f);  // green
  EXPECT_FLOAT_EQ(at(batch.frames, {0, 0, 2, 1, 1}), 1);     // blue
  EXPECT_FLOAT_EQ(at(batch.frames, {1, 1, 0, 0, 3}), 1);     // the red pixel
  EXPECT_FLOAT_EQ(at(batch.alpha, {1, 1, 0, 2, 2}), 0.25f);
  EXPECT_FLOAT_EQ(at(batch.unknown, {0, 1, 0, 1, 0}), 1);
  EXPECT_FLOAT_EQ(batch.unknown.sum().item<float>(), 4);
}

TEST(Collate, RefusesClipsThatDiffer) {
  EXPECT_THROW(collate({clip_of(2, {4, 3}), clip_of(1, {4, 3})}), Error);
  EXPECT_THROW(collate({clip_of(2, {4, 3}), clip_of(2, {4, 4})}), Error);
}

TEST(Mirrored, MovesImageAndAlphaTogether) {
  Clip clip = clip_of(1, {4, 3});
  clip.alphas[0].at<float>(0, 3) = 1;
  const Clip mirror = mirrored(clip);
  EXPECT_EQ(mirror.images[0].at<cv::Vec3b>(0, 0), cv::Vec3b(0, 0, 255));
  EXPECT_EQ(mirror.alphas[0].at<float>(0, 0), 1);
  EXPECT_EQ(mirror.trimaps[0].at<uint8_t>(1, 3), 128);
  EXPECT_EQ(clip.images[0].at<cv::Vec3b>(0, 3), cv::Vec3b(0, 0, 255));  // the original is untouched
}

TEST(BatchPlan, SeesEveryClipOnceAnEpochInBatchesOfOneLength) {
  const std::vector<int> lengths = {1, 1, 4, 1, 4, 1, 4, 1, 4, 1};  // six stills, four clips
  const BatchPlan plan(lengths, 2, Rng(1));
  ASSERT_EQ(plan.batches_per_epoch(), 5);
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::multiset<int64_t> seen;
    for (int64_t i = 0; i < 5; ++i) {
      const auto batch = plan.clips_of(5 * epoch + i);
      ASSERT_EQ(batch.size(), 2u);
      EXPECT_EQ(lengths[batch[0]], lengths[batch[1]]);
      seen.insert(batch.begin(), batch.end());
    }
    EXPECT_EQ(seen, (std::multiset<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  }
}

TEST(BatchPlan, IsAFunctionOfSeedAndStep) {
  const std::vector<int> lengths(30, 1);
  const BatchPlan a(lengths, 4, Rng(1)), b(lengths, 4, Rng(1)), other(lengths, 4, Rng(2));
  bool differs = false;
  for (const int64_t step : {17, 3, 8, 25, 3}) {  // asked out of order
    EXPECT_EQ(a.clips_of(step), b.clips_of(step));
    differs |= a.clips_of(step) != other.clips_of(step);
  }
  EXPECT_TRUE(differs);
  EXPECT_NE(a.clips_of(0), a.clips_of(a.batches_per_epoch()));  // epochs are shuffled anew
}

TEST(BatchPlan, FillsTheLastBatchAndRefusesNothing) {
  const BatchPlan plan(std::vector<int>(5, 1), 4, Rng(1));
  EXPECT_EQ(plan.batches_per_epoch(), 2);
  EXPECT_EQ(plan.clips_of(0).size(), 4u);
  EXPECT_EQ(plan.clips_of(1).size(), 4u);
  EXPECT_THROW(BatchPlan({}, 4, Rng(1)), Error);
}

}  // namespace
}  // namespace facemat
