#include "src/image/mask_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "src/image/codec.h"
#include "tests/support/mask_blocks.h"
#include "tests/support/odd_images.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

const MaskAdvice kAdvice{"say zero_one", "say labels"};

class MaskFiles : public testing::Test {
 protected:
  std::vector<int> read(const cv::Mat& picture, const MaskValues& values = {}, const char* name = "m.png") {
    return read_bytes(encode_image(fs::path(name).extension(), picture, 100), values, name);
  }
  std::vector<int> read_bytes(const std::string& bytes, const MaskValues& values = {}, const char* name = "m.png") {
    write_file(scratch_ / name, bytes);
    planes_ = read_mask_file(scratch_ / name, values, kAdvice);
    return values_of(planes_.value);
  }
  std::string refusal(const cv::Mat& picture, const MaskValues& values = {}, const char* name = "m.png") {
    return message_of([&] { read(picture, values, name); });
  }
  Scratch scratch_;
  MaskPlanes planes_;
};

OddPng one_bit() { return {16, 8, 0, 1, std::vector<int>(128, 1)}; }

MaskValues labels_of(std::vector<int> labels, int ignore = -1) {
  MaskValues values;
  values.labels = std::move(labels), values.ignore = ignore;
  return values;
}
MaskValues white(int value) {
  MaskValues values;
  values.white = value;
  return values;
}
MaskValues binary() {
  MaskValues values;
  values.binary = true;
  return values;
}

TEST_F(MaskFiles, LevelsAreWhatTheyAre) {
  EXPECT_EQ(read(blocks({0, 128, 255})), (std::vector<int>{0, 128, 255}));
  EXPECT_EQ(read(blocks({0, 255, 0})), (std::vector<int>{0, 255, 0}));
  EXPECT_EQ(read(blocks({0, 0, 0})), (std::vector<int>{0, 0, 0})) << "nothing is there";
  EXPECT_EQ(read(blocks({0, 32896, 65535}, CV_16UC1)), (std::vector<int>{0, 128, 255}));
  EXPECT_EQ(read(blocks({0, 70, 140, 210, 255})), (std::vector<int>{0, 70, 140, 210, 255}));
  MaskValues inverted;
  inverted.inverted = true;
  EXPECT_EQ(read(blocks({0, 128, 255}), inverted), (std::vector<int>{255, 127, 0}));
  EXPECT_TRUE(planes_.trust.empty());
}

TEST_F(MaskFiles, OneGreyIsNoMapOfLabels) { EXPECT_EQ(read(blocks({20, 20})), (std::vector<int>{20, 20})); }

// A matte that is faint everywhere has many values; labels are few.
TEST_F(MaskFiles, AFaintMatteIsNoMapOfLabels) {
  std::vector<int> faint(60);
  std::iota(faint.begin(), faint.end(), 0);
  EXPECT_EQ(read(blocks(faint)), faint);
  EXPECT_EQ(read(blocks({0, 2, 4, 5, 7, 8, 6, 4, 2, 0})), (std::vector<int>{0, 2, 4, 5, 7, 8, 6, 4, 2, 0})) << "it is smooth";
  EXPECT_THAT(refusal(blocks({0, 8, 2, 5, 7, 4, 6})), HasSubstr("labels")) << "they jump";
}

TEST_F(MaskFiles, ZeroAndOneMustBeCalledSo) {
  EXPECT_THAT(refusal(blocks({0, 1})), HasSubstr("m.png: holds only the values 0 and 1 of 255 and looks black (say zero_one)"));
  EXPECT_EQ(read(blocks({0, 1}), white(1)), (std::vector<int>{0, 255}));
  EXPECT_EQ(read(blocks({0, 1}), binary()), (std::vector<int>{0, 255}));
  EXPECT_THAT(refusal(blocks({0, 255}), white(1)), HasSubstr("holds values up to 255, more than the 1 that is to mean 1"));
  EXPECT_THAT(refusal(blocks({0, 255}, CV_16UC1)), HasSubstr("its largest value is 255 of 65535 and looks black"));
  EXPECT_THAT(refusal(blocks({0, 1}, CV_16UC1)), HasSubstr("holds only the values 0 and 1 of 65535 and looks black"));
  EXPECT_EQ(read(blocks({0, 1}, CV_16UC1), white(1)), (std::vector<int>{0, 255}));
  EXPECT_EQ(read(blocks({0, 128, 255}, CV_16UC1), white(255)), (std::vector<int>{0, 128, 255})) << "8-bit levels in 16 bits";
  EXPECT_EQ(read(blocks({0, 12850, 51400}, CV_16UC1), white(200)), (std::vector<int>{0, 64, 255}));
  EXPECT_THAT(refusal(blocks({0, 255}), white(1), "m.jpg"), HasSubstr("m.jpg: holds values up to 255, more than the 1"));
  EXPECT_EQ(read_bytes(odd_png(one_bit())), (std::vector<int>{255, 255})) << "one bit is black and white";
}

