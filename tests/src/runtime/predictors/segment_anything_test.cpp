#include "src/runtime/predictors/segment_anything.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/src/runtime/tiny_sam.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

double sigmoid(double logit) { return 1 / (1 + std::exp(-logit)); }

SegmentAnything network(const Scratch& folder, const SamDecoder& decoder, int side = 1024) {
  const AlphaSourceConfig config = sam_settings(folder.path(), decoder, side);
  return SegmentAnything(config.network, config.segment_anything, 1);
}

// 512x256: half of the encoder's square, at twice the size.
cv::Mat wide_frame() { return cv::Mat(256, 512, CV_8UC3, cv::Scalar(50, 100, 200)); }

double asked(SegmentAnything& network, const ObjectPrompt& prompt) {
  const cv::Mat mask = network.mask(prompt);
  EXPECT_EQ(mask.type(), CV_32FC1);
  EXPECT_EQ(cv::norm(mask, cv::Mat(mask.size(), CV_32FC1, cv::Scalar(mask.at<float>(0, 0))), cv::NORM_INF), 0);
  return mask.at<float>(mask.rows / 2, mask.cols / 2);
}

ObjectPrompt one_point() {
  ObjectPrompt prompt;
  prompt.points = {{{10, 20}, true}};
  return prompt;
}

TEST(SegmentAnything, TheEncoderSeesThePictureNormalisedAboveZeros) {
  const Scratch folder;
  SegmentAnything sam = network(folder, {0, 0, 1, 0});
  sam.see(wide_frame());
  const double mean = ((200 - 123.675) / 58.395 + (100 - 116.28) / 57.12 + (50 - 103.53) / 57.375) / 3;
  EXPECT_NEAR(asked(sam, one_point()), sigmoid(mean / 2), 1e-4);
  EXPECT_EQ(sam.mask(one_point()).size(), cv::Size(512, 256));
}

// Places go along with the picture, less the half pixel that the decoder adds; without a box there is a point of label -1.
TEST(SegmentAnything, PointsAreInTheEncodersPixels) {
  const Scratch folder;
  ObjectPrompt prompt;
  prompt.points = {{{10, 20}, true}, {{100.5, 40}, false}};
  SegmentAnything coords = network(folder, {0.001f, 0, 0, 0});
  coords.see(wide_frame());
  EXPECT_NEAR(asked(coords, prompt), sigmoid(0.001 * (19.5 + 39.5 + 200.5 + 79.5)), 1e-5);
  SegmentAnything labels = network(folder, {0, 1, 0, 0});
  labels.see(wide_frame());
  EXPECT_NEAR(asked(labels, prompt), sigmoid(1 + 0 - 1), 1e-6);
}

TEST(SegmentAnything, ABoxIsItsTwoCornersAndNoPadding) {
  const Scratch folder;
  ObjectPrompt prompt = one_point();
  prompt.box = {30, 40, 100, 60};
  SegmentAnything coords = network(folder, {0.001f, 0, 0, 0});
  coords.see(wide_frame());
  EXPECT_NEAR(asked(coords, prompt), sigmoid(0.001 * (19.5 + 39.5 + 59.5 + 79.5 + 259.5 + 199.5)), 1e-5);
  SegmentAnything labels = network(folder, {0, 0.5f, 0, 0});
  labels.see(wide_frame());
  EXPECT_NEAR(asked(labels, prompt), sigmoid(0.5 * (1 + 2 + 3)), 1e-6);
}

TEST(SegmentAnything, AMaskIsLogitsWhereThePictureIsAndBackgroundElsewhere) {
  const Scratch folder;
  SegmentAnything sam = network(folder, {0, 0, 0, 0.1f, {0.25f}});
  sam.see(wide_frame());
  EXPECT_NEAR(asked(sam, one_point()), sigmoid(0.25), 1e-6);  // none
  ObjectPrompt prompt;
  prompt.mask = cv::Mat(256, 512, CV_32FC1, cv::Scalar(0.75));
  EXPECT_NEAR(asked(sam, prompt), sigmoid(0.25 + 0.1 * (0.5 * kMaskLogit - kMaskLogit) / 2), 1e-5);
  prompt.mask = cv::Mat(10, 10, CV_32FC1, cv::Scalar(1));
  EXPECT_THAT(message_of([&] { sam.mask(prompt); }), AllOf(HasSubstr("10x10"), HasSubstr("512x256")));
}

