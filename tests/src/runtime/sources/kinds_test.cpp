#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/runtime/predictors/matter.h"
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

// Settings whose map is the red channel, 0..1.
AlphaSourceConfig of_red(const fs::path& model, const std::string& kind) {
  AlphaSourceConfig config;
  config.kind = kind;
  config.network.model = config.class_network.model = model.string();
  config.network.channel = config.class_network.channel = 0;
  return config;
}

double worst(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

TEST(AlphaSource, TurnsOccluderMattesRound) {
  Scratch folder;
  AlphaSourceConfig config = of_red(picture_network(folder / "m.onnx"), "matte");
  EXPECT_NEAR(make_alpha_source(config, 1)->predict(grey_frame(51)).alpha.at<float>(9, 9), 0.2, 1e-6);
  config.polarity = "occluder";
  EXPECT_NEAR(make_alpha_source(config, 1)->predict(grey_frame(51)).alpha.at<float>(9, 9), 0.8, 1e-6);
  config.region.shape = "ellipse";
  const cv::Mat alpha = make_alpha_source(config, 1)->predict(grey_frame(51)).alpha;
  EXPECT_NEAR(alpha.at<float>(18, 16), 0.8, 1e-6);
  EXPECT_EQ(alpha.at<float>(0, 0), 0);
}

TEST(AlphaSource, ClampsMattes) {
  Scratch folder;
  AlphaSourceConfig config = of_red(picture_network(folder / "m.onnx"), "matte");
  config.network.std = {0.1, 0.1, 0.1};
  EXPECT_EQ(make_alpha_source(config, 1)->predict(grey_frame(200)).alpha.at<float>(9, 9), 1);
  config.network.mean = {1, 1, 1};
  EXPECT_EQ(make_alpha_source(config, 1)->predict(grey_frame(200)).alpha.at<float>(9, 9), 0);
}

// Every kind, in both forms where it has two, gives what its conversion gives for the network's map.
TEST(AlphaSource, EveryKindIsItsConversionOfTheNetworksMap) {
  Scratch folder;
  const fs::path model = picture_network(folder / "m.onnx");
  const cv::Mat frame = three_levels();
  cv::Mat map;
  cv::extractChannel(to_float(frame), map, 0);
  ASSERT_FALSE(alpha_kinds().empty());
  for (const AlphaKind& kind : alpha_kinds())
    for (const bool published : {false, true}) {
      if (!kind.alpha || (published && kind.name == "matte")) continue;
      AlphaSourceConfig config = of_red(model, kind.name);
      config.published = published;
      config.segmentation.classes = {1};  // where the map is 1
      const cv::Mat region = face_region(config.region, frame.size());
      const Form form = published ? Form::kPublished : Form::kMended;
      cv::Mat wanted = map;
      if (kind.name == "depth") wanted = cv::Mat(1 - occluder_of_depth(map, region, config.depth, form));
      if (kind.name == "segmentation") wanted = cv::Mat(1 - occluder_of_segmentation(map, region, config.segmentation, form));
      if (kind.name == "hybrid")
        wanted = cv::Mat(1 - occluder_of_both(map, map, region, config.depth, config.segmentation, form));
      const cv::Mat alpha = make_alpha_source(config, 1)->predict(frame).alpha;
      ASSERT_EQ(alpha.type(), CV_32FC1) << kind.name;
      EXPECT_LT(worst(alpha, wanted), 1e-6) << kind.name << " published " << published;
      EXPECT_GT(cv::norm(alpha, 1 - alpha, cv::NORM_L1), 1) << kind.name;
    }
}

TEST(AlphaSource, PublishedFormsKnowNoRegion) {
  AlphaSourceConfig config;
  config.kind = "depth";
  config.published = true;
  EXPECT_EQ(message_of([&] { check(config); }), "no error");
  config.region.shape = "ellipse";
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("region"));
  config.region.shape = "none";
  config.segmentation.marks = "face";
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("marks"));
  config = {};
  config.published = true;
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("published"));
}

