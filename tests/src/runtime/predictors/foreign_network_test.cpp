#include "src/runtime/predictors/foreign_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/core/file.h"
#include "src/runtime/onnx/plain_session.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny_onnx.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using tiny_onnx::identity;

constexpr int kOpen = -1;

// A file of `bytes` and settings that name it.
NetworkConfig network(const Scratch& folder, const std::string& bytes) {
  static int count = 0;
  NetworkConfig config;
  config.model = (folder / ("net" + std::to_string(count++) + ".onnx")).string();
  write_file(config.model, bytes);
  return config;
}

cv::Mat frame(cv::Size size, cv::Scalar bgr) { return cv::Mat(size, CV_8UC3, bgr); }

float middle(const cv::Mat& map) { return map.at<float>(map.rows / 2, map.cols / 2); }

std::string open_message(const NetworkConfig& config) {
  return message_of([&] { ForeignNetwork net(config, 1); });
}

std::string run_message(const NetworkConfig& config, cv::Size size = {16, 16}) {
  return message_of([&] { ForeignNetwork(config, 1).run(frame(size, {10, 20, 30})); });
}

// Every pixel's channels as the network sees them.
const std::string kPicture = identity({1, 3, kOpen, kOpen}, {1, 3, kOpen, kOpen});

// Writes 0.2, 0.4, 0.6 for blue, green, red.
const cv::Scalar kColour(51, 102, 153);

TEST(ForeignNetwork, FeedsColoursInTheOrderAsked) {
  Scratch folder;
  NetworkConfig config = network(folder, kPicture);
  const double rgb[] = {0.6, 0.4, 0.2};
  for (int c = 0; c < 3; ++c) {
    config.channel = c;
    config.colour = "rgb";
    EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(frame({16, 16}, kColour))), rgb[c], 1e-6);
    config.colour = "bgr";
    EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(frame({16, 16}, kColour))), rgb[2 - c], 1e-6);
  }
}

TEST(ForeignNetwork, GivesEveryChannelAtOnce) {
  Scratch folder;
  NetworkConfig config = network(folder, kPicture);
  config.channel = 1;  // does not count
  const auto middles = [&](const char* activation) {
    config.activation = activation;
    std::vector<double> out;
    for (const cv::Mat& map : ForeignNetwork(config, 1).run_channels(frame({20, 16}, kColour))) {
      EXPECT_EQ(map.size(), cv::Size(20, 16));
      out.push_back(middle(map));
    }
    return out;
  };
  using ::testing::DoubleNear;
  using ::testing::ElementsAre;
  EXPECT_THAT(middles("none"), ElementsAre(DoubleNear(0.6, 1e-6), DoubleNear(0.4, 1e-6), DoubleNear(0.2, 1e-6)));
  const double sum = std::exp(0.6) + std::exp(0.4) + std::exp(0.2);
  EXPECT_THAT(middles("softmax"), ElementsAre(DoubleNear(std::exp(0.6) / sum, 1e-6), DoubleNear(std::exp(0.4) / sum, 1e-6),
                                              DoubleNear(std::exp(0.2) / sum, 1e-6)));
  EXPECT_NEAR(middles("sigmoid").at(1), 1 / (1 + std::exp(-0.4)), 1e-6);
  EXPECT_THAT(middles("argmax"), ElementsAre(0));
  EXPECT_EQ(ForeignNetwork(config, 1).fixed_size(), cv::Size());
}

TEST(ForeignNetwork, NormalisesInTheRangeAndOrderAsked) {
  Scratch folder;
  NetworkConfig config = network(folder, kPicture);
  config.channel = 0;
  config.mean = {0.1, 0.5, 0.5};
  config.std = {0.25, 0.5, 0.5};
  EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(frame({16, 16}, kColour))), (0.6 - 0.1) / 0.25, 1e-6);
  config.range_high = 255;
  config.mean = {100, 0, 0};
  config.std = {2, 1, 1};
  EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(frame({16, 16}, kColour))), (153 - 100) / 2.0, 1e-4);
  config.colour = "bgr";  // the first mean is blue's now
  EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(frame({16, 16}, kColour))), (51 - 100) / 2.0, 1e-4);
}