TEST_F(MaskFiles, LabelsAreRefusedByTheirValues) {
  EXPECT_THAT(refusal(blocks({0, 1, 10, 14, 17, 13})),
              HasSubstr("m.png: holds the values 0, 1, 10, 13, 14, 17: labels, not levels (say labels)"));
  EXPECT_THAT(refusal(blocks({0, 1, 10, 17}), binary()), HasSubstr("holds the values 0, 1, 10, 17: labels"))
      << "the largest half would be the face";
  EXPECT_THAT(refusal(blocks({0, 1, 255})), HasSubstr("holds the values 0, 1, 255: labels"));
  EXPECT_THAT(refusal(blocks({0, 1, 255}), binary()), HasSubstr("holds the values 0, 1, 255: labels")) << "1 would be nothing";
  EXPECT_THAT(refusal(blocks({0, 1, 17}), white(17)), HasSubstr("holds the values 0, 1, 17: labels")) << "1 would be 1/17";
  EXPECT_THAT(refusal(blocks({0, 1, 17}, CV_16UC1)), HasSubstr("holds the values 0, 1, 17: labels"));
  EXPECT_THAT(refusal(blocks({0, 15})), HasSubstr("holds the values 0, 15: labels"));
  EXPECT_EQ(read(blocks({0, 15}), binary()), (std::vector<int>{0, 255}));
  std::vector<int> many(19);
  for (int i = 0; i < 19; ++i) many[i] = 7 * i % 19;
  EXPECT_THAT(refusal(blocks(many)), HasSubstr("holds the values 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 7 more: labels"));
}

TEST_F(MaskFiles, LabelsAreReadByTheirValues) {
  EXPECT_EQ(read(blocks({0, 1, 10, 14, 17, 255}), labels_of({1, 10, 14}, 255)), (std::vector<int>{0, 255, 255, 255, 0, 0}));
  EXPECT_EQ(values_of(planes_.trust), (std::vector<int>{255, 255, 255, 255, 255, 0}));
  EXPECT_EQ(read(blocks({0, 1, 2}), labels_of({2})), (std::vector<int>{0, 0, 255}));
  EXPECT_TRUE(planes_.trust.empty());
  EXPECT_EQ(read(blocks({0, 300, 2}, CV_16UC1), labels_of({300})), (std::vector<int>{0, 255, 0}));
  MaskValues turned = labels_of({1}, 255);
  turned.inverted = true;
  EXPECT_EQ(read(blocks({0, 1, 255}), turned), (std::vector<int>{255, 0, 0})) << "what nobody labelled is 0 either way";
  EXPECT_THAT(refusal(blocks({0, 1}), labels_of({1}), "m.jpg"), HasSubstr("m.jpg: labels in a JPEG are not exact"));
}

// An alpha may have a few small values: a pane of glass with a frame. Who reads alphas does not look for labels.
TEST_F(MaskFiles, LabelsAreLookedForWhereTheyCanBe) {
  write_image(scratch_ / "glass.png", blocks({0, 51, 255}));
  EXPECT_THAT(message_of([&] { read_mask_file(scratch_ / "glass.png", {}, kAdvice); }), HasSubstr("values 0, 51, 255: labels"));
  const MaskAdvice no_labels{"say zero_one"};
  EXPECT_EQ(values_of(read_mask_file(scratch_ / "glass.png", {}, no_labels).value), (std::vector<int>{0, 51, 255}));
  write_image(scratch_ / "one.png", blocks({0, 1}));
  EXPECT_THAT(message_of([&] { read_mask_file(scratch_ / "one.png", {}, no_labels); }), HasSubstr("(say zero_one)"));
}

