#include "data/annotate/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/annotate/stand_ins.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

ParserConfig stand_in(const Scratch& folder) {
  ParserConfig config;
  config.name = "stand-in";
  config.network.model = (folder / "parser.onnx").string();
  config.network.mean = config.network.std = {0.5, 0.5, 0.5};
  config.network.activation = "softmax";
  config.classes = role_names();
  if (!fs::exists(config.network.model)) write_file(config.network.model, tiny_onnx::parser_graph(32));
  return config;
}

// Left blue, right red.
cv::Mat halves(int side) {
  cv::Mat out(side, side, CV_8UC3, cv::Scalar(255, 0, 0));
  out(cv::Rect(side / 2, 0, side / 2, side)).setTo(cv::Scalar(0, 0, 255));
  return out;
}

TEST(ParserTest, TellsRolesApartAtTheSizeOfTheCrop) {
  Scratch folder;
  Parser parser(stand_in(folder), 1);
  for (const int side : {16, 32, 100}) {  // smaller than the network, its own, larger
    const RoleMap map = fused({parser.run(halves(side))}, {1});
    EXPECT_EQ(map.role.size(), cv::Size(side, side));
    EXPECT_EQ(cv::countNonZero(map.role(cv::Rect(0, 0, side / 4, side)) == kBackground), side * (side / 4)) << side;
    EXPECT_EQ(cv::countNonZero(map.role(cv::Rect(side - side / 4, 0, side / 4, side)) == kFace), side * (side / 4)) << side;
    EXPECT_GT(map.top.at<float>(0, 0), 0.99f);
    EXPECT_GT(map.gap.at<float>(0, 0), 0.98f);
    EXPECT_TRUE(map.agreement.empty());
  }
}

TEST(ParserTest, ClassesOfOneRoleAreAddedUp) {
  Scratch folder;
  ParserConfig config = stand_in(folder);
  config.classes = {"face", "hair", "body", "face", "clothes", "accessory"};
  const RoleMaps maps = Parser(config, 1).run(halves(32));
  EXPECT_NEAR(maps[kFace].at<float>(0, 0), 1, 1e-3);
  EXPECT_NEAR(maps[kFace].at<float>(0, 31), 1, 1e-3);
  EXPECT_EQ(cv::countNonZero(maps[kBackground]), 0);
}

TEST(ParserTest, TakesClassIds) {
  Scratch folder;
  ParserConfig config = stand_in(folder);
  config.network.activation = "argmax";
  const RoleMap map = fused({Parser(config, 1).run(halves(64))}, {1});
  EXPECT_EQ(map.role.at<uint8_t>(10, 10), kBackground);
  EXPECT_EQ(map.role.at<uint8_t>(10, 60), kFace);
  EXPECT_EQ(map.gap.at<float>(10, 60), 1);
  config.classes = {"background", "hair", "face"};  // the network knows more
  Parser parser(config, 1);
  EXPECT_THAT(message_of([&] { parser.run(halves(64)); }), AllOf(HasSubstr("answers with class 3"), HasSubstr("ends at 2")));
}

TEST(ParserTest, AWrongClassTableIsRefused) {
  Scratch folder;
  ParserConfig config = stand_in(folder);
  const auto message = [&] {
    return message_of([&] {
      check(config, "parsers.0");
      Parser(config, 1);
    });
  };
  config.classes.pop_back();
  EXPECT_THAT(message(), AllOf(HasSubstr("parser.onnx"), HasSubstr("6 classes"), HasSubstr("has 5"), HasSubstr("allowed: 6")));
  config.classes = {"background", "hair", "skin", "face", "clothes", "accessory"};
  EXPECT_THAT(message(), AllOf(HasSubstr("stand-in"), HasSubstr("'skin'"), HasSubstr("known: background, hair")));
  config.classes = {"background", "hair", "body", "body", "clothes", "accessory"};
  EXPECT_THAT(message(), HasSubstr("no class as 'face'"));
  config.classes = {"face"};
  EXPECT_THAT(message(), HasSubstr("at least two"));
}

TEST(Fusion, IsTheWeightedMeanAndSaysWhoAgrees) {
  const auto certain = [](Role role, float probability) {
    RoleMaps maps;
    for (cv::Mat& map : maps) map = cv::Mat(1, 1, CV_32FC1, cv::Scalar((1 - probability) / (kRoles - 1)));
    maps[role].setTo(probability);
    return maps;
  };
  const RoleMap both = fused({certain(kFace, 0.9f), certain(kHair, 0.6f)}, {1, 1});
  EXPECT_EQ(both.role.at<uint8_t>(0, 0), kFace);
  EXPECT_NEAR(both.top.at<float>(0, 0), (0.9 + 0.08) / 2, 1e-6);
  EXPECT_NEAR(both.gap.at<float>(0, 0), (0.9 + 0.08 - 0.6 - 0.02) / 2, 1e-6);
  EXPECT_NEAR(both.agreement.at<float>(0, 0), 0.5, 1e-6);
  const RoleMap heavier = fused({certain(kFace, 0.9f), certain(kHair, 0.6f)}, {1, 3});
  EXPECT_EQ(heavier.role.at<uint8_t>(0, 0), kHair);
  EXPECT_NEAR(heavier.agreement.at<float>(0, 0), 0.75, 1e-6);
  // What is no face may be called whatever.
  EXPECT_NEAR(fused({certain(kClothes, 0.9f), certain(kHair, 0.6f)}, {1, 1}).agreement.at<float>(0, 0), 1, 1e-6);
}

}  // namespace
}  // namespace facemat