TEST(ForeignNetwork, TakesChannelsLast) {
  Scratch folder;
  NetworkConfig config = network(folder, identity({1, kOpen, kOpen, 3}, {1, kOpen, kOpen, 3}));
  config.layout = "nhwc";
  cv::Mat image = frame({20, 16}, kColour);
  image.at<cv::Vec3b>(4, 9) = {255, 0, 51};
  const double rgb[] = {0.6, 0.4, 0.2}, odd[] = {0.2, 0, 1};
  for (int c = 0; c < 3; ++c) {
    config.channel = c;
    const cv::Mat map = ForeignNetwork(config, 1).run(image);
    EXPECT_EQ(map.size(), image.size());
    EXPECT_NEAR(map.at<float>(9, 4), rgb[c], 1e-6);
    EXPECT_NEAR(map.at<float>(4, 9), odd[c], 1e-6);
  }
}

// The mean over the picture as the network sees it, of red: bars and rounding show in it.
std::string mean_of_red(const std::vector<int64_t>& size) {
  const std::vector<int64_t> in = {1, 3, size[0], size[1]}, one = {1, 1, size[0], size[1]};
  return tiny_onnx::model(
      tiny_onnx::node("Conv", {"src", "w"}, "red") + tiny_onnx::node("GlobalAveragePool", {"red"}, "mean") +
          tiny_onnx::node("Sub", {"red", "red"}, "nothing") + tiny_onnx::node("Add", {"nothing", "mean"}, "out") +
          tiny_onnx::weights("w", {1, 3, 1, 1}, {1, 0, 0}) + tiny_onnx::port(11, "src", in) + tiny_onnx::port(12, "out", one),
      "");
}

TEST(ForeignNetwork, StretchesOrLetterboxesIntoAFixedSize) {
  Scratch folder;
  NetworkConfig config = network(folder, mean_of_red({32, 32}));
  const cv::Mat white = frame({64, 32}, cv::Scalar::all(255));
  EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(white)), 1, 1e-6);
  config.resize = "letterbox";
  EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(white)), 0.5, 1e-6);  // 32x16 of 32x32
  const cv::Mat tall = frame({8, 64}, cv::Scalar::all(255));
  EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(tall)), 4.0 / 32, 1e-6);
}

TEST(ForeignNetwork, CropsTheBarsOffTheAnswer) {
  Scratch folder;
  NetworkConfig config = network(folder, identity({1, 3, 32, 32}, {1, 3, 32, 32}));
  config.resize = "letterbox";
  config.channel = 0;
  cv::Mat image = frame({64, 32}, cv::Scalar::all(255));  // shown as 32x16 at row 8
  image(cv::Rect(0, 0, 32, 16)).setTo(cv::Scalar::all(102));
  const cv::Mat map = ForeignNetwork(config, 1).run(image);
  ASSERT_EQ(map.size(), image.size());
  EXPECT_NEAR(map.at<float>(0, 0), 0.4, 1e-6);
  EXPECT_NEAR(map.at<float>(13, 29), 0.4, 1e-6);
  EXPECT_NEAR(map.at<float>(0, 63), 1, 1e-6);
  EXPECT_NEAR(map.at<float>(31, 0), 1, 1e-6);
}

TEST(ForeignNetwork, CentresThePictureAmongTheBars) {
  Scratch folder;
  std::vector<float> lit(32, 0.f);  // the network sees rows 8 to 23 only
  std::fill(lit.begin() + 8, lit.begin() + 24, 1.f);
  NetworkConfig config = network(
      folder, tiny_onnx::model(tiny_onnx::node("Mul", {"in", "lit"}, "out") + tiny_onnx::weights("lit", {1, 1, 32, 1}, lit) +
                                   tiny_onnx::port(11, "in", {1, 3, 32, 32}) + tiny_onnx::port(12, "out", {1, 3, 32, 32}),
                               ""));
  config.resize = "letterbox";
  config.channel = 0;
  const cv::Mat map = ForeignNetwork(config, 1).run(frame({64, 32}, cv::Scalar::all(255)));
  EXPECT_EQ(cv::countNonZero(map == 1), 64 * 32);
}