// Palettes of many colours: what counts is the index.
TEST_F(MaskFiles, LabelsOfAPaletteAreItsIndices) {
  for (const int bits : {1, 2, 4, 8}) {
    std::vector<int> row;
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 16; ++x) row.push_back(x < 8 ? 0 : (1 << std::min(bits, 4)) - 1);
    OddPng png{16, 8, 3, bits, row};
    for (int i = 0; i < 1 << std::min(bits, 4); ++i) png.palette += {static_cast<char>(7 * i), static_cast<char>(200 - i), 3};
    const int last = (1 << std::min(bits, 4)) - 1;
    EXPECT_EQ(read_bytes(odd_png(png), labels_of({last})), (std::vector<int>{0, 255})) << bits;
    EXPECT_THAT(message_of([&] { read_bytes(odd_png(png)); }), HasSubstr("this image has a palette of colours (say labels)"))
        << bits;
  }
  EXPECT_EQ(read_bytes(odd_png(one_bit()), labels_of({1})), (std::vector<int>{255, 255})) << "one bit, grey";
}

TEST_F(MaskFiles, TheAlphaChannelOfAPictureIsItsMask) {
  cv::Mat picture(8, 16, CV_8UC4, cv::Scalar(10, 200, 30, 255));
  picture.colRange(0, 8).setTo(cv::Scalar(90, 20, 60, 0));
  EXPECT_EQ(read(picture), (std::vector<int>{0, 255}));
  cv::Mat white_cutout(8, 16, CV_8UC4, cv::Scalar(255, 255, 255, 255));
  white_cutout.colRange(0, 8).setTo(cv::Scalar(255, 255, 255, 100));
  EXPECT_EQ(read(white_cutout), (std::vector<int>{100, 255}));
  EXPECT_EQ(read(cv::Mat(8, 16, CV_8UC4, cv::Scalar(0, 0, 0, 0))), (std::vector<int>{0, 0}));
  picture.setTo(cv::Scalar(90, 20, 60, 0));
  picture.at<cv::Vec4b>(0, 0) = {10, 200, 30, 0};
  EXPECT_EQ(read(picture), (std::vector<int>{0, 0})) << "a picture without a face is cut out as nothing";
  cv::Mat grey(8, 16, CV_8UC4, cv::Scalar(255, 255, 255, 255));
  grey.colRange(0, 8).setTo(cv::Scalar(0, 0, 0, 255));
  EXPECT_EQ(read(grey), (std::vector<int>{0, 255})) << "opaque: the grey is the mask";
  grey.colRange(0, 4).setTo(cv::Scalar(0, 0, 0, 100));
  EXPECT_THAT(refusal(grey), HasSubstr("both its grey and its alpha channel could be the mask"));
}

TEST_F(MaskFiles, JpegsLoseTheirNoiseAtTheEndsOnly) {
  const cv::Mat mask = blocks({0, 3, 4, 128, 251, 252, 255});
  EXPECT_EQ(read(mask), (std::vector<int>{0, 3, 4, 128, 251, 252, 255}));
  for (const char* name : {"a.jpg", "a.JPEG"}) {
    write_file(scratch_ / name, encode_image(".jpg", mask, 100));
    EXPECT_EQ(values_of(read_mask_file(scratch_ / name, {}, kAdvice).value), (std::vector<int>{0, 0, 4, 128, 251, 255, 255}));
  }
}

TEST_F(MaskFiles, PredictionsAreTakenAsTheyAre) {
  write_image(scratch_ / "p.png", blocks({0, 1, 17}));
  EXPECT_EQ(values_of(read_predicted_matte(scratch_ / "p.png")), (std::vector<int>{0, 1, 17}));
  write_image(scratch_ / "p.png", blocks({0, 1, 0}));
  EXPECT_EQ(values_of(read_predicted_matte(scratch_ / "p.png", 1)), (std::vector<int>{0, 255, 0}));
  write_image(scratch_ / "p.png", blocks({0, 2, 0}));
  EXPECT_THAT(message_of([&] { read_predicted_matte(scratch_ / "p.png", 1); }),
              HasSubstr("holds values up to 2, more than the 1"));
}

