// Composites and effects of the library, and its C++ side with OpenCV.

#include "tests/src/runtime/api/support.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace facemat_api {
namespace {

TEST_F(Api, CompositesEveryColourFormat) {
  for (const Layout& layout : kLayouts) {
    if (layout.channels == 1) continue;
    for (const int32_t weights : {FM_GRAY8, FM_GRAY16, FM_GRAYF32}) {
      Pixels target = filled(layout, 20, 18, 10, 20, 30), swap = filled(layout, 20, 18, 210, 120, 80);
      Pixels alpha = filled(layout_of(weights), 20, 18, 51, 51, 51);  // 0.2
      facemat::composite(target.image, swap.image, alpha.image, target.image);
      EXPECT_NEAR(get(target, layout, 19, 17, layout.red), 10 + 0.2 * 200, 1e-2) << layout.format;
      EXPECT_NEAR(get(target, layout, 19, 17, layout.green), 20 + 0.2 * 100, 1e-2) << layout.format;
      EXPECT_NEAR(get(target, layout, 19, 17, layout.blue), 30 + 0.2 * 50, 1e-2) << layout.format;
      EXPECT_EQ(get(target, layout, 19, 17, layout.channels - 1), layout.channels == 4 ? 255 : get(target, layout, 0, 0, 2));
      EXPECT_TRUE(target.room_untouched());
    }
  }
}

TEST_F(Api, CompositeOptionsReachTheCompositor) {
  const Layout& rgb = layout_of(FM_RGB8);
  Pixels target = filled(rgb, 20, 18, 0, 0, 0), swap = filled(rgb, 20, 18, 200, 200, 200);
  Pixels alpha = filled(layout_of(FM_GRAYF32), 20, 18, 204, 204, 204);  // 0.8
  Pixels unsure = filled(layout_of(FM_GRAYF32), 20, 18, 255, 255, 255), half = filled(layout_of(FM_GRAY8), 20, 18, 51, 51, 51);
  const auto red = [&](const facemat::CompositeOptions& options, const fm_image* uncertainty, const fm_image* region) {
    Pixels out(FM_RGB8, 20, 18);
    facemat::check(fm_composite(&target.image, &swap.image, &alpha.image, uncertainty, region, &options, &out.image));
    return static_cast<int>(out.at<uint8_t>(4, 4, 0));
  };
  facemat::CompositeOptions options;
  EXPECT_EQ(red(options, nullptr, nullptr), 160);
  EXPECT_EQ(red(options, nullptr, &half.image), 32);
  options.opacity = 0.5;
  EXPECT_EQ(red(options, nullptr, nullptr), 80);
  options = {};
  options.threshold = 0.5;
  EXPECT_EQ(red(options, nullptr, nullptr), 200);
  options = {};
  options.mode = "uncertainty";
  EXPECT_EQ(red(options, &unsure.image, nullptr), 80);  // 0.8 (1 - 0.5)
  options.uncertain_toward = "swap";
  EXPECT_EQ(red(options, &unsure.image, nullptr), 180);  // 0.8 + 0.5 * 0.2
  EXPECT_THROW(red(options, nullptr, nullptr), facemat::Error);
  options = {};
  options.linear_light = 1;
  EXPECT_NEAR(red(options, nullptr, nullptr), 255 * std::pow(0.8 * std::pow(200 / 255.0, 2.2), 1 / 2.2), 3);
  for (const char* mode : {"recompose", "standard"}) {
    options = {};
    options.mode = mode;
    options.erode = 2;
    options.feather = 1.5;
    options.decontaminate = 1;
    EXPECT_NO_THROW(red(options, nullptr, nullptr)) << mode;
  }
  options.mode = "magic";
  EXPECT_THROW(red(options, nullptr, nullptr), facemat::Error);
  EXPECT_THAT(fm_last_error(), HasSubstr("standard"));
}

// A program built when the struct ended after `opacity`, and one that knows more than this library.
TEST_F(Api, TakesOptionsOfOlderAndNewerPrograms) {
  const Layout& rgb = layout_of(FM_RGB8);
  Pixels target = filled(rgb, 20, 18, 0, 0, 0), swap = filled(rgb, 20, 18, 200, 200, 200), out(FM_RGB8, 20, 18);
  Pixels alpha = filled(layout_of(FM_GRAY8), 20, 18, 255, 255, 255);
  const auto run = [&](const void* options) {
    return fm_composite(&target.image, &swap.image, &alpha.image, nullptr, nullptr,
                        static_cast<const fm_composite_options*>(options), &out.image);
  };
  constexpr uint32_t kOlder = offsetof(fm_composite_options, uncertain_toward);
  std::vector<uint8_t> guarded(sizeof(fm_composite_options), 0xEE);
  auto* older = reinterpret_cast<fm_composite_options*>(guarded.data());
  fm_composite_options_init(older, kOlder);
  EXPECT_EQ(older->size, kOlder);
  for (size_t i = kOlder; i < guarded.size(); ++i) ASSERT_EQ(guarded[i], 0xEE) << "written beyond an older struct";
  older->opacity = 0.25;
  EXPECT_EQ(run(older), FM_OK) << fm_last_error();
  EXPECT_EQ(out.at<uint8_t>(4, 4, 0), 50);

  struct Newer {
    fm_composite_options known;
    double unknown;
  } newer;
  fm_composite_options_init(&newer.known, sizeof(newer));
  EXPECT_EQ(newer.known.size, sizeof(fm_composite_options));
  EXPECT_EQ(newer.unknown, 0);
  newer.known.size = sizeof(newer);
  EXPECT_EQ(run(&newer), FM_OK);
  newer.unknown = 1;
  EXPECT_EQ(run(&newer), FM_ERROR_ARGUMENT);
  EXPECT_THAT(fm_last_error(), HasSubstr("does not know"));

  for (const uint32_t size : {0u, 3u, 12u, 1u << 30}) {  // 12: half of the pointer `mode`
    fm_composite_options odd;
    fm_composite_options_init(&odd, sizeof(odd));
    odd.size = size;
    EXPECT_EQ(run(&odd), FM_ERROR_ARGUMENT) << size;
  }
}

TEST_F(Api, AppliesEffects) {
  const std::vector<std::string> names = facemat::effect_names();
  ASSERT_FALSE(names.empty());
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_STRNE(fm_effect_help(static_cast<int32_t>(i)), "");
    Pixels bgr = filled(layout_of(FM_BGR8), 40, 30, 10, 100, 200), rgba = filled(layout_of(FM_RGBA8), 40, 30, 10, 100, 200);
    facemat::apply_effect(names[i], bgr.image, bgr.image);
    facemat::apply_effect(names[i], rgba.image, rgba.image);
    for (int channel = 0; channel < 3; ++channel)  // the same colours, whatever their order
      EXPECT_EQ(bgr.at<uint8_t>(20, 20, channel), rgba.at<uint8_t>(20, 20, 2 - channel)) << names[i];
    EXPECT_EQ(rgba.at<uint8_t>(20, 20, 3), 255);
  }
  EXPECT_EQ(fm_effect_name(-1), nullptr);
  EXPECT_EQ(fm_effect_help(fm_effect_count()), nullptr);
}