TEST(ForeignNetwork, FollowsTheFrameRoundedUp) {
  Scratch folder;
  NetworkConfig config = network(folder, mean_of_red({kOpen, kOpen}));
  config.multiple = 32;
  const cv::Mat white = frame({40, 30}, cv::Scalar::all(255));
  EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(white)), 1, 1e-6);
  config.resize = "letterbox";  // unscaled among bars
  EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(white)), 40 * 30 / (64.0 * 32), 1e-6);

  NetworkConfig picture = network(folder, kPicture);
  picture.multiple = 32;
  picture.resize = "letterbox";
  picture.channel = 2;
  cv::Mat noisy(30, 41, CV_8UC3), blue;
  cv::RNG(7).fill(noisy, cv::RNG::UNIFORM, 0, 256);
  cv::extractChannel(noisy, blue, 0);
  blue.convertTo(blue, CV_32F, 1 / 255.0);
  EXPECT_LT(cv::norm(ForeignNetwork(picture, 1).run(noisy), blue, cv::NORM_INF), 1e-6);  // back at its very place
}

TEST(ForeignNetwork, SeesTheSizeAsked) {
  Scratch folder;
  NetworkConfig config = network(folder, mean_of_red({kOpen, kOpen}));
  config.width = 48;
  config.height = 16;
  config.resize = "letterbox";
  EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(frame({20, 20}, cv::Scalar::all(255)))), 16.0 / 48, 1e-6);
  NetworkConfig frozen = network(folder, mean_of_red({32, 32}));
  frozen.width = 32;
  frozen.height = 64;
  EXPECT_THAT(open_message(frozen), AllOf(HasSubstr("32x64"), HasSubstr("32x32"), HasSubstr(frozen.model)));
}

TEST(ForeignNetwork, AppliesActivations) {
  Scratch folder;
  NetworkConfig config = network(folder, kPicture);  // logits 0.6, 0.4, 0.2
  config.mean = {0, 0, 0};
  config.std = {0.1, 0.1, 0.1};  // 6, 4, 2
  config.channel = 1;
  const auto value = [&](const std::string& activation) {
    config.activation = activation;
    return middle(ForeignNetwork(config, 1).run(frame({16, 16}, kColour)));
  };
  EXPECT_NEAR(value("none"), 4, 1e-5);
  EXPECT_NEAR(value("sigmoid"), 1 / (1 + std::exp(-4.0)), 1e-6);
  EXPECT_NEAR(value("softmax"), std::exp(4.0) / (std::exp(6.0) + std::exp(4.0) + std::exp(2.0)), 1e-6);
  EXPECT_EQ(value("argmax"), 0);
  config.std = {1e-3, 1e-3, 1e-3};  // 600, 400, 200: no overflow
  config.channel = 0;
  EXPECT_NEAR(value("softmax"), 1, 1e-6);
}

TEST(ForeignNetwork, KeepsClassesWhole) {
  Scratch folder;
  NetworkConfig config = network(folder, kPicture);
  config.width = config.height = 8;
  config.activation = "argmax";
  cv::Mat image = frame({64, 64}, {0, 0, 255});         // red: class 0
  image.colRange(32, 64).setTo(cv::Scalar(255, 0, 0));  // blue: class 2
  const cv::Mat map = ForeignNetwork(config, 1).run(image);
  EXPECT_EQ(cv::countNonZero(map == 0), 64 * 32);
  EXPECT_EQ(cv::countNonZero(map == 2), 64 * 32);  // nothing between
}