TEST_F(MaskFiles, PredictionsThatLookBlackTellWhy) {
  const auto file = [&](const char* name, const cv::Mat& picture) {
    write_file(scratch_ / name, encode_image(fs::path(name).extension(), picture, 100));
    return scratch_ / name;
  };
  const fs::path black = file("black.png", blocks({0, 0})), one = file("one.png", blocks({0, 1})),
                 labels = file("labels.png", blocks({0, 1, 10, 14})), grey = file("grey.png", blocks({0, 64})),
                 noise = file("noise.jpg", blocks({0, 3, 2})), deep = file("deep.png", blocks({0, 255}, CV_16UC1));
  write_file(scratch_ / "broken.png", "no picture");
  const std::string zero_one = "hold only the values 0 and 1 of 255 and look black";
  EXPECT_EQ(black_reason({}), "");
  EXPECT_EQ(black_reason({black, noise, scratch_ / "broken.png"}), "") << "nobody can tell";
  EXPECT_EQ(black_reason({black, one, one}), zero_one);
  EXPECT_EQ(black_reason({deep}), zero_one) << "8-bit levels in 16 bits";
  EXPECT_EQ(black_reason({one, labels}), "hold the values 0, 1, 10, 14: labels, which look black as levels");
  EXPECT_EQ(black_reason({one, labels, grey}), "") << "one of them is none";
  EXPECT_EQ(black_reason(std::vector<fs::path>(100, one)), zero_one);
}

TEST(MaskProportions, OnePixelOfSlackForRounding) {
  EXPECT_TRUE(same_proportions({4289, 2835}, {2145, 1418}));
  EXPECT_TRUE(same_proportions({81, 61}, {40, 30}));
  EXPECT_TRUE(same_proportions({81, 61}, {41, 31}));
  EXPECT_TRUE(same_proportions({40, 30}, {80, 60}));
  EXPECT_FALSE(same_proportions({80, 60}, {60, 80}));
  EXPECT_FALSE(same_proportions({80, 60}, {80, 62}));
}

TEST(MaskProportions, AnUnturnedMaskIsToldByExif) {
  const Scratch scratch;
  write_file(scratch / "p.jpg", with_exif(encode_image(".jpg", cv::Mat(30, 40, CV_8UC3, cv::Scalar(1, 2, 3))), 6, true));
  EXPECT_THAT(turned_hint(scratch / "p.jpg", {40, 30}), HasSubstr("turned by its EXIF orientation 6, the mask is not"));
  EXPECT_EQ(turned_hint(scratch / "p.jpg", {30, 40}), "") << "that is the turned picture's size";
  EXPECT_EQ(turned_hint(scratch / "p.jpg", {50, 50}), "");
  EXPECT_EQ(turned_hint(scratch / "p.jpg", {40, 30}, "trimap", "matte"),
            " (the trimap is turned by its EXIF orientation 6, the matte is not: turn it, too)");
  write_file(scratch / "square.jpg", with_exif(encode_image(".jpg", cv::Mat(30, 30, CV_8UC3, cv::Scalar(1, 2, 3))), 6, true));
  EXPECT_EQ(turned_hint(scratch / "square.jpg", {15, 15}), "") << "turned or not";
}

TEST(MaskProportions, WhatFitsBothWaysIsTold) {
  const Scratch scratch;
  const auto picture = [&](cv::Size size, int orientation) {
    write_file(scratch / "p.jpg",
               with_exif(encode_image(".jpg", cv::Mat(size, CV_8UC3, cv::Scalar(1, 2, 3))), orientation, true));
    return scratch / "p.jpg";
  };
  write_image(scratch / "square.png", cv::Mat(20, 20, CV_8UC1, cv::Scalar(255)));
  write_image(scratch / "wide.png", cv::Mat(30, 40, CV_8UC1, cv::Scalar(255)));
  write_image(scratch / "tall.png", cv::Mat(40, 30, CV_8UC1, cv::Scalar(255)));
  EXPECT_TRUE(may_be_unturned(picture({40, 40}, 6), scratch / "square.png"));
  EXPECT_TRUE(may_be_unturned(picture({80, 60}, 3), scratch / "wide.png"));
  EXPECT_FALSE(may_be_unturned(picture({80, 60}, 6), scratch / "tall.png")) << "it fits the turned picture alone";
  EXPECT_FALSE(may_be_unturned(picture({80, 60}, 1), scratch / "wide.png"));
}

}  // namespace
}  // namespace facemat
