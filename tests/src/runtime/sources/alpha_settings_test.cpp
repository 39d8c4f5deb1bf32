#include "src/runtime/sources/alpha_settings.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <regex>
#include <string>

#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "src/runtime/faces/cascade.h"
#include "src/runtime/sources/alpha_source.h"
#include "tests/src/runtime/models.h"
#include "tests/src/runtime/sources/alpha_sources.h"
#include "tests/src/runtime/tiny_sam.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny_onnx.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// False for what works as it is: masks, methods over a trimap that is given, and the region of faces if OpenCV's cascades are
// there.
bool needs_files(const AlphaSourceConfig& config) {
  if (kind_of(config).solve) return config.trimap.from != "given";
  return config.kind != "box" && config.kind != "region";
}

TEST(AlphaSourceSettings, EveryFileInConfigsLoadsAndNamesNoMachine) {
  const std::vector<fs::path> files = list_files(kConfigs, {".yaml"});
  EXPECT_GE(files.size(), 20u);
  for (const fs::path& file : files) {
    const AlphaSourceConfig config = load_alpha_source(file);
    EXPECT_TRUE(model_files_of(config).empty()) << file;
    const std::string message = message_of([&] { make_alpha_source(config, 1); });
    if (needs_files(config)) {
      EXPECT_THAT(message, testing::AnyOf(HasSubstr("network.model"), HasSubstr("files.folder"))) << file;
    } else {
      EXPECT_EQ(message, "no error") << file;
    }
    EXPECT_EQ(config_to_yaml(config_from_yaml<AlphaSourceConfig>(config_to_yaml(config), "dump")), config_to_yaml(config))
        << file;
    const bool published = file.stem().string().find("published") != std::string::npos;
    EXPECT_EQ(config.published, published) << file;
  }
}

// House.AdviceToSetNamesTheProgram (tests/project) holds the rest of the advice.
TEST(AlphaSourceSettings, WhatFilesInConfigsAdviseToSetIsASetting) {
  const std::regex advice(R"(--set[\s#]+'?([\w.]+)=(\[?))");
  int found = 0;
  for (const fs::path& file : list_files(kConfigs, {".yaml"})) {
    const std::string text = read_file(file);
    for (std::sregex_iterator at(text.begin(), text.end(), advice), end; at != end; ++at, ++found) {
      const std::string assignment = (*at)[1].str() + ((*at)[2].length() > 0 ? "=[]" : "=x");
      EXPECT_NO_THROW(load_alpha_source(file, {assignment})) << file << ": " << assignment;
    }
  }
  EXPECT_GT(found, 10);
}

TEST(AlphaSourceSettings, ThePublishedFilesHoldTheTextsConstants) {
  for (const char* name : {"depth_hard_published", "depth_soft_published", "hybrid_published", "segmentation_published"}) {
    const AlphaSourceConfig config = load_alpha_source(kConfigs / (std::string(name) + ".yaml"));
    EXPECT_EQ(config.depth.threshold, 0.74) << name;
    EXPECT_EQ(config.depth.smoothness, 0.05) << name;
    EXPECT_TRUE(config.segmentation.classes.empty()) << name;
    EXPECT_EQ(config.depth.rule, std::string(name) == "depth_hard_published" ? "hard" : "soft") << name;
  }
  EXPECT_EQ(load_alpha_source(kConfigs / "depth_hard.yaml").depth.rule, "hard");
  EXPECT_EQ(load_alpha_source(kConfigs / "hybrid.yaml").region.shape, "ellipse");
}

// `config` with `model` wherever a network is wanted, and `folder` wherever mattes are.
AlphaSourceConfig filled(AlphaSourceConfig config, const Scratch& folder) {
  const auto model_for = [&](const AlphaSourceConfig& c) {
    const bool own = c.kind == "model", planar = c.network.layout == "nchw";
    return (folder / (own ? "own.onnx" : planar ? "picture.onnx" : "last.onnx")).string();
  };
  config.network.model = config.class_network.model = model_for(config);
  config.files.folder = (folder / "mattes").string();
  if (config.kind == "segment_anything") {
    config.network.model = (folder / "encoder.onnx").string();
    config.segment_anything.decoder = (folder / "decoder.onnx").string();
    ask_for_a_point(config);
  }
  if (!config.hint.file.empty()) config.hint.file = (folder / "sam.yaml").string();
  for (CombinedSource& source : config.combine.sources) source.model = model_for(load_alpha_source(source.file));
  return config;
}

size_t models_of(const AlphaSourceConfig& config) {
  const bool two = config.kind == "hybrid" || config.kind == "segment_anything";
  return (two ? 2 : std::max<size_t>(1, config.combine.sources.size())) + (config.hint.file.empty() ? 0 : 2);
}