TEST(ForeignNetwork, ReadsWholeNumbers) {
  Scratch folder;
  const std::vector<int64_t> four = {1, 1, 8, 8};
  for (const int type : {tiny_onnx::kUint8, tiny_onnx::kInt64}) {
    NetworkConfig config =
        network(folder, tiny_onnx::model(tiny_onnx::node("Conv", {"src", "w"}, "red") +
                                             tiny_onnx::node("Cast", {"red"}, "out", tiny_onnx::attribute("to", type)) +
                                             tiny_onnx::weights("w", {1, 3, 1, 1}, {1, 0, 0}) +
                                             tiny_onnx::port(11, "src", {1, 3, 8, 8}) + tiny_onnx::port(12, "out", four, type),
                                         ""));
    config.range_high = 255;
    cv::Mat image = frame({64, 64}, {0, 0, 17});
    image.colRange(32, 64).setTo(cv::Scalar(0, 0, 3));
    const cv::Mat map = ForeignNetwork(config, 1).run(image);
    EXPECT_EQ(cv::countNonZero(map == 17), 64 * 32);
    EXPECT_EQ(cv::countNonZero(map == 3), 64 * 32);
  }
}

// out = Squeeze(red), of rank 2 or 3.
std::string squeezed(const std::vector<float>& axes, const std::vector<int64_t>& out) {
  // Axes are whole numbers; Cast makes them of a float initialiser, and the runtime folds it.
  return tiny_onnx::model(tiny_onnx::node("Conv", {"src", "w"}, "red") +
                              tiny_onnx::node("Cast", {"a"}, "axes", tiny_onnx::attribute("to", tiny_onnx::kInt64)) +
                              tiny_onnx::node("Squeeze", {"red", "axes"}, "out") +
                              tiny_onnx::weights("w", {1, 3, 1, 1}, {1, 0, 0}) +
                              tiny_onnx::weights("a", {static_cast<int64_t>(axes.size())}, axes) +
                              tiny_onnx::port(11, "src", {1, 3, 16, 24}) + tiny_onnx::port(12, "out", out),
                          "");
}

TEST(ForeignNetwork, ReadsMapsOfLowerRank) {
  Scratch folder;
  cv::Mat image = frame({24, 16}, kColour);
  image.at<cv::Vec3b>(3, 20) = {0, 0, 255};
  for (const std::string& bytes : {squeezed({1}, {1, 16, 24}), squeezed({0, 1}, {16, 24})}) {
    const cv::Mat map = ForeignNetwork(network(folder, bytes), 1).run(image);
    EXPECT_NEAR(map.at<float>(9, 9), 0.6, 1e-6);
    EXPECT_NEAR(map.at<float>(3, 20), 1, 1e-6);
  }
}

TEST(ForeignNetwork, CarriesStatesUntilResetOrAnotherSize) {
  Scratch folder;
  NetworkConfig config = network(folder, tiny_onnx::accumulator("", {0.5f, 0.25f, 0.125f}));
  config.states = {{"r1i", "r1o"}};
  ForeignNetwork net(config, 1);
  const cv::Mat grey = frame({20, 18}, cv::Scalar::all(51));  // 0.875 * 0.2 a frame
  for (int i = 1; i <= 3; ++i) EXPECT_NEAR(middle(net.run(grey)), 0.175 * i, 1e-6);
  net.reset();
  EXPECT_NEAR(middle(net.run(grey)), 0.175, 1e-6);
  EXPECT_NEAR(middle(net.run(frame({33, 17}, cv::Scalar::all(51)))), 0.175, 1e-6);
}

TEST(ForeignNetwork, StartsStatesAtTheSizeTheGraphDeclares) {
  Scratch folder;
  // A state of [1,1,16,16] that Concat, unlike Add, does not widen: its mean counts as many zeros as pixels.
  const std::vector<int64_t> state = {1, 1, 16, 16};
  NetworkConfig config =
      network(folder, tiny_onnx::model(tiny_onnx::node("Conv", {"src", "w"}, "red") +
                                           tiny_onnx::node("Concat", {"red", "r1i"}, "out", tiny_onnx::attribute("axis", 1)) +
                                           tiny_onnx::node("Identity", {"red"}, "r1o") +
                                           tiny_onnx::weights("w", {1, 3, 1, 1}, {1, 0, 0}) +
                                           tiny_onnx::port(11, "src", {1, 3, 16, 16}) + tiny_onnx::port(11, "r1i", state) +
                                           tiny_onnx::port(12, "r1o", state) + tiny_onnx::port(12, "out", {1, 2, 16, 16}),
                                       ""));
  config.states = {{"r1i", "r1o"}};
  config.channel = 1;  // the state; the first output that is none is taken though it comes second
  ForeignNetwork net(config, 1);
  EXPECT_EQ(middle(net.run(frame({16, 16}, kColour))), 0);
  EXPECT_NEAR(middle(net.run(frame({16, 16}, kColour))), 0.6, 1e-6);
}