TEST(AlphaSource, ResetStartsANewClip) {
  Scratch folder;
  write_file(folder / "m.onnx", tiny_onnx::accumulator("", {1, 0, 0}));
  AlphaSourceConfig config;
  config.network.model = (folder / "m.onnx").string();
  config.network.states = {{"r1i", "r1o"}};
  config.augment.flip = true;
  const auto source = make_alpha_source(config, 1);
  for (int i = 1; i <= 3; ++i) EXPECT_NEAR(source->predict(grey_frame(51)).alpha.at<float>(3, 3), 0.2 * i, 1e-6);
  source->reset();
  EXPECT_NEAR(source->predict(grey_frame(51)).alpha.at<float>(3, 3), 0.2, 1e-6);
}

TEST(AlphaSource, RefinesAndWorksAtTheSizeAsked) {
  Scratch folder;
  AlphaSourceConfig config = of_red(picture_network(folder / "m.onnx"), "matte");
  const cv::Mat frame = three_levels(), plain = make_alpha_source(config, 1)->predict(frame).alpha;
  config.refine.radius = 4;
  config.refine.eps = 1;  // a blur
  EXPECT_LT(worst(make_alpha_source(config, 1)->predict(frame).alpha, refined(plain, frame, config.refine)), 1e-6);
  EXPECT_GT(worst(make_alpha_source(config, 1)->predict(frame).alpha, plain), 0.1);
  config.refine.radius = 0;
  config.working_size.max_side = 16;
  const cv::Mat coarse = make_alpha_source(config, 1)->predict(frame).alpha;
  EXPECT_EQ(coarse.size(), frame.size());
  EXPECT_GT(worst(coarse, plain), 0.1);
}

// --- kinds without a foreign network

// Each kind of the table that has a maker of its own, against what it must give.
TEST(AlphaSource, EveryOtherKindGivesWhatItSays) {
  Scratch folder;
  write_accumulator(folder / "own.onnx");
  cv::Mat matte(32, 32, CV_16UC1, cv::Scalar(13107));  // 0.2
  write_image(folder / "mattes/a.png", matte);
  write_file(folder / "box.yaml", "kind: box\n");
  const cv::Mat frame = three_levels();
  const cv::Mat ones(32, 32, CV_32FC1, cv::Scalar(1)), box = box_mask({}, frame.size());
  Matter own(folder / "own.onnx", {1, 0, false});
  for (const AlphaKind& kind : alpha_kinds()) {
    if (!kind.make) continue;
    AlphaSourceConfig config;
    config.kind = kind.name;
    config.network.model = (folder / "own.onnx").string();
    config.files.folder = (folder / "mattes").string();
    config.combine.sources = {{(folder / "box.yaml").string(), ""}};
    if (kind.name == "segment_anything") {
      config = sam_settings(folder.path(), {0, 0, 0, 0, {0.5f}}, 64);
      ask_for_a_point(config);
    }
    cv::Mat wanted;
    if (kind.name == "model") wanted = own.predict(frame).alpha;
    if (kind.name == "files") wanted = 0.2 * ones;
    if (kind.name == "region") wanted = ones;
    if (kind.name == "segment_anything") wanted = ones / (1 + std::exp(-0.5));
    if (kind.name == "box" || kind.name == "combine" || kind.name == "faces") wanted = box;
    config.faces.detector.kind = "whole";  // found faces: below
    ASSERT_FALSE(wanted.empty()) << kind.name << " is not held to anything here";
    EXPECT_LT(worst(make_alpha_source(config, 1)->predict(frame).alpha, wanted), 1e-5) << kind.name;
    config.region.shape = "box", config.region.radius_x = config.region.radius_y = 0.25, config.region.centre_y = 0.5;
    const cv::Mat cut = make_alpha_source(config, 1)->predict(frame).alpha;
    EXPECT_LT(worst(cut, inside(wanted, face_region(config.region, frame.size()))), 1e-5) << kind.name;
    EXPECT_EQ(cut.at<float>(2, 2), 0) << kind.name;
  }
}

TEST(AlphaSource, AModelKeepsItsStateAndItsUncertainty) {
  Scratch folder;
  write_accumulator(folder / "own.onnx");
  AlphaSourceConfig config;
  config.kind = "model";
  EXPECT_THAT(message_of([&] { make_alpha_source(config, 1); }), HasSubstr("network.model"));
  config.network.model = (folder / "own.onnx").string();
  const auto source = make_alpha_source(config, 1);
  for (int i = 1; i <= 3; ++i) {
    const Matte matte = source->predict(grey_frame(51));
    EXPECT_NEAR(matte.alpha.at<float>(9, 9), 0.875 * 0.2 * i, 1e-5);
    EXPECT_NEAR(matte.uncertainty.at<float>(9, 9), 0.875 * 0.2 * i, 1e-5);
  }
  source->reset();
  EXPECT_NEAR(source->predict(grey_frame(51)).alpha.at<float>(9, 9), 0.875 * 0.2, 1e-5);
}

