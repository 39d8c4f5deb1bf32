#include "src/media/frames/cuts.h"
#include "src/core/folder.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "src/core/random.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/media/video/video.h"
#include "tests/support/media.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

// A place: coarse and fine structure, larger than what a camera sees of it.
cv::Mat place(uint64_t seed) {
  Rng rng(seed);
  cv::Mat out(400, 800, CV_32FC3, cv::Scalar::all(0));
  for (const int cells : {4, 12, 40}) {
    cv::Mat coarse(cells, 2 * cells, CV_32FC3), fine;
    for (cv::Vec3f& pixel : cv::Mat_<cv::Vec3f>(coarse))
      for (float& value : pixel.val) value = static_cast<float>(rng.uniform(0, 0.34));
    cv::resize(coarse, fine, out.size(), 0, 0, cv::INTER_CUBIC);
    out += fine;
  }
  return out;
}

cv::Mat view(const cv::Mat& place, int x, int y = 20) { return to_u8(place(cv::Rect(x, y, 480, 320))); }

cv::Mat with_noise(const cv::Mat& image, double sigma, uint64_t seed) {
  Rng rng(seed);
  cv::Mat out = image.clone();
  for (cv::Vec3b& pixel : cv::Mat_<cv::Vec3b>(out))
    for (uint8_t& value : pixel.val) value = cv::saturate_cast<uint8_t>(value + rng.normal(0, sigma));
  return out;
}

cv::Mat brighter(const cv::Mat& image, double gain, double offset) {
  cv::Mat out;
  image.convertTo(out, -1, gain, offset);
  return out;
}

TEST(Cuts, DifferentPlacesAreUnlike) {
  double least = 1;
  for (uint64_t seed = 0; seed < 20; ++seed)
    least = std::min(least, unlikeness(view(place(2 * seed), 100), view(place(2 * seed + 1), 100)));
  std::printf("different places: %.2f and more\n", least);
  EXPECT_GT(least, kCutThreshold);
}

TEST(Cuts, MotionFlashesFadesAndNoiseAreNot) {
  double worst = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const cv::Mat scene = place(seed), still = view(scene, 100);
    const cv::Mat others[] = {view(scene, 100 + 36),  // a pan of 7 % of the width
                              view(scene, 80, 35),
                              with_noise(still, 12, seed),
                              brighter(still, 1, 80),   // a flash
                              brighter(still, 1, 255),  // one that bleaches everything
                              brighter(still, 0.3, 0),  // a fade
                              with_noise(brighter(view(scene, 110), 0.7, 30), 6, seed)};
    for (size_t i = 0; i < std::size(others); ++i) {
      const double measured = unlikeness(still, others[i]);
      worst = std::max(worst, measured);
      EXPECT_LT(measured, kCutThreshold) << i;
      EXPECT_LT(unlikeness(others[i], still), kCutThreshold) << i;
    }
  }
  std::printf("one place, moved, flashed, faded, noisy: %.2f at most\n", worst);
}

TEST(Cuts, RealFramesAndRealFaces) {
  const auto films = test_data("video"), faces = test_data("faces/images");
  if (!films || !faces) GTEST_SKIP() << "no test data (set FACEMAT_TEST_DATA)";
  VideoReader film(*films / "portrait.mp4");
  std::vector<cv::Mat> frames;
  while (auto frame = film.next()) frames.push_back(*std::move(frame));
  double most = 0, most_skipping = 0;
  for (size_t i = 1; i < frames.size(); ++i) most = std::max(most, unlikeness(frames[i - 1], frames[i]));
  for (size_t i = 5; i < frames.size(); ++i) most_skipping = std::max(most_skipping, unlikeness(frames[i - 5], frames[i]));
  std::vector<cv::Mat> photos = {frames.front()};
  for (const fs::path& file : list_files(*faces, image_extensions())) photos.push_back(read_image(file));
  std::vector<double> cuts;
  for (size_t i = 1; i < photos.size(); ++i) cuts.push_back(unlikeness(photos[i - 1], photos[i]));
  std::sort(cuts.begin(), cuts.end());
  const auto missed = std::count_if(cuts.begin(), cuts.end(), [](double c) { return c <= kCutThreshold; });
  std::printf("a film: %.2f at most, %.2f five frames apart; %zu cuts between photographs of faces: %.2f to %.2f, %ld missed\n",
              most, most_skipping, cuts.size(), cuts.front(), cuts.back(), static_cast<long>(missed));
  EXPECT_LT(most_skipping, kCutThreshold);
  EXPECT_EQ(missed, 0);
}

TEST(Cuts, FlatPicturesAreNoCuts) {
  const cv::Mat black(90, 160, CV_8UC3, cv::Scalar::all(0)), white(90, 160, CV_8UC3, cv::Scalar::all(255));
  EXPECT_EQ(unlikeness(black, white), 0);
  EXPECT_EQ(unlikeness(black, view(place(1), 0)), 0);
}

TEST(Cuts, DetectorFindsEachCutOnce) {
  CutDetector detector;
  std::vector<int> cuts;
  const int shots[] = {1, 1, 1, 2, 2, 2, 2, 3, 3, 1};
  for (int i = 0; i < 10; ++i)
    if (detector.is_cut(with_noise(view(place(shots[i]), 90 + 4 * i), 4, i))) cuts.push_back(i);
  EXPECT_EQ(cuts, (std::vector<int>{3, 7, 9}));
}

TEST(Cuts, AnotherSizeIsACut) {
  CutDetector detector;
  const cv::Mat frame = view(place(1), 0);
  EXPECT_FALSE(detector.is_cut(frame));
  cv::Mat half;
  cv::resize(frame, half, {}, 0.5, 0.5, cv::INTER_AREA);
  EXPECT_TRUE(detector.is_cut(half));
  EXPECT_FALSE(detector.is_cut(half));
}

TEST(Cuts, DepthDoesNotMatter) {
  const cv::Mat a = view(place(1), 0), b = view(place(2), 0);
  cv::Mat deep_a, deep_b;
  a.convertTo(deep_a, CV_16U, 257), b.convertTo(deep_b, CV_16U, 257);
  EXPECT_NEAR(unlikeness(a, b), unlikeness(deep_a, deep_b), 0.01);
  EXPECT_NEAR(unlikeness(a, b), unlikeness(to_float(a), to_float(b)), 0.01);
}

}  // namespace
}  // namespace facemat