TEST(ForeignNetwork, FeedsConstants) {
  Scratch folder;
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{1}, std::vector<int64_t>{}}) {
    NetworkConfig config = network(
        folder,
        tiny_onnx::model(tiny_onnx::node("Mul", {"src", "ratio"}, "out") + tiny_onnx::port(11, "src", {1, 3, kOpen, kOpen}) +
                             tiny_onnx::port(11, "ratio", shape) + tiny_onnx::port(12, "out", {1, 3, kOpen, kOpen}),
                         ""));
    EXPECT_THAT(open_message(config), AllOf(HasSubstr("network.input"), HasSubstr("ratio"), HasSubstr(config.model)));
    config.input = "src";  // named, but the other input is still empty
    EXPECT_THAT(open_message(config), AllOf(HasSubstr("ratio"), HasSubstr("constants")));
    config.input = "";
    config.constants = {{"ratio", 0.5}};
    config.channel = 0;
    EXPECT_NEAR(middle(ForeignNetwork(config, 1).run(frame({16, 16}, kColour))), 0.3, 1e-6);
  }
}

TEST(ForeignNetwork, NamesThatDoNotFitListTheGraph) {
  Scratch folder;
  const NetworkConfig good = network(folder, tiny_onnx::accumulator("", {1, 0, 0}));
  const auto lists_graph = AllOf(HasSubstr(good.model), HasSubstr("src float[-1,3,-1,-1]"), HasSubstr("r1i"), HasSubstr("pha"),
                                 HasSubstr("uncertainty"));
  NetworkConfig config = good;
  config.states = {{"r1i", "r1o"}};
  EXPECT_EQ(open_message(config), "no error");
  config.input = "image";
  EXPECT_THAT(open_message(config), AllOf(HasSubstr("'image'"), lists_graph));
  config = good, config.states = {{"r1i", "state"}};
  EXPECT_THAT(open_message(config), AllOf(HasSubstr("'state'"), lists_graph));
  config = good, config.states = {{"r9", "r1o"}};
  EXPECT_THAT(open_message(config), lists_graph);
  config = good, config.states = {{"r1i", "r1o"}}, config.output = "alpha";
  EXPECT_THAT(open_message(config), AllOf(HasSubstr("'alpha'"), lists_graph));
  config = good, config.states = {{"r1i", "r1o"}}, config.constants = {{"ratio", 1}};
  EXPECT_THAT(open_message(config), AllOf(HasSubstr("'ratio'"), lists_graph));
  config = good, config.states = {{"r1i", "r1o"}}, config.input = "r1i";
  EXPECT_THAT(open_message(config), HasSubstr("also a state"));
}

TEST(ForeignNetwork, RefusesPicturesOfAnotherShape) {
  Scratch folder;
  const std::vector<std::vector<int64_t>> shapes = {
      {1, 3},       {3, kOpen, kOpen}, {1, 1, kOpen, kOpen}, {2, 3, kOpen, kOpen}, {1, kOpen, kOpen, 3}, {1, 3, kOpen, 9000},
      {1, 3, 0, 32}};
  for (const auto& shape : shapes) {
    const NetworkConfig config = network(folder, identity(shape, shape));
    EXPECT_THAT(open_message(config), AllOf(HasSubstr(config.model), HasSubstr("allowed: ")))
        << shape.size() << " " << shape.back();
  }
}