TEST(AlphaSource, MatteFilesGoByTheOrderOfFrames) {
  Scratch folder;
  for (int i = 0; i < 3; ++i)
    write_image(folder / fmt::format("mattes/{:02}.png", i), cv::Mat(32, 32, CV_8UC1, cv::Scalar(51 * i)));
  AlphaSourceConfig config;
  config.kind = "files";
  EXPECT_THAT(message_of([&] { make_alpha_source(config); }), HasSubstr("files.folder"));
  config.files.folder = (folder / "mattes").string();
  const auto source = make_alpha_source(config);
  EXPECT_NEAR(source->predict(grey_frame(0)).alpha.at<float>(3, 3), 0, 1e-6);
  source->reset();  // a cut
  EXPECT_NEAR(source->predict(grey_frame(0)).alpha.at<float>(3, 3), 0.2, 1e-6);
  EXPECT_NEAR(source->predict(grey_frame(0)).alpha.at<float>(3, 3), 0.4, 1e-6);
  EXPECT_THAT(message_of([&] { source->predict(grey_frame(0)); }), AllOf(HasSubstr("frame 3"), HasSubstr("there are 3")));
  config.files.first = 2, config.polarity = "occluder";
  EXPECT_NEAR(make_alpha_source(config)->predict(grey_frame(0)).alpha.at<float>(3, 3), 0.6, 1e-6);
  EXPECT_THAT(message_of([&] { make_alpha_source(config)->predict(cv::Mat(16, 16, CV_8UC3, cv::Scalar())); }),
              AllOf(HasSubstr("02.png"), HasSubstr("32x32"), HasSubstr("16x16")));
  config.augment.flip = true;
  EXPECT_THAT(message_of([&] { make_alpha_source(config); }), HasSubstr("augment"));
  config.augment.flip = false, config.files.folder = folder.path().string();
  EXPECT_THAT(message_of([&] { make_alpha_source(config); }), HasSubstr("no pictures"));
}

TEST(AlphaSource, MatteFilesThatLookBlackOrAreNotReadAreNamed) {
  Scratch folder;
  AlphaSourceConfig config;
  config.kind = "files", config.files.folder = (folder / "mattes").string();
  cv::Mat matte(32, 32, CV_8UC1, cv::Scalar(0));
  matte.colRange(16, 32).setTo(1);
  write_image(folder / "mattes/a.png", matte);
  const auto refusal = [&] { return message_of([&] { make_alpha_source(config); }); };
  EXPECT_THAT(refusal(),
              HasSubstr("mattes: its pictures hold only the values 0 and 1 of 255 and look black (set files.white: 1"));
  config.files.white = 1;
  const cv::Mat alpha = make_alpha_source(config)->predict(grey_frame(0)).alpha;
  EXPECT_EQ(alpha.at<float>(3, 3), 0);
  EXPECT_EQ(alpha.at<float>(3, 20), 1);
  config.files.white = 255;
  matte.colRange(0, 4).setTo(7);
  write_image(folder / "mattes/a.png", matte);
  EXPECT_THAT(refusal(), HasSubstr("its pictures hold the values 0, 1, 7: labels, which look black as levels"));
  write_file(folder / "mattes/b.tif", "II*");
  EXPECT_THAT(refusal(), HasSubstr("mattes/b.tif: a format that is not read"));
}

// --- combinations

TEST(CombinedSources, EachRuleByHand) {
  Scratch folder;
  picture_network(folder / "m.onnx");
  const auto write = [&](const char* name, int channel) {
    write_file(folder / name, fmt::format("network: {{model: m.onnx, channel: {}}}\n", channel));
  };
  write("red.yaml", 0), write("green.yaml", 1), write("blue.yaml", 2);
  const cv::Mat frame(32, 32, CV_8UC3, cv::Scalar(204, 102, 153));  // 0.8, 0.4, 0.6
  for (const auto& [rule, wanted] : {std::pair("min", 0.4), std::pair("max", 0.8), std::pair("product", 0.192)}) {
    write_file(folder / "all.yaml",
               fmt::format("kind: combine\ncombine: {{rule: {}, sources: [{{file: red.yaml}}, {{file: green.yaml}}, "
                           "{{file: blue.yaml}}]}}\n",
                           rule));
    const auto source = open_alpha_source(folder / "all.yaml", {}, 1);
    EXPECT_NEAR(source->predict(frame).alpha.at<float>(5, 5), wanted, 1e-6) << rule;
    EXPECT_EQ(model_files_of(load_alpha_source(folder / "all.yaml")).size(), 3u);
  }
}