TEST(SegmentAnything, OfSeveralMasksTheBestOrTheFirst) {
  const Scratch folder;
  AlphaSourceConfig config = sam_settings(folder.path(), {0, 0, 0, 0, {-2, 3, 1}, {0.2f, 0.9f, 0.5f}});
  const auto value = [&] {
    SegmentAnything sam(config.network, config.segment_anything, 1);
    sam.see(wide_frame());
    return asked(sam, one_point());
  };
  EXPECT_NEAR(value(), sigmoid(3), 1e-6);
  config.segment_anything.soft = false;
  EXPECT_EQ(value(), 1);
  config.segment_anything.answer = "first";
  EXPECT_EQ(value(), 0);
  config.segment_anything.soft = true;
  EXPECT_NEAR(value(), sigmoid(-2), 1e-6);
}

TEST(SegmentAnything, AFrameIsLookedAtOnce) {
  const Scratch folder;
  SegmentAnything sam = network(folder, {0, 0, 1, 0}, 64);
  cv::Mat frame(48, 64, CV_8UC3, cv::Scalar::all(90));
  sam.see(frame);
  sam.mask(one_point());
  sam.mask(one_point());
  sam.see(frame.clone());
  EXPECT_EQ(sam.encodings(), 1);
  const double before = asked(sam, one_point());
  frame.at<cv::Vec3b>(40, 50)[1] += 1;
  sam.see(frame);
  EXPECT_EQ(sam.encodings(), 2);
  frame.setTo(cv::Scalar::all(200));
  sam.see(frame);
  EXPECT_GT(asked(sam, one_point()), before + 0.1);
  sam.see(cv::Mat(64, 48, CV_8UC3, cv::Scalar::all(200)));
  EXPECT_EQ(sam.encodings(), 4);
  EXPECT_EQ(sam.mask(one_point()).size(), cv::Size(48, 64));
}

TEST(SegmentAnything, FilesThatAreNotItsOwnAreNamed) {
  const Scratch folder;
  AlphaSourceConfig config = sam_settings(folder.path(), {}, 64);
  const auto message = [&](const std::string& encoder, const std::string& decoder) {
    NetworkConfig first = config.network;
    SegmentAnythingConfig second = config.segment_anything;
    first.model = encoder, second.decoder = decoder;
    return message_of([&] { SegmentAnything sam(first, second, 1); });
  };
  const std::string encoder = config.network.model, decoder = config.segment_anything.decoder;
  EXPECT_EQ(message(encoder, decoder), "no error");
  EXPECT_THAT(message("", decoder), HasSubstr("network.model"));
  EXPECT_THAT(message(encoder, ""), HasSubstr("segment_anything.decoder"));
  EXPECT_THAT(message(encoder, encoder),
              AllOf(HasSubstr("encoder.onnx"), HasSubstr("image_embeddings, point_coords"), HasSubstr("inputs: images")));
  EXPECT_THAT(message(decoder, decoder), AllOf(HasSubstr("decoder.onnx"), HasSubstr("one input")));
  write_file(folder / "flat.onnx", tiny_onnx::identity({1, 3, 32, 64}, {1, 3, 32, 64}));
  EXPECT_THAT(message((folder / "flat.onnx").string(), decoder), HasSubstr("[1,3,S,S]"));
  NetworkConfig wrong = config.network;
  wrong.width = wrong.height = 96;
  EXPECT_THAT(message_of([&] { SegmentAnything sam(wrong, config.segment_anything, 1); }), HasSubstr("frozen to 64"));
}

TEST(SegmentAnything, WhatCannotBeAskedOrAnsweredIsNamed) {
  const Scratch folder;
  SegmentAnything sam = network(folder, {}, 64);
  EXPECT_THAT(message_of([&] { sam.mask(one_point()); }), HasSubstr("no frame"));
  EXPECT_THAT(message_of([&] { sam.see(cv::Mat(9, 9, CV_8UC1, cv::Scalar(1))); }), HasSubstr("BGR"));
  const cv::Mat frame(48, 64, CV_8UC3, cv::Scalar::all(90));
  SegmentAnything endless = network(folder, {0, 0, 0, 0, {std::numeric_limits<float>::infinity()}}, 64);
  endless.see(frame);
  EXPECT_THAT(message_of([&] { endless.mask(one_point()); }), AllOf(HasSubstr("decoder.onnx"), HasSubstr("not finite")));
}

}  // namespace
}  // namespace facemat