TEST(ForeignNetwork, RefusesStatesTooLargeToAllocate) {
  Scratch folder;
  NetworkConfig config =
      network(folder, tiny_onnx::accumulator("", {1, 0, 0}, tiny_onnx::port(11, "big", {1 << 20, 1 << 20, 1 << 20})));
  config.states = {{"r1i", "r1o"}};
  config.constants = {{"big", 1}};
  EXPECT_THAT(open_message(config), AllOf(HasSubstr("big"), HasSubstr("too many values")));
}

TEST(ForeignNetwork, RefusesAnswersThatAreNoMap) {
  Scratch folder;
  NetworkConfig config = network(folder, kPicture);
  EXPECT_THAT(run_message(config), AllOf(HasSubstr("3 channels"), HasSubstr("0 to 2"), HasSubstr(config.model)));
  config.channel = 3;
  EXPECT_THAT(run_message(config), HasSubstr("0 to 2"));
  NetworkConfig one = network(folder, mean_of_red({kOpen, kOpen}));
  one.activation = "softmax";
  EXPECT_THAT(run_message(one), HasSubstr("one channel"));
  NetworkConfig batch =
      network(folder, tiny_onnx::model(tiny_onnx::node("Concat", {"in", "in"}, "out", tiny_onnx::attribute("axis", 0)) +
                                           tiny_onnx::port(11, "in", {1, 3, 8, 8}) + tiny_onnx::port(12, "out", {2, 3, 8, 8}),
                                       ""));
  EXPECT_THAT(run_message(batch), AllOf(HasSubstr("[2,3,8,8]"), HasSubstr("no map"), HasSubstr(batch.model)));
}

TEST(ForeignNetwork, RefusesNumbersThatAreNotFinite) {
  Scratch folder;
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    NetworkConfig config = network(folder, tiny_onnx::accumulator("", {bad, 0, 0}));
    config.states = {{"r1i", "r1o"}};
    config.activation = "sigmoid";  // which would hide an infinity
    EXPECT_THAT(run_message(config), AllOf(HasSubstr("not finite"), HasSubstr(config.model)));
  }
}

TEST(ForeignNetwork, RefusesFilesThatAreNoModel) {
  Scratch folder;
  NetworkConfig config;
  EXPECT_THAT(open_message(config), HasSubstr("network.model"));
  config.model = (folder / "none.onnx").string();
  EXPECT_THAT(open_message(config), AllOf(HasSubstr("none.onnx"), HasSubstr("no such file")));
  config = network(folder, "a letter, not a network");
  EXPECT_THAT(open_message(config), HasSubstr(config.model));
  config = network(folder, kPicture);
  fs::resize_file(config.model, (uint64_t{512} << 20) + 1);
  EXPECT_THAT(open_message(config), HasSubstr(config.model));
}

TEST(ForeignNetwork, RefusesSettingsThatContradict) {
  const auto message = [](auto change) {
    NetworkConfig config;
    change(config);
    return message_of([&] { check(config, "network"); });
  };
  EXPECT_EQ(message([](NetworkConfig&) {}), "no error");
  EXPECT_THAT(message([](NetworkConfig& c) { c.range_high = 2; }), HasSubstr("1, 255"));
  EXPECT_THAT(message([](NetworkConfig& c) { c.width = 32; }), HasSubstr("width"));
  EXPECT_THAT(message([](NetworkConfig& c) { c.mean = {0}; }), HasSubstr("3 each"));
  EXPECT_THAT(message([](NetworkConfig& c) { c.std = {1, 0, 1}; }), HasSubstr("other than 0"));
}

TEST(PlainSession, TellsWhatAGraphDeclares) {
  PlainSession session(tiny_onnx::accumulator("", {1, 0, 0}), "test");
  EXPECT_EQ(describe(session.input_ports()), "src float[-1,3,-1,-1] r1i float[-1,1,-1,-1]");
  const std::vector<FloatTensor> in = {{{1, 3, 1, 2}, {1, 2, 3, 4, 5, 6}}, {{1, 1, 1, 1}, {10}}};
  const std::vector<FloatTensor> out = session.run(in, {"r1o"});
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].values, (std::vector<float>{11, 12}));
}

}  // namespace
}  // namespace facemat