TEST(CombinedSources, AreResetTogetherAndNest) {
  Scratch folder;
  write_accumulator(folder / "sub/own.onnx");
  write_file(folder / "sub/own.yaml", "kind: model\nnetwork: {model: own.onnx}\n");
  write_file(folder / "sub/two.yaml", "kind: combine\ncombine: {sources: [{file: own.yaml}]}\n");
  write_file(folder / "base.yaml",
             "kind: combine\ncombine: {rule: product, sources: [{file: sub/two.yaml}, {file: sub/own.yaml}]}\n");
  write_file(folder / "other/top.yaml", "base: ../base.yaml\n");
  const auto source = open_alpha_source(folder / "other/top.yaml", {}, 1);
  const double once = 0.875 * 0.2;
  EXPECT_NEAR(source->predict(grey_frame(51)).alpha.at<float>(5, 5), once * once, 1e-5);
  EXPECT_NEAR(source->predict(grey_frame(51)).alpha.at<float>(5, 5), 4 * once * once, 1e-5);
  source->reset();
  EXPECT_NEAR(source->predict(grey_frame(51)).alpha.at<float>(5, 5), once * once, 1e-5);
}

TEST(CombinedSources, MistakesAreNamed) {
  Scratch folder;
  const auto message = [&](const std::string& text) {
    write_file(folder / "c.yaml", text);
    return message_of([&] { open_alpha_source(folder / "c.yaml"); });
  };
  EXPECT_THAT(message("kind: combine\n"), HasSubstr("combine.sources"));
  EXPECT_THAT(message("kind: combine\ncombine: {sources: [{model: x.onnx}]}\n"), HasSubstr("without its file"));
  EXPECT_THAT(message("kind: combine\ncombine: {rule: mean}\n"), AllOf(HasSubstr("c.yaml:2"), HasSubstr("min, max, product")));
  EXPECT_THAT(message("kind: combine\ncombine: {sources: [{file: none.yaml}]}\n"), HasSubstr("none.yaml"));
  const std::string itself = "kind: combine\ncombine: {sources: [{file: c.yaml}]}\n";
  EXPECT_THAT(message(itself), AllOf(HasSubstr("c.yaml"), HasSubstr("too deeply"), HasSubstr("4 levels")));
  EXPECT_THAT(message_of([&] { model_files_of(load_alpha_source(folder / "c.yaml")); }), HasSubstr("too deeply"));
}

TEST(FacesSource, RunsAnotherSourceOnEachFace) {
  Scratch folder;
  write_file(folder / "full.yaml", "kind: region\n");
  write_file(folder / "boxes.csv", "frame,x,y,w,h\n0,20,10,13,13\n0,70,40,13,13\n");  // crops of 20 pixels
  write_file(folder / "f.yaml",
             "kind: faces\ncombine: {sources: [{file: full.yaml}]}\n"
             "faces: {detector: {kind: boxes, file: boxes.csv}, crop: {side: 20, fade: 0}, track: {hold: 0}}\n");
  const auto source = open_alpha_source(folder / "f.yaml", {}, 1);
  const cv::Mat frame(60, 100, CV_8UC3, cv::Scalar::all(9)), alpha = source->predict(frame).alpha;
  cv::Mat wanted(60, 100, CV_32FC1, cv::Scalar(0));
  wanted(cv::Rect(17, 7, 19, 19)).setTo(1);  // from 16.5 to 36.5 and 6.5 to 26.5: the centres within
  EXPECT_LT(worst(alpha(cv::Rect(18, 8, 17, 17)), wanted(cv::Rect(18, 8, 17, 17))), 1e-6);
  EXPECT_NEAR(cv::sum(alpha)[0], 2 * 20 * 20, 100);
  EXPECT_EQ(alpha.at<float>(30, 50), 0);
  EXPECT_EQ(cv::countNonZero(source->predict(frame).alpha), 0);
  EXPECT_THAT(message_of([&] { open_alpha_source(folder / "f.yaml", {"combine.sources=[]"}); }), HasSubstr("one source"));
}