TEST_F(Api, TakesMatsWhereOpenCvIsThere) {
  facemat::Stream stream(model());
  const cv::Mat frame(24, 32, CV_8UC3, cv::Scalar(120, 80, 40)), swap(24, 32, CV_8UC3, cv::Scalar(0, 0, 255));
  const cv::Mat alpha = stream.predict(frame(cv::Rect(3, 3, 20, 20)));  // rows with room between
  EXPECT_NEAR(alpha.at<float>(19, 19), (0.5 * 40 + 0.25 * 80 + 0.125 * 120) / 255, 1e-6);
  const cv::Mat whole(24, 32, CV_32FC1, cv::Scalar(1));
  EXPECT_EQ(facemat::composite(frame, swap, whole).at<cv::Vec3b>(5, 5), cv::Vec3b(0, 0, 255));
  EXPECT_EQ(facemat::apply_effect("blur", frame).at<cv::Vec3b>(5, 5), cv::Vec3b(120, 80, 40));
  EXPECT_THROW(stream.predict(cv::Mat()), facemat::Error);
  EXPECT_THROW(facemat::composite(frame, cv::Mat(24, 32, CV_64FC3), whole), facemat::Error);
}

TEST_F(Api, WorksAsTheHeaderShows) {
  const int width = 32, height = 24, stride = 3 * width;
  const size_t area = size_t{width} * height;
  std::vector<uint8_t> pixels(3 * area, 51), matte(area);
  facemat::Stream stream(model());
  stream.predict({pixels.data(), width, height, stride, FM_RGB8}, {matte.data(), width, height, width, FM_GRAY8});
  EXPECT_EQ(matte, std::vector<uint8_t>(area, 45));  // 0.175 * 255 = 44.6
}

}  // namespace
}  // namespace facemat_api