TEST(AlphaSourceSettings, EveryFileRunsWithNetworksAndMattesOfItsKind) {
  Scratch folder;
  sam_settings(folder.path(), {});
  write_file(folder / "sam.yaml",
             fmt::format("base: {}\nnetwork: {{model: encoder.onnx}}\nsegment_anything: {{decoder: decoder.onnx}}\n"
                         "prompts: {{from: listed, boxes: [{{x: 4, y: 4, w: 20, h: 20}}]}}\n",
                         (kConfigs / "segment_anything.yaml").string()));
  FrameGuides guides;
  guides.trimap = cv::Mat(32, 32, CV_8UC1, cv::Scalar(128));
  guides.trimap.colRange(0, 8).setTo(0);
  guides.trimap.colRange(24, 32).setTo(255);
  picture_network(folder / "picture.onnx");
  write_last_network(folder / "last.onnx", 256, {0, 0, 1});
  write_accumulator(folder / "own.onnx");
  cv::Mat matte(32, 32, CV_8UC1, cv::Scalar(77));
  write_image(folder / "mattes/0.png", matte);
  for (const fs::path& file : list_files(kConfigs, {".yaml"})) {
    AlphaSourceConfig config = filled(load_alpha_source(file), folder);
    if (!config.network.states.empty()) continue;  // below
    if ((config.kind == "region" || config.kind == "faces") && message_of([&] { find_cascade({}); }) != "no error") continue;
    if (config.network.activation != "argmax" && config.network.layout == "nchw") config.network.channel = 0;
    const cv::Mat alpha = make_alpha_source(config, 1)->predict_given(three_levels(), guides).alpha;
    EXPECT_EQ(alpha.size(), cv::Size(32, 32)) << file;
    EXPECT_TRUE(cv::checkRange(alpha, true, nullptr, 0, 1 + 1e-6)) << file;
    EXPECT_EQ(model_files_of(config).size(), models_of(config)) << file;
  }
}

TEST(AlphaSourceSettings, TheRecurrentTemplateFitsItsNames) {
  Scratch folder;
  // pha = red * downsample_ratio + the four states, each of which becomes pha.
  using namespace tiny_onnx;
  Bytes graph = node("Conv", {"src", "w"}, "red") + node("Mul", {"red", "downsample_ratio"}, "s0") +
                weights("w", {1, 3, 1, 1}, {1, 0, 0}) + port(11, "src", {-1, 3, -1, -1}) + port(11, "downsample_ratio", {1}) +
                port(12, "fgr", {-1, 3, -1, -1}) + node("Identity", {"src"}, "fgr") + port(12, "pha", {-1, 1, -1, -1});
  for (int i = 1; i <= 4; ++i) {
    const std::string n = std::to_string(i);
    graph += node("Add", {"s" + std::to_string(i - 1), "r" + n + "i"}, "s" + n) + node("Identity", {"red"}, "r" + n + "o") +
             port(11, "r" + n + "i", {-1, -1, -1, -1}) + port(12, "r" + n + "o", {-1, -1, -1, -1});
  }
  write_file(folder / "r.onnx", model(graph + node("Identity", {"s4"}, "pha"), ""));
  const auto source =
      open_alpha_source(kConfigs / "recurrent_matting.yaml", {"network.model=" + (folder / "r.onnx").string()}, 1);
  EXPECT_NEAR(source->predict(grey_frame(25)).alpha.at<float>(3, 3), 25 / 255.0, 1e-6);
  EXPECT_NEAR(source->predict(grey_frame(25)).alpha.at<float>(3, 3), 5 * 25 / 255.0, 1e-6);
}

TEST(AlphaSourceSettings, ModelsAreRelativeToTheFileThatNamesThem) {
  Scratch folder;
  write_file(folder / "base/nets.yaml", "kind: hybrid\nnetwork: {model: d.onnx}\nclass_network: {model: sub/c.onnx}\n");
  write_file(folder / "own.yaml", "base: base/nets.yaml\nclass_network: {model: mine.onnx}\n");
  write_file(folder / "bare.yaml", "base: own.yaml\n");
  for (const char* name : {"own.yaml", "bare.yaml"}) {
    const std::vector<fs::path> models = model_files_of(load_alpha_source(folder / name));
    ASSERT_EQ(models.size(), 2u);
    EXPECT_EQ(models[0], folder / "base/d.onnx") << name;
    EXPECT_EQ(models[1], folder / "mine.onnx") << name;
  }
  const auto set = model_files_of(load_alpha_source(folder / "own.yaml", {"network.model=here.onnx", "kind=depth"}));
  EXPECT_EQ(set, (std::vector<fs::path>{"here.onnx"}));
}

TEST(AlphaSourceSettings, MistakesNameFileAndKey) {
  Scratch folder;
  write_file(folder / "a.yaml", "kind: depths\n");
  EXPECT_THAT(message_of([&] { load_alpha_source(folder / "a.yaml"); }),
              AllOf(HasSubstr("a.yaml:1"), HasSubstr("matte, depth, segmentation, hybrid")));
  write_file(folder / "a.yaml", "network:\n  modle: x\n");
  EXPECT_THAT(message_of([&] { load_alpha_source(folder / "a.yaml"); }),
              AllOf(HasSubstr("a.yaml:2"), HasSubstr("network.modle")));
  write_file(folder / "a.yaml", "base: a.yaml\n");
  EXPECT_THAT(message_of([&] { load_alpha_source(folder / "a.yaml"); }), HasSubstr("too deeply"));
}

}  // namespace
}  // namespace facemat