// Neither crops nor mirrored frames are what the files were made of.
TEST(FacesSource, MattesInFilesAreOfWholeFrames) {
  Scratch folder;
  write_image(folder / "mattes/0.png", cv::Mat(32, 32, CV_8UC1, cv::Scalar(204)));
  write_file(folder / "mattes.yaml", "kind: files\nfiles: {folder: mattes}\n");
  write_file(folder / "full.yaml", "kind: region\n");
  const std::string faces = "kind: faces\nfaces: {detector: {kind: whole}}\n";
  write_file(folder / "cropped.yaml", faces + "combine: {sources: [{file: mattes.yaml}]}\n");
  write_file(folder / "mirrored.yaml", "kind: combine\naugment: {flip: true}\ncombine: {sources: [{file: mattes.yaml}]}\n");
  write_file(folder / "hinted.yaml", faces + "combine: {sources: [{file: full.yaml}]}\nhint: {file: mattes.yaml}\n");
  const auto message = [&](const char* name) { return message_of([&] { open_alpha_source(folder / name, {}, 1); }); };
  for (const char* name : {"cropped.yaml", "mirrored.yaml"}) EXPECT_THAT(message(name), HasSubstr("crops or augments")) << name;
  EXPECT_EQ(message("hinted.yaml"), "no error") << "a hint is of the frame that the source itself sees";
  SourceContext around;
  around.moved = true;
  EXPECT_THAT(message_of([&] { make_alpha_source(load_alpha_source(folder / "mattes.yaml"), around); }),
              HasSubstr("crops or augments"));
}

// Boxes belong to frames by their numbers.
TEST(FacesSource, FramesThatAreNotAskedForCount) {
  Scratch folder;
  write_file(folder / "full.yaml", "kind: region\n");
  write_file(folder / "boxes.csv", "frame,x,y,w,h\n1,20,10,13,13\n");
  write_file(folder / "faces.yaml",
             "kind: faces\ncombine: {sources: [{file: full.yaml}]}\n"
             "faces: {detector: {kind: boxes, file: boxes.csv}, crop: {side: 20, fade: 0}}\n");
  write_file(folder / "region.yaml", "kind: region\nregion: {shape: detected, detector: {kind: boxes, file: boxes.csv}}\n");
  const cv::Mat frame(60, 100, CV_8UC3, cv::Scalar::all(9));
  for (const char* name : {"faces.yaml", "region.yaml"}) {
    const auto first = open_alpha_source(folder / name, {}, 1), second = open_alpha_source(folder / name, {}, 1);
    EXPECT_EQ(cv::countNonZero(first->predict(frame).alpha), 0) << name;
    second->skip();
    EXPECT_GT(cv::countNonZero(second->predict(frame).alpha), 0) << name;
  }
}

// --- XSeg

TEST(XSeg, SeesChannelsLastBlueFirstZeroToOne) {
  Scratch folder;
  write_last_network(folder / "x.onnx", 256, {0.5f, 0, 0.25f});
  const auto source = open_alpha_source(kConfigs / "xseg.yaml", {"network.model=" + (folder / "x.onnx").string()}, 1);
  const cv::Mat alpha = source->predict(cv::Mat(40, 60, CV_8UC3, cv::Scalar(204, 77, 102))).alpha;
  EXPECT_EQ(alpha.size(), cv::Size(60, 40));
  EXPECT_NEAR(alpha.at<float>(9, 9), 0.8 * 0.5 + 0.4 * 0.25, 1e-6);
}

TEST(XSeg, OfManyTheLeastCounts) {
  Scratch folder;
  write_last_network(folder / "blue.onnx", 256, {1.5f, 0, 0});  // 1.2: clamped
  write_last_network(folder / "red.onnx", 256, {0, 0, 2});
  const std::string list =
      fmt::format("combine.sources=[{{file: {0}, model: {1}/blue.onnx}}, {{file: {0}, model: {1}/red.onnx}}]",
                  (kConfigs / "xseg.yaml").string(), folder.path().string());
  const cv::Mat frame(40, 60, CV_8UC3, cv::Scalar(204, 0, 102));
  EXPECT_NEAR(open_alpha_source(kConfigs / "xseg_many.yaml", {list}, 1)->predict(frame).alpha.at<float>(9, 9), 0.8, 1e-6);
  EXPECT_NEAR(open_alpha_source(kConfigs / "xseg_many_published.yaml", {list}, 1)->predict(frame).alpha.at<float>(9, 9), 0.6,
              1e-6);
}

