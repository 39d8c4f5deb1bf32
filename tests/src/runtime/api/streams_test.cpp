// Models and streams of the library: frames in, mattes out.

#include "tests/src/runtime/api/support.h"

#include <dlfcn.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <thread>

#include "tests/support/locale.h"

namespace facemat_api {
namespace {

TEST_F(Api, NamesItsVersions) {
  std::ostringstream version;
  version << FM_VERSION_MAJOR << '.' << FM_VERSION_MINOR << '.' << FM_VERSION_PATCH;
  EXPECT_EQ(fm_version(), version.str());
  EXPECT_EQ(fm_abi_version(), FM_ABI_VERSION);
  EXPECT_THAT(fm_onnxruntime_version(), StartsWith("1."));
}

TEST_F(Api, ShowsNothingButItsFunctions) {
  Dl_info info;
  ASSERT_NE(::dladdr(reinterpret_cast<const void*>(&fm_version), &info), 0);
  const std::string library = info.dli_fname;
  std::istringstream symbols(read_pipe("nm -D --defined-only '" + library + "'"));
  int functions = 0;
  for (std::string address, kind, name; symbols >> address >> kind >> name;) {
    if (kind == "A") continue;  // the version itself
    EXPECT_THAT(name, StartsWith("fm_"));
    EXPECT_EQ(kind, "T") << name;
    ++functions;
  }
  std::istringstream header(read_bytes(fs::path(FACEMAT_SOURCE_DIR) / "src/runtime/api/facemat.h"));
  int declared = 0;
  for (std::string line; std::getline(header, line);) declared += line.rfind("FM_API ", 0) == 0;
  EXPECT_EQ(functions, declared);

  const std::string needed = read_pipe("readelf -d '" + library + "'");
  EXPECT_THAT(needed, HasSubstr("libfacemat_runtime.so." + std::to_string(FM_ABI_VERSION)));
  EXPECT_THAT(needed, HasSubstr("libonnxruntime.so"));
  for (const char* heavy : {"libtorch", "libc10", "libav", "libsw", "libarchive"})
    EXPECT_EQ(needed.find(heavy), std::string::npos) << heavy;
}

TEST_F(Api, MattesFramesOfEveryFormat) {
  const facemat::Model accumulator = model();
  for (const Layout& layout : kLayouts) {
    facemat::Stream stream(accumulator);
    Pixels frame = filled(layout, 19, 17, 40, 80, 120);
    Pixels alpha(FM_GRAYF32, 19, 17), uncertainty(FM_GRAYF32, 19, 17);
    stream.predict(frame.image, alpha.image, uncertainty.image);
    // Grey has the last value written, blue first: red's.
    const double expected = layout.channels == 1 ? 0.875 * 40 / 255 : (0.5 * 40 + 0.25 * 80 + 0.125 * 120) / 255;
    EXPECT_NEAR(alpha.at<float>(18, 16, 0), expected, 1e-6) << layout.format;
    EXPECT_NEAR(uncertainty.at<float>(0, 0, 0), expected, 1e-6) << layout.format;
    EXPECT_TRUE(alpha.room_untouched()) << layout.format;
  }
}

TEST_F(Api, WritesMattesOfEveryFormat) {
  for (const int32_t format : {FM_GRAY8, FM_GRAY16, FM_GRAYF32}) {
    facemat::Stream stream(model());
    Pixels frame = filled(layout_of(FM_RGB8), 20, 16, 51, 51, 51), alpha(format, 20, 16);
    stream.predict(frame.image, alpha.image);
    const double half_a_step = format == FM_GRAY8 ? 0.5 : format == FM_GRAY16 ? 0.5 / 257 : 1e-4;
    EXPECT_NEAR(get(alpha, layout_of(format), 19, 15, 0), 0.175 * 255, half_a_step) << format;
    EXPECT_TRUE(alpha.room_untouched()) << format;
  }
}

TEST_F(Api, TellsAboutAModel) {
  const facemat::Model accumulator = model(), fixed = model("fixed.onnx"), half = model("half.onnx");
  EXPECT_THAT(accumulator.info(), HasSubstr("\"network\":\"accumulator\""));
  EXPECT_THAT(accumulator.info(), HasSubstr("\"fixed_size\":null"));
  EXPECT_THAT(accumulator.info(), HasSubstr("\"float16\":false"));
  EXPECT_THAT(fixed.info(), HasSubstr("\"fixed_size\":[32,32]"));
  EXPECT_THAT(half.info(), HasSubstr("\"float16\":true"));
  EXPECT_EQ(accumulator.provider(), "cpu");
  EXPECT_TRUE(accumulator.has_uncertainty());
  EXPECT_FALSE(fixed.has_uncertainty());
  EXPECT_THAT(facemat::provider_names(), ::testing::Contains("cpu"));
  EXPECT_EQ(fm_provider_name(-1), nullptr);
  EXPECT_EQ(fm_provider_name(fm_provider_count()), nullptr);
  std::array<char, 200> nodes;
  ASSERT_EQ(fm_nodes_by_provider(file("accumulator.onnx").c_str(), nullptr, 32, 32, nodes.data(), nodes.size()), FM_OK);
  EXPECT_THAT(nodes.data(), StartsWith("{\"CPUExecutionProvider\":"));
}

TEST_F(Api, GivesGuidesToTheModelsThatNeedThem) {
  facemat::Stream stream(model("guided.onnx")), plain(model());
  EXPECT_TRUE(stream.needs("trimap"));
  EXPECT_TRUE(stream.takes("background"));
  EXPECT_FALSE(stream.takes("hint"));
  EXPECT_FALSE(plain.takes("trimap"));
  EXPECT_THAT(model("guided.onnx").info(), HasSubstr("\"guides\":[{\"input\":\"trimap\",\"name\":\"trimap\"}"));
  Pixels frame = filled(layout_of(FM_RGB8), 20, 16, 51, 0, 0), plate = filled(layout_of(FM_BGRA16), 20, 16, 102, 9, 9);
  facemat::Guides guides;
  guides.background = &plate.image;
  for (const auto& [grey, share] : {std::pair<int, double>{0, 0}, {128, 0.5}, {255, 1}})
    for (const int32_t format : {FM_GRAY8, FM_GRAY16, FM_GRAYF32}) {
      Pixels trimap = filled(layout_of(format), 20, 16, grey, grey, grey), alpha(FM_GRAYF32, 20, 16);
      guides.trimap = &trimap.image;
      stream.predict(frame.image, guides, alpha.image);
      EXPECT_NEAR(alpha.at<float>(7, 7, 0), 0.1 + 0.1 + 0.25 * share, 1e-6) << grey << " " << format;
    }
}

// A rough alpha is no trimap, and none is made of it.
TEST_F(Api, TrimapsHoldThreeValues) {
  facemat::Stream stream(model("guided.onnx"));
  Pixels frame = filled(layout_of(FM_RGB8), 20, 16, 51, 0, 0), trimap = filled(layout_of(FM_GRAY8), 20, 16, 40, 40, 40),
         alpha(FM_GRAYF32, 20, 16);
  facemat::Guides guides;
  guides.background = &frame.image, guides.trimap = &trimap.image;
  try {
    stream.predict(frame.image, guides, alpha.image);
    FAIL() << "it was taken";
  } catch (const facemat::Error& error) {
    EXPECT_EQ(error.status(), FM_ERROR_FAILED);
    EXPECT_STREQ(error.what(), "trimap: a trimap holds 0, 128 and 255 only, this one 40");
  }
}

// To ask is no failure: what was wrong before stays what was wrong last.
TEST_F(Api, WhatIsNotWishedForIsNoError) {
  facemat::Stream stream(model("guided.onnx"));
  ASSERT_EQ(fm_model_load(nullptr, nullptr, nullptr), FM_ERROR_ARGUMENT);
  EXPECT_TRUE(stream.takes("trimap"));
  EXPECT_FALSE(stream.takes("hint"));
  EXPECT_FALSE(stream.takes("depth"));
  EXPECT_FALSE(stream.takes(""));
  EXPECT_EQ(fm_stream_wish(nullptr, "trimap"), 0);
  EXPECT_STREQ(fm_last_error(), "path is NULL");
}

TEST_F(Api, NamesTheGuides) {
  std::vector<std::string> names;
  for (int32_t i = 0; i < fm_guide_count(); ++i) names.emplace_back(fm_guide_name(i));
  EXPECT_THAT(names, ::testing::ElementsAre("trimap", "hint", "background", "segmentation"));
  EXPECT_THAT(fm_guide_help(2), HasSubstr("without the foreground"));
  EXPECT_EQ(fm_guide_name(-1), nullptr);
  EXPECT_EQ(fm_guide_help(fm_guide_count()), nullptr);
}

// A program that knows fewer guides says so by the struct's size.
TEST_F(Api, TakesGuidesOfOlderPrograms) {
  facemat::Stream stream(model("guided.onnx"));
  Pixels frame = filled(layout_of(FM_RGB8), 20, 16, 51, 0, 0), trimap = filled(layout_of(FM_GRAY8), 20, 16, 255, 255, 255);
  Pixels alpha(FM_GRAYF32, 20, 16);
  fm_guides older;
  fm_guides_init(&older, offsetof(fm_guides, hint));
  EXPECT_EQ(older.size, offsetof(fm_guides, hint));
  older.trimap = &trimap.image;
  EXPECT_EQ(fm_stream_predict_given(nullptr, &frame.image, &older, &alpha.image, nullptr), FM_ERROR_ARGUMENT);
  fm_stream* raw = nullptr;
  const facemat::Model guided = model("guided.onnx");
  ASSERT_EQ(fm_stream_create(guided.get(), nullptr, &raw), FM_OK);
  EXPECT_EQ(fm_stream_predict_given(raw, &frame.image, &older, &alpha.image, nullptr), FM_ERROR_FAILED);
  EXPECT_THAT(fm_last_error(), HasSubstr("a background is needed"));
  fm_stream_free(raw);
}

TEST_F(Api, LoadsFromMemoryThatGoesAway) {
  std::string bytes = read_bytes(file("accumulator.onnx"));
  const facemat::Model loaded = facemat::Model::from_memory(bytes.data(), bytes.size(), "given");
  bytes.assign(bytes.size(), 'x');
  facemat::Stream stream(loaded);
  Pixels frame = filled(layout_of(FM_RGB8), 20, 16, 51, 51, 51), alpha(FM_GRAYF32, 20, 16);
  stream.predict(frame.image, alpha.image);
  EXPECT_NEAR(alpha.at<float>(3, 3, 0), 0.175, 1e-6);
  fm_model* none = nullptr;
  EXPECT_EQ(fm_model_load_memory(bytes.data(), bytes.size(), "given", nullptr, &none), FM_ERROR_FAILED);
  EXPECT_EQ(none, nullptr);
  EXPECT_THAT(fm_last_error(), StartsWith("given: not a readable ONNX model"));
}

TEST_F(Api, StreamsOutliveTheirModelAndForgetOnReset) {
  fm_model* loaded = nullptr;
  fm_stream* stream = nullptr;
  ASSERT_EQ(fm_model_load(file("accumulator.onnx").c_str(), nullptr, &loaded), FM_OK);
  ASSERT_EQ(fm_stream_create(loaded, nullptr, &stream), FM_OK);
  fm_model_free(loaded);
  Pixels frame = filled(layout_of(FM_RGB8), 20, 16, 51, 51, 51), alpha(FM_GRAYF32, 20, 16);
  for (const double expected : {0.175, 0.35, 0.525}) {
    ASSERT_EQ(fm_stream_predict(stream, &frame.image, &alpha.image, nullptr), FM_OK);
    EXPECT_NEAR(alpha.at<float>(3, 3, 0), expected, 1e-6);
  }
  ASSERT_EQ(fm_stream_reset(stream), FM_OK);
  ASSERT_EQ(fm_stream_predict(stream, &frame.image, &alpha.image, nullptr), FM_OK);
  EXPECT_NEAR(alpha.at<float>(3, 3, 0), 0.175, 1e-6);
  fm_stream_free(stream);
  fm_stream_free(nullptr);
  fm_model_free(nullptr);
}

TEST_F(Api, StreamsOnThreadsShareAModel) {
  const facemat::Model shared = model();
  std::array<std::vector<uint8_t>, 4> together;
  std::vector<std::thread> threads;
  threads.reserve(together.size());
  for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { together[i] = mattes(facemat::Stream(shared), i); });
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(together[i], mattes(facemat::Stream(shared), i)) << i;
}

TEST_F(Api, ErrorsAreOfTheirThread) {
  EXPECT_EQ(fm_model_load(nullptr, nullptr, nullptr), FM_ERROR_ARGUMENT);
  EXPECT_STREQ(fm_last_error(), "path is NULL");
  std::thread([] { EXPECT_STREQ(fm_last_error(), ""); }).join();
  EXPECT_EQ(fm_version(), std::string(fm_version()));
  EXPECT_STREQ(fm_last_error(), "path is NULL");
}

TEST_F(Api, StreamsGoOnFromASavedState) {
  for (const char* name : {"accumulator.onnx", "half.onnx"}) {
    const facemat::Model shared = model(name);
    facemat::Stream first(shared), second(shared);
    Pixels frame = filled(layout_of(FM_RGB8), 33, 21, 20, 60, 30), a(FM_GRAYF32, 33, 21), b(FM_GRAYF32, 33, 21);
    for (int i = 0; i < 3; ++i) first.predict(frame.image, a.image);
    second.set_state(first.state());
    first.predict(frame.image, a.image);
    second.predict(frame.image, b.image);
    EXPECT_EQ(a.bytes, b.bytes) << name;
  }
}

TEST_F(Api, RefusesAStateThatIsNone) {
  facemat::Stream stream(model());
  Pixels frame = filled(layout_of(FM_RGB8), 33, 21, 20, 60, 30), a(FM_GRAYF32, 33, 21);
  stream.predict(frame.image, a.image);
  std::string state = stream.state();
  const auto status_of = [](const std::function<void()>& body) {
    try {
      body();
    } catch (const facemat::Error& error) {
      return error.status();
    }
    return FM_OK;
  };
  EXPECT_EQ(status_of([&] { stream.set_state(state.substr(0, state.size() / 2)); }), FM_ERROR_FAILED);
  EXPECT_EQ(status_of([&] { stream.set_state(""); }), FM_ERROR_FAILED);
  state[state.size() / 2] ^= 1;
  EXPECT_EQ(status_of([&] { stream.set_state(state); }), FM_ERROR_FAILED);
  EXPECT_STREQ(fm_last_error(), "state: the state is damaged");
  stream.predict(frame.image, a.image);
  EXPECT_NEAR(a.at<float>(3, 3, 0), 2 * (0.5 * 20 + 0.25 * 60 + 0.125 * 30) / 255, 1e-6);  // as if nothing had happened
  EXPECT_EQ(status_of([&] { facemat::Stream(model("fixed.onnx")).set_state(stream.state()); }), FM_ERROR_FAILED);
  EXPECT_THAT(fm_last_error(), HasSubstr("of another model"));

  fm_model* loaded = nullptr;
  fm_stream* plain = nullptr;
  ASSERT_EQ(fm_model_load(file("accumulator.onnx").c_str(), nullptr, &loaded), FM_OK);
  ASSERT_EQ(fm_stream_create(loaded, nullptr, &plain), FM_OK);
  size_t size = 0;
  std::array<char, 4> small;
  EXPECT_EQ(fm_stream_save_state(plain, nullptr, 0, &size), FM_OK);
  EXPECT_GT(size, small.size());
  size = 0;
  EXPECT_EQ(fm_stream_save_state(plain, small.data(), small.size(), &size), FM_ERROR_ARGUMENT);
  EXPECT_GT(size, small.size());
  fm_stream_free(plain);
  fm_model_free(loaded);
}

TEST_F(Api, StreamOptionsReachTheStream) {
  const facemat::Model with_ratio = model("ratio.onnx");
  const auto ratio_at = [&](const facemat::StreamOptions& options) {
    Pixels frame = filled(layout_of(FM_RGB8), 1024, 16, 20, 60, 30), a(FM_GRAYF32, 1024, 16);
    facemat::Stream(with_ratio, options).predict(frame.image, a.image);
    return a.at<float>(9, 9, 0);
  };
  facemat::StreamOptions options;
  EXPECT_EQ(ratio_at(options), 0.5f);
  options.ratio = 0.75;
  EXPECT_EQ(ratio_at(options), 0.75f);
  options.ratio = 0;
  options.max_side = 512;
  EXPECT_EQ(ratio_at(options), 1.f);
  options.max_side = 3;
  EXPECT_THROW(ratio_at(options), facemat::Error);
}

// A face 65 high is shown in a crop 100 wide; the matte is 0 outside it, and everywhere in a frame without a face.
TEST_F(Api, FindsFacesInFrames) {
  std::ofstream(file("boxes.csv")) << "frame,x,y,w,h\n1,125,67.5,50,65\n";
  const std::string detector = "boxes:" + file("boxes.csv");
  facemat::StreamOptions options;
  options.faces = detector.c_str();
  facemat::Stream stream(model(), options);
  Pixels frame = filled(layout_of(FM_RGB8), 320, 240, 51, 51, 51), alpha(FM_GRAYF32, 320, 240), unsure(FM_GRAYF32, 320, 240);
  stream.predict(frame.image, alpha.image, unsure.image);
  EXPECT_TRUE(stream.faces().empty());
  EXPECT_EQ(alpha.at<float>(150, 100, 0), 0);
  EXPECT_EQ(unsure.at<float>(150, 100, 0), 0);
  stream.predict(frame.image, alpha.image, unsure.image);
  EXPECT_NEAR(alpha.at<float>(150, 100, 0), 0.175, 1e-5);
  EXPECT_NEAR(unsure.at<float>(150, 100, 0), 0.175, 1e-3);  // a mean over all of the crop
  EXPECT_EQ(alpha.at<float>(98, 100, 0), 0);
  EXPECT_EQ(alpha.at<float>(150, 152, 0), 0);
  const std::vector<fm_face> faces = stream.faces();
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_EQ(faces[0].id, 1);
  EXPECT_EQ(faces[0].unseen, 0);
  EXPECT_NEAR(faces[0].centre_x, 150, 1e-9);
  EXPECT_NEAR(faces[0].centre_y, 100, 1e-9);
  EXPECT_NEAR(faces[0].side, 100, 1e-9);
  EXPECT_EQ(faces[0].degrees, 0);
  EXPECT_THROW(stream.state(), facemat::Error);
  EXPECT_TRUE(facemat::Stream(model()).faces().empty());

  options.faces = "eyes";
  EXPECT_THROW(facemat::Stream(model(), options), facemat::Error);
  EXPECT_THAT(fm_last_error(), HasSubstr("'eyes' (known: cascade"));
  EXPECT_EQ(fm_stream_faces(nullptr, nullptr, 0, nullptr), FM_ERROR_ARGUMENT);
}

// A model that sums over a clip, and boxes by the numbers of frames.
TEST_F(Api, StillsAreNotRemembered) {
  std::ofstream(file("boxes.csv")) << "frame,x,y,w,h\n1,125,67.5,50,65\n";
  const std::string detector = "boxes:" + file("boxes.csv");
  facemat::StreamOptions options;
  EXPECT_EQ(options.stills, 0);
  options.stills = 1;
  facemat::Stream whole(model(), options);
  Pixels frame = filled(layout_of(FM_RGB8), 320, 240, 51, 51, 51), alpha(FM_GRAYF32, 320, 240);
  for (int i = 0; i < 3; ++i) {
    whole.predict(frame.image, alpha.image);
    EXPECT_NEAR(alpha.at<float>(150, 100, 0), 0.175, 1e-5) << i;
  }
  options.faces = detector.c_str();
  facemat::Stream stream(model(), options);
  for (const size_t wanted : {0u, 1u, 0u}) {
    stream.predict(frame.image, alpha.image);
    EXPECT_EQ(stream.faces().size(), wanted) << "a covered face of a film would live on";
  }
}

// A head that leans beside another is looked for in stills alone.
TEST_F(Api, StillsAreSearchedForAllTheirFaces) {
  const cv::Mat frame = cv::imread(file("two_heads.png"));
  ASSERT_EQ(frame.size(), cv::Size(640, 480));
  const cv::Point leaning(175, 239), upright(500, 240);  // in the middles of the heads
  facemat::StreamOptions options;
  options.faces = "cascade";
  try {
    facemat::Stream(model(), options);
  } catch (const facemat::Error& error) {
    ASSERT_THAT(error.what(), HasSubstr("opencv-data"));
    GTEST_SKIP() << error.what();
  }
  const auto alpha_of = [&](int32_t stills) {
    options.stills = stills;
    return facemat::Stream(model(), options).predict(frame);
  };
  const cv::Mat film = alpha_of(0), still = alpha_of(1);
  EXPECT_GT(film.at<float>(upright), 0);
  EXPECT_EQ(film.at<float>(leaning), 0);
  EXPECT_GT(still.at<float>(upright), 0);
  EXPECT_GT(still.at<float>(leaning), 0);
}

// A host that has taken over its user's German: numbers in files and settings have points all the same.
TEST_F(Api, TheHostsLocaleDoesNotMatter) {
  const facemat::SystemLocale german(facemat::kWithComma);
  if (!german.found()) GTEST_SKIP() << facemat::kNoLocale;
  ASSERT_EQ(std::stod("67.5"), 67) << "the locale does not show";
  std::ofstream(file("boxes.csv")) << "frame,x,y,w,h\n0,125,67.5,50,65\n";
  const std::string detector = "boxes:" + file("boxes.csv");
  facemat::StreamOptions options;
  options.faces = detector.c_str();
  facemat::Stream stream(model(), options);
  Pixels frame = filled(layout_of(FM_RGB8), 320, 240, 51, 51, 51), alpha(FM_GRAYF32, 320, 240);
  stream.predict(frame.image, alpha.image);
  ASSERT_EQ(stream.faces().size(), 1u);
  EXPECT_NEAR(stream.faces()[0].centre_y, 100, 1e-9);
  EXPECT_NEAR(alpha.at<float>(150, 100, 0), 0.175, 1e-5);

  std::ofstream(file("source.yaml")) << "kind: matte\nnetwork:\n  model: fixed.onnx\nsmooth:\n  strength: 0.25\n";
  facemat::Stream source = facemat::Stream::open_source(file("source.yaml"), {"polarity=occluder", "smooth.strength=0.5"}, 1);
  Pixels small = filled(layout_of(FM_RGB8), 32, 32, 51, 0, 0), matte(FM_GRAYF32, 32, 32);
  source.predict(small.image, matte.image);
  EXPECT_NEAR(matte.at<float>(9, 9, 0), 0.8, 1e-5);
}

TEST_F(Api, OpensAlphaSources) {
  std::ofstream(file("source.yaml")) << "kind: matte\nnetwork:\n  model: fixed.onnx\n";
  facemat::Stream stream = facemat::Stream::open_source(file("source.yaml"), {"polarity=occluder"}, 1);
  Pixels frame = filled(layout_of(FM_RGB8), 32, 32, 51, 0, 0), alpha(FM_GRAYF32, 32, 32), uncertainty(FM_GRAYF32, 32, 32);
  stream.predict(frame.image, alpha.image);
  EXPECT_NEAR(alpha.at<float>(9, 9, 0), 0.8, 1e-5);
  EXPECT_THROW(stream.predict(frame.image, alpha.image, uncertainty.image), facemat::Error);
  EXPECT_STREQ(fm_last_error(), "the model or alpha source gives no uncertainty");
  EXPECT_THROW(stream.state(), facemat::Error);
  EXPECT_STREQ(fm_last_error(), "a stream that finds faces or goes through an alpha source has no state to save");
  EXPECT_THROW(facemat::Stream::open_source(file("source.yaml"), {"polarity=sideways"}), facemat::Error);
  EXPECT_THROW(facemat::Stream::open_source(file("none.yaml")), facemat::Error);
  EXPECT_THAT(fm_last_error(), HasSubstr("none.yaml"));
}

}  // namespace
}  // namespace facemat_api
