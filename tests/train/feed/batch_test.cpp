#include "train/feed/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

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

// With the other two layers: a clean face of one colour, and an occluder of one pixel.
Clip layered(Clip clip) {
  for (const cv::Mat& image : clip.images) {
    clip.cleans.emplace_back(image.size(), CV_8UC3, cv::Scalar(10, 20, 30));
    clip.occluders.emplace_back(image.size(), CV_8UC4, cv::Scalar::all(0));
    clip.occluders.back().at<cv::Vec4b>(0, 1) = {1, 2, 3, 204};
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
  EXPECT_THAT(message_of([] {
                collate({clip_of(2, {4, 3}), layered(clip_of(2, {4, 3}))});
              }),
              HasSubstr("clip: not the layers that clip has"));
  Clip short_layer = layered(clip_of(2, {4, 3}));
  short_layer.cleans.pop_back();
  EXPECT_THAT(message_of([&] { collate({short_layer}); }), HasSubstr("not the layers"));
  Clip odd_frame = clip_of(2, {4, 3});
  odd_frame.alphas[1] = cv::Mat(3, 5, CV_32FC1, cv::Scalar(0));
  EXPECT_THAT(message_of([&] { collate({odd_frame}); }), HasSubstr("a layer of 5x3 pixels"));
  odd_frame.alphas[1] = cv::Mat(3, 4, CV_8UC1, cv::Scalar(0));
  EXPECT_THAT(message_of([&] { collate({odd_frame}); }), HasSubstr("type CV_8UC1, expected 4x3 and CV_32FC1"));
}

TEST(Collate, LayersAreThereWhenTheClipsHaveThem) {
  const Batch plain = collate({clip_of(1, {4, 3})});
  EXPECT_FALSE(plain.clean.defined());
  EXPECT_FALSE(plain.occluder.defined());
  Clip bare = clip_of(1, {4, 3});
  bare.trimaps.clear();
  EXPECT_FALSE(collate({bare}).unknown.defined());

  const Batch batch = collate({layered(clip_of(2, {4, 3}))});
  EXPECT_EQ(batch.clean.sizes().vec(), (std::vector<int64_t>{1, 2, 3, 3, 4}));
  EXPECT_EQ(batch.occluder.sizes().vec(), (std::vector<int64_t>{1, 2, 4, 3, 4}));
  const auto pixel = [](const torch::Tensor& t, int frame, int y, int x) { return t[0][frame].select(1, y).select(1, x); };
  EXPECT_TRUE(torch::allclose(pixel(batch.clean, 1, 2, 3), torch::tensor({30, 20, 10}) / 255.f));
  EXPECT_TRUE(torch::allclose(pixel(batch.occluder, 1, 0, 1), torch::tensor({3, 2, 1, 204}) / 255.f));
  EXPECT_TRUE(torch::allclose(pixel(batch.occluder, 1, 1, 1), torch::zeros(4)));
}

// With a trust that is 0 in the first column.
Clip trusted(Clip clip) {
  for (const cv::Mat& image : clip.images) {
    clip.trusts.emplace_back(image.size(), CV_32FC1, cv::Scalar(1));
    clip.trusts.back().col(0).setTo(0);
  }
  return clip;
}

TEST(Collate, TrustIsAPlaneLikeAlpha) {
  EXPECT_FALSE(collate({clip_of(2, {4, 3})}).trust.defined());
  const Batch batch = collate({trusted(clip_of(2, {4, 3})), trusted(clip_of(2, {4, 3}))});
  EXPECT_EQ(batch.trust.sizes().vec(), (std::vector<int64_t>{2, 2, 1, 3, 4}));
  EXPECT_EQ(batch.trust.select(-1, 0).sum().item<float>(), 0);
  EXPECT_EQ(batch.trust.sum().item<float>(), 2 * 2 * 3 * 3);
  EXPECT_TRUE(torch::equal(batch.to(torch::kCPU).trust, batch.trust));
  Clip odd = trusted(clip_of(1, {4, 3}));
  odd.trusts[0] = cv::Mat(3, 5, CV_32FC1, cv::Scalar(1));
  EXPECT_THAT(message_of([&] { collate({odd}); }), HasSubstr("clip: a layer of 5x3 pixels and type CV_32FC1, expected 4x3"));
  EXPECT_THAT(message_of([] { collate({clip_of(1, {4, 3}), trusted(clip_of(1, {4, 3}))}); }), HasSubstr("not the layers"));
}

TEST(TrustedClips, AreAugmentedWhole) {
  Clip clip = trusted(clip_of(3, {4, 4}));
  EXPECT_EQ(mirrored(clip).trusts[1].at<float>(2, 3), 0);
  EXPECT_EQ(mirrored(clip).trusts[1].at<float>(2, 0), 1);
  EXPECT_EQ(windowed(clip, 2, Rng(1)).trusts.size(), 2u);
  for (cv::Mat& alpha : clip.alphas) alpha.setTo(0.5), alpha.col(0).setTo(1);
  const Clip half = resized(clip, {2, 2});
  EXPECT_FLOAT_EQ(half.trusts[0].at<float>(1, 0), 0.5f);
  EXPECT_FLOAT_EQ(half.alphas[0].at<float>(1, 0), 0.5f) << "what cannot be believed is not mixed in";
  EXPECT_FLOAT_EQ(half.trusts[0].at<float>(1, 1), 1);
}

// Against LibTorch's own operators, for every byte and for a picture that is a part of a larger one.
TEST(Collate, GivesTheValuesOfTheTensorOperators) {
  cv::Mat large(20, 40, CV_8UC3);
  for (int i = 0; i < 20 * 40; ++i) large.at<cv::Vec3b>(i) = cv::Vec3b(uint8_t(i), uint8_t(i / 3), uint8_t(7 * i));
  const cv::Mat part = large(cv::Rect(3, 2, 33, 17));
  Clip clip = clip_of(1, part.size());
  clip.images[0] = part;
  clip.alphas[0] = cv::Mat(20, 40, CV_32FC1, cv::Scalar(0.3f))(cv::Rect(3, 2, 33, 17));
  const cv::Mat whole = part.clone();
  const auto expected = torch::from_blob(whole.data, {17, 33, 3}, torch::kUInt8).flip(2).permute({2, 0, 1}).to(torch::kFloat32);
  const Batch batch = collate({clip});
  EXPECT_TRUE(torch::equal(batch.frames[0][0], expected.div(255)));
  EXPECT_TRUE(torch::equal(batch.alpha, torch::full({1, 1, 1, 17, 33}, 0.3f)));

  clip = clip_of(1, {256, 1});
  for (int b = 0; b < 256; ++b) clip.images[0].at<cv::Vec3b>(0, b) = cv::Vec3b::all(uint8_t(b));
  EXPECT_TRUE(torch::equal(collate({clip}).frames[0][0][1][0], torch::arange(256).to(torch::kFloat32).div(255)));
}

TEST(Collate, BackgroundsArePicturesLikeOthers) {
  Clip clip = clip_of(2, {4, 4});
  clip.backgrounds.assign(2, cv::Mat(4, 4, CV_8UC3, cv::Scalar(51, 102, 255)));
  const Batch batch = collate({clip});
  EXPECT_EQ(batch.background.sizes().vec(), (std::vector<int64_t>{1, 2, 3, 4, 4}));
  EXPECT_TRUE(torch::allclose(batch.background[0][1].select(1, 2).select(1, 3), torch::tensor({1.f, 0.4f, 0.2f})));
  EXPECT_FALSE(collate({clip_of(1, {4, 3})}).background.defined());
  EXPECT_EQ(windowed(clip, 1, Rng(1)).backgrounds.size(), 1u);
  EXPECT_EQ(resized(clip, {2, 2}).backgrounds[0].size(), cv::Size(2, 2));
}

TEST(BatchTensors, MoveTogetherAndKeepTheirValues) {
  const Batch batch = collate({layered(clip_of(2, {4, 3}))});
  const Batch there = batch.to(torch::kCPU, true);
  EXPECT_TRUE(torch::equal(there.occluder, batch.occluder));
  EXPECT_EQ(there.names, batch.names);
  EXPECT_FALSE(collate({clip_of(1, {4, 3})}).to(torch::kCPU).clean.defined());
  if (!torch::cuda::is_available()) {
    EXPECT_THAT(message_of([&] { batch.pinned(); }), HasSubstr("page-locked memory needs a CUDA device"));
    return;
  }
  const Batch pinned = batch.pinned(), back = pinned.to(torch::kCUDA, true).to(torch::kCPU);
  EXPECT_TRUE(pinned.frames.is_pinned());
  EXPECT_TRUE(torch::equal(back.frames, batch.frames));
  EXPECT_TRUE(torch::equal(back.occluder, batch.occluder));
}

TEST(Mirrored, MovesAllLayersTogether) {
  Clip clip = layered(clip_of(1, {4, 3}));
  clip.alphas[0].at<float>(0, 3) = 1;
  clip.cleans[0].at<cv::Vec3b>(2, 0) = {7, 8, 9};
  const Clip mirror = mirrored(clip);
  EXPECT_EQ(mirror.images[0].at<cv::Vec3b>(0, 0), cv::Vec3b(0, 0, 255));
  EXPECT_EQ(mirror.alphas[0].at<float>(0, 0), 1);
  EXPECT_EQ(mirror.trimaps[0].at<uint8_t>(1, 3), 128);
  EXPECT_EQ(mirror.cleans[0].at<cv::Vec3b>(2, 3), cv::Vec3b(7, 8, 9));
  EXPECT_EQ(mirror.occluders[0].at<cv::Vec4b>(0, 2), cv::Vec4b(1, 2, 3, 204));
  EXPECT_EQ(clip.images[0].at<cv::Vec3b>(0, 3), cv::Vec3b(0, 0, 255));  // the original is untouched
}

// Frame t of every layer has the value t.
Clip counted(int frames) {
  Clip clip;
  for (int t = 0; t < frames; ++t) {
    clip.images.emplace_back(2, 2, CV_8UC3, cv::Scalar::all(t));
    clip.alphas.emplace_back(2, 2, CV_32FC1, cv::Scalar(t));
    clip.trimaps.emplace_back(2, 2, CV_8UC1, cv::Scalar(t));
    clip.occluders.emplace_back(2, 2, CV_8UC4, cv::Scalar::all(t));
  }
  return clip;
}

TEST(Windowed, IsARunOfFramesFromAnywhereInTheClip) {
  std::set<int> starts;
  for (int i = 0; i < 200; ++i) {
    const Clip window = windowed(counted(7), 3, Rng(5).fork("window", i));
    ASSERT_EQ(window.images.size(), 3u);
    ASSERT_EQ(window.occluders.size(), 3u);
    EXPECT_TRUE(window.cleans.empty());
    const int first = window.images[0].at<cv::Vec3b>(0, 0)[0];
    starts.insert(first);
    for (int t = 0; t < 3; ++t) {
      EXPECT_EQ(window.images[t].at<cv::Vec3b>(0, 0)[0], first + t);
      EXPECT_EQ(window.alphas[t].at<float>(0, 0), first + t);
      EXPECT_EQ(window.trimaps[t].at<uint8_t>(0, 0), first + t);
      EXPECT_EQ(window.occluders[t].at<cv::Vec4b>(0, 0)[3], first + t);
    }
  }
  EXPECT_EQ(starts, (std::set<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(windowed(counted(3), 3, Rng(1)).images.size(), 3u);
  EXPECT_EQ(windowed(counted(2), 3, Rng(1)).images.size(), 2u);
  EXPECT_THROW(windowed(counted(2), 0, Rng(1)), Error);
}

TEST(Resized, AveragesAreasAndTakesTheNearestOfTheTrimap) {
  Clip clip = layered(clip_of(1, {4, 4}));
  clip.alphas[0] = (cv::Mat_<float>(4, 4) << 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0.5, 0.5, 0, 0, 0.5, 0.5);
  clip.trimaps[0] = (cv::Mat_<uint8_t>(4, 4) << 0, 0, 255, 255, 0, 0, 255, 255, 128, 128, 0, 0, 128, 128, 0, 0);
  clip.cleans[0].at<cv::Vec3b>(0, 0) = {10, 20, 70};
  const Clip half = resized(clip, {2, 2});
  const cv::Mat alpha = (cv::Mat_<float>(2, 2) << 0.75, 0, 0, 0.5), trimap = (cv::Mat_<uint8_t>(2, 2) << 0, 255, 128, 0);
  EXPECT_EQ(cv::norm(half.alphas[0], alpha, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(half.trimaps[0], trimap, cv::NORM_INF), 0);
  EXPECT_EQ(half.cleans[0].at<cv::Vec3b>(0, 0), cv::Vec3b(10, 20, 40));
  EXPECT_EQ(half.images[0].size(), cv::Size(2, 2));
  EXPECT_EQ(half.occluders[0].at<cv::Vec4b>(0, 0), cv::Vec4b(1, 2, 3, 51)) << "what is transparent does not darken it";
  EXPECT_EQ(clip.alphas[0].size(), cv::Size(4, 4));  // the original is untouched
  EXPECT_EQ(collate({half}).frames.sizes().vec(), (std::vector<int64_t>{1, 1, 3, 2, 2}));
}

TEST(Resized, CutsTheMiddleOutOfTheSquare) {
  Clip clip = layered(clip_of(1, {8, 8}));
  for (int x = 0; x < 8; ++x) clip.alphas[0].col(x).setTo(x / 8.0);
  const Clip narrow = resized(clip, {4, 8});
  ASSERT_EQ(narrow.alphas[0].size(), cv::Size(4, 8));
  for (const auto* layer : {&narrow.images, &narrow.trimaps, &narrow.cleans, &narrow.occluders})
    EXPECT_EQ((*layer)[0].size(), cv::Size(4, 8));
  for (int x = 0; x < 4; ++x) EXPECT_EQ(narrow.alphas[0].at<float>(3, x), static_cast<float>(x + 2) / 8);
  const Clip flat = resized(clip, {4, 2});  // the square of 4 pixels has means of two columns
  for (int x = 0; x < 4; ++x) EXPECT_FLOAT_EQ(flat.alphas[0].at<float>(1, x), (2 * static_cast<float>(x) + 0.5f) / 8);
  EXPECT_EQ(resized(clip, {16, 16}).images[0].size(), cv::Size(16, 16));
  EXPECT_THAT(message_of([&] { resized(clip, {0, 4}); }), HasSubstr("frames of 0x4 pixels"));
  EXPECT_THAT(message_of([] { resized(clip_of(1, {4, 3}), {2, 2}); }), HasSubstr("clip: 4x3 pixels, expected a square"));
}

TEST(DrawCrop, HasSidesOfHalfToAlmostWhole) {
  std::set<int> widths, heights;
  int square = 0;
  for (int i = 0; i < 500; ++i) {
    const cv::Size size = draw_crop(8, Rng(3).fork("crop", i));
    widths.insert(size.width), heights.insert(size.height);
    square += size.width == size.height;
  }
  EXPECT_EQ(widths, (std::set<int>{4, 5, 6, 7}));
  EXPECT_EQ(heights, widths);
  EXPECT_LT(square, 250) << "each side is drawn on its own";
  EXPECT_THROW(draw_crop(1, Rng(1)), Error);
}

TEST(BatchPlan, PartsOfABatchAreTheBatch) {
  std::vector<int> lengths(37, 1);
  lengths.insert(lengths.end(), 30, 4);
  const BatchPlan plan(lengths, 12, Rng(4));
  const auto joined = [&](int64_t step, int parts) {
    std::vector<int64_t> all;
    for (int part = 0; part < parts; ++part) {
      const auto clips = plan.clips_of(step, part, parts);
      EXPECT_EQ(clips.size(), 12u / parts);
      all.insert(all.end(), clips.begin(), clips.end());
    }
    return all;
  };
  for (int64_t step = 0; step < 2 * plan.batches_per_epoch(); ++step)
    for (const int parts : {1, 2, 3, 4, 6, 12}) EXPECT_EQ(joined(step, parts), plan.clips_of(step)) << step << " " << parts;

  // Two processes of three micro-batches each: the micro-batches of process 1 are its half.
  std::vector<int64_t> half;
  for (int m = 0; m < 3; ++m)
    for (const int64_t clip : plan.clips_of(5, 1 * 3 + m, 2 * 3)) half.push_back(clip);
  EXPECT_EQ(half, plan.clips_of(5, 1, 2));

  EXPECT_THAT(message_of([&] { plan.clips_of(0, 0, 5); }), HasSubstr("a batch of 12 clips cannot be cut into 5 equal parts"));
  EXPECT_THAT(message_of([&] { plan.clips_of(0, 2, 2); }), HasSubstr("part 2 of 2"));
  EXPECT_THAT(message_of([&] { plan.clips_of(0, -1, 2); }), HasSubstr("part -1 of 2"));
}

TEST(BatchPlan, AnswersSeveralThreadsAtOnce) {
  const std::vector<int> lengths(23, 1);
  const BatchPlan alone(lengths, 4, Rng(1)), shared(lengths, 4, Rng(1));
  std::vector<std::vector<int64_t>> seen(200);
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([&, k] {
      for (size_t step = k; step < seen.size(); step += 4) seen[step] = shared.clips_of(static_cast<int64_t>(step));
    });
  for (std::thread& thread : threads) thread.join();
  for (size_t step = 0; step < seen.size(); ++step) EXPECT_EQ(seen[step], alone.clips_of(static_cast<int64_t>(step))) << step;
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
  EXPECT_THROW(BatchPlan({1}, 0, Rng(1)), Error);
}

}  // namespace
}  // namespace facemat