// --- maps without a network

TEST(AlphaOfPicture, IsTheRecipeOfTheNetwork) {
  Scratch folder;
  const cv::Mat frame = three_levels();
  cv::Mat map;
  cv::extractChannel(to_float(frame), map, 0);
  for (const AlphaKind& kind : alpha_kinds()) {
    AlphaSourceConfig config = of_red(picture_network(folder / "m.onnx"), kind.name);
    if (kind.solve) continue;  // trimaps_test.cpp
    if (kind.make) {
      EXPECT_THAT(message_of([&] { alpha_of_picture(config, map); }), HasSubstr(kind.name));
      continue;
    }
    config.region.shape = "ellipse";
    config.segmentation.classes = {1};
    const cv::Mat wanted = make_alpha_source(config, 1)->predict(frame).alpha;
    config.network.model = config.class_network.model = "";
    EXPECT_LT(worst(alpha_of_picture(config, map, kind.takes_classes ? map : cv::Mat()), wanted), 1e-6) << kind.name;
  }
}

TEST(AlphaOfPicture, ReadsValuesAsTheyAreMeant) {
  Scratch folder;
  cv::Mat classes(32, 32, CV_8UC1, cv::Scalar(1)), mask(32, 32, CV_8UC1, cv::Scalar(0));
  classes(cv::Rect(8, 8, 16, 16)).setTo(17);
  mask(cv::Rect(8, 8, 16, 16)).setTo(255);
  cv::Mat mask16, mask01 = mask / 255;
  mask.convertTo(mask16, CV_16U, 257);
  const auto alpha = [&](const cv::Mat& map, const std::string& kind, const std::string& read_as) {
    AlphaSourceConfig config;
    config.kind = kind;
    config.segmentation.map = read_as;
    write_image(folder / "map.png", map);
    const cv::Mat out = alpha_of_picture(config, read_map(folder / "map.png"));
    EXPECT_LT(worst(out, alpha_of_picture(config, map)), 1e-6) << "another picture than the file";
    return out;
  };
  const cv::Mat by_class = alpha(classes, "segmentation", "classes");
  EXPECT_EQ(by_class.at<float>(16, 16), 0);
  EXPECT_EQ(by_class.at<float>(2, 2), 1);
  for (const cv::Mat& one : {mask, mask16, mask01}) EXPECT_LT(worst(alpha(one, "segmentation", "binary"), by_class), 1e-6);
  EXPECT_NEAR(alpha(mask, "matte", "classes").at<float>(16, 16), 1, 1e-6);
  EXPECT_NEAR(alpha(mask16, "matte", "classes").at<float>(16, 16), 1, 1e-6);
}

TEST(AlphaOfPicture, RefusesWhatIsMissing) {
  const cv::Mat map(32, 32, CV_32FC1, cv::Scalar(0.5)), small(16, 16, CV_32FC1, cv::Scalar(1));
  AlphaSourceConfig config;
  EXPECT_THROW(alpha_of_picture(config, cv::Mat()), Error);
  EXPECT_THROW(alpha_of_picture(config, grey_frame(1)), Error);
  config.refine.radius = 2;
  EXPECT_THAT(message_of([&] { alpha_of_picture(config, map); }), HasSubstr("refine"));
  config = {};
  config.kind = "hybrid";
  EXPECT_THAT(message_of([&] { alpha_of_picture(config, map); }), HasSubstr("class map"));
  EXPECT_THAT(message_of([&] { alpha_of_picture(config, map, small); }), HasSubstr("16x16"));
}

TEST(ReadMap, RefusesColours) {
  Scratch folder;
  cv::Mat colours = grey_frame(9);
  colours.at<cv::Vec3b>(1, 1) = {1, 2, 3};
  write_image(folder / "map.png", colours);
  EXPECT_THAT(message_of([&] { read_map(folder / "map.png"); }), HasSubstr("map.png"));
}

}  // namespace
}  // namespace facemat
