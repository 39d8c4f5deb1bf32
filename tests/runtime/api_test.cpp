// The library as programs use it: this file sees nothing but the public headers.

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <opencv2/core.hpp>
#include <sstream>
#include <thread>

#include <facemat/facemat.hpp>

#include "tests/runtime/failing_memory.h"

namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string read_pipe(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), count);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

std::string read_bytes(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

// The models of tests/runtime/models.h, as files. accumulator.onnx: alpha is 0.5 R + 0.25 G + 0.125 B, summed over a clip.
class Api : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::path(::testing::TempDir()) / ("facemat-api-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    ASSERT_EQ(std::system((std::string(FACEMAT_BIN_DIR) + "/write_tiny_models " + folder_.string()).c_str()), 0);
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }
  static std::string file(const std::string& name) { return (folder_ / name).string(); }
  static facemat::Model model(const std::string& name = "accumulator.onnx") {
    facemat::ModelOptions options;
    options.threads = 1;
    return facemat::Model(file(name), options);
  }

 private:
  static inline fs::path folder_;
};

// An image of one colour with room around each row, which must stay as it is.
struct Pixels {
  std::vector<uint8_t> bytes;
  fm_image image;

  Pixels(int32_t format, int32_t width, int32_t height) {
    const int64_t stride = int64_t{width} * fm_pixel_bytes(format) + 16;
    bytes.assign(static_cast<size_t>(stride * height), 0xAB);
    image = {bytes.data(), width, height, stride, format};
  }
  template <typename T>
  T& at(int x, int y, int channel) {
    return reinterpret_cast<T*>(bytes.data() + y * image.stride + x * fm_pixel_bytes(image.format))[channel];
  }
  bool room_untouched() const {
    const int64_t row = int64_t{image.width} * fm_pixel_bytes(image.format);
    for (int y = 0; y < image.height; ++y)
      for (int64_t i = row; i < image.stride; ++i)
        if (bytes[y * image.stride + i] != 0xAB) return false;
    return true;
  }
};

// How each format is filled and read: bits of a channel (32: float), and the places of red, green, blue.
struct Layout {
  int32_t format;
  int bits, channels, red, green, blue;
};
constexpr Layout kLayouts[] = {
    {FM_BGR8, 8, 3, 2, 1, 0},     {FM_RGB8, 8, 3, 0, 1, 2},     {FM_BGRA8, 8, 4, 2, 1, 0},    {FM_RGBA8, 8, 4, 0, 1, 2},
    {FM_GRAY8, 8, 1, 0, 0, 0},    {FM_BGR16, 16, 3, 2, 1, 0},   {FM_RGB16, 16, 3, 0, 1, 2},   {FM_BGRA16, 16, 4, 2, 1, 0},
    {FM_RGBA16, 16, 4, 0, 1, 2},  {FM_GRAY16, 16, 1, 0, 0, 0},  {FM_BGRF32, 32, 3, 2, 1, 0},  {FM_RGBF32, 32, 3, 0, 1, 2},
    {FM_BGRAF32, 32, 4, 2, 1, 0}, {FM_RGBAF32, 32, 4, 0, 1, 2}, {FM_GRAYF32, 32, 1, 0, 0, 0},
};

void put(Pixels& pixels, const Layout& layout, int x, int y, int channel, int value255) {
  if (layout.bits == 8) pixels.at<uint8_t>(x, y, channel) = static_cast<uint8_t>(value255);
  if (layout.bits == 16) pixels.at<uint16_t>(x, y, channel) = static_cast<uint16_t>(value255 * 257);
  if (layout.bits == 32) pixels.at<float>(x, y, channel) = static_cast<float>(value255) / 255;
}

double get(Pixels& pixels, const Layout& layout, int x, int y, int channel) {  // 0..255
  if (layout.bits == 8) return pixels.at<uint8_t>(x, y, channel);
  if (layout.bits == 16) return pixels.at<uint16_t>(x, y, channel) / 257.0;
  return pixels.at<float>(x, y, channel) * 255.0;
}

Pixels filled(const Layout& layout, int width, int height, int red, int green, int blue, int fourth = 7) {
  Pixels pixels(layout.format, width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      if (layout.channels == 4) put(pixels, layout, x, y, 3, fourth);
      put(pixels, layout, x, y, layout.blue, blue);
      put(pixels, layout, x, y, layout.green, green);
      put(pixels, layout, x, y, layout.red, red);
    }
  return pixels;
}

const Layout& layout_of(int32_t format) { return kLayouts[format - 1]; }

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

std::vector<uint8_t> mattes(facemat::Stream stream, int seed) {
  std::vector<uint8_t> out;
  for (int i = 0; i < 40; ++i) {
    Pixels frame = filled(layout_of(FM_RGB8), 40 + seed, 30, (seed * 7 + i) % 50, i, seed), alpha(FM_GRAYF32, 40 + seed, 30);
    if (i % 15 == 14) stream.reset();
    stream.predict(frame.image, alpha.image);
    out.insert(out.end(), alpha.bytes.begin(), alpha.bytes.end());
  }
  return out;
}

TEST_F(Api, StreamsOnThreadsShareAModel) {
  const facemat::Model shared = model();
  std::array<std::vector<uint8_t>, 4> together;
  std::vector<std::thread> threads;
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

  for (const uint32_t size : {0u, 3u, 1u << 30}) {
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
  const int width = 32, height = 24;
  std::vector<uint8_t> pixels(3 * width * height, 51), matte(width * height);
  facemat::Stream stream(model());
  stream.predict({pixels.data(), width, height, 3 * width, FM_RGB8}, {matte.data(), width, height, width, FM_GRAY8});
  EXPECT_EQ(matte, std::vector<uint8_t>(width * height, 45));  // 0.175 * 255 = 44.6
}

TEST_F(Api, BadCallsAreErrorsOfOneLine) {
  const facemat::Model accumulator = model(), fixed = model("fixed.onnx");
  fm_stream* stream = nullptr;
  ASSERT_EQ(fm_stream_create(accumulator.get(), nullptr, &stream), FM_OK);
  fm_stream* sure = nullptr;
  ASSERT_EQ(fm_stream_create(fixed.get(), nullptr, &sure), FM_OK);
  Pixels frame = filled(layout_of(FM_RGB8), 32, 24, 1, 2, 3), small = filled(layout_of(FM_RGB8), 15, 24, 1, 2, 3);
  Pixels deep = filled(layout_of(FM_RGB16), 32, 24, 1, 2, 3), floats = filled(layout_of(FM_GRAYF32), 32, 24, 1, 2, 3);
  Pixels alpha(FM_GRAY8, 32, 24), narrow(FM_GRAY8, 31, 24), small_alpha(FM_GRAY8, 15, 24), out(FM_RGB8, 32, 24);
  Pixels nan = filled(layout_of(FM_GRAYF32), 32, 24, 1, 2, 3);
  nan.at<float>(5, 5, 0) = std::numeric_limits<float>::quiet_NaN();
  const auto with = [](fm_image image, const std::function<void(fm_image&)>& change) {
    change(image);
    return image;
  };
  const auto predict = [&](const fm_image& f, const fm_image& a) {
    fm_image place = a;
    return fm_stream_predict(stream, &f, &place, nullptr);
  };
  const auto blend = [&](const fm_image& t, const fm_image& s, const fm_image& a, const fm_image& o) {
    fm_image place = o;
    return fm_composite(&t, &s, &a, nullptr, nullptr, nullptr, &place);
  };
  fm_model* no_model = nullptr;
  fm_stream* no_stream = nullptr;
  size_t size = 0;
  char text[2];
  const std::string path = file("accumulator.onnx");
  const char* const null_setting[] = {nullptr};
  facemat::ModelOptions odd_provider, odd_level, odd_threads;
  odd_provider.provider = "abacus";
  odd_level.optimisation = "most";
  odd_threads.threads = -1;
  const fm_image& f = frame.image;
  const fm_image& a = alpha.image;
  struct Case {
    const char* name;
    std::function<fm_status()> call;
    fm_status status;
    const char* message;
  };
  const Case cases[] = {
      {"no path", [&] { return fm_model_load(nullptr, nullptr, &no_model); }, FM_ERROR_ARGUMENT, "path is NULL"},
      {"no place", [&] { return fm_model_load(path.c_str(), nullptr, nullptr); }, FM_ERROR_ARGUMENT, "place for the model"},
      {"no file", [&] { return fm_model_load("/nowhere.onnx", nullptr, &no_model); }, FM_ERROR_FAILED, "no such file"},
      {"provider", [&] { return fm_model_load(path.c_str(), &odd_provider, &no_model); }, FM_ERROR_FAILED,
       "unknown execution provider 'abacus' (this ONNX Runtime has: auto,"},
      {"level", [&] { return fm_model_load(path.c_str(), &odd_level, &no_model); }, FM_ERROR_FAILED, "'most' (known: none"},
      {"threads", [&] { return fm_model_load(path.c_str(), &odd_threads, &no_model); }, FM_ERROR_FAILED, "threads is -1"},
      {"no bytes", [&] { return fm_model_load_memory(nullptr, 4, "m", nullptr, &no_model); }, FM_ERROR_ARGUMENT,
       "bytes is NULL"},
      {"empty", [&] { return fm_model_load_memory("", 0, nullptr, nullptr, &no_model); }, FM_ERROR_FAILED,
       "model: not a readable"},
      {"too many bytes", [&] { return fm_model_load_memory("", SIZE_MAX, "m", nullptr, &no_model); }, FM_ERROR_ARGUMENT,
       "up to"},
      {"no model", [&] { return fm_stream_create(nullptr, nullptr, &no_stream); }, FM_ERROR_ARGUMENT, "model is NULL"},
      {"no stream", [&] { return fm_stream_predict(nullptr, nullptr, nullptr, nullptr); }, FM_ERROR_ARGUMENT, "stream is NULL"},
      {"no stream", [&] { return fm_stream_reset(nullptr); }, FM_ERROR_ARGUMENT, "stream is NULL"},
      {"no yaml", [&] { return fm_stream_open_source(nullptr, nullptr, 0, 0, &no_stream); }, FM_ERROR_ARGUMENT, "yaml is NULL"},
      {"no settings", [&] { return fm_stream_open_source("x", nullptr, 1, 0, &no_stream); }, FM_ERROR_ARGUMENT, "settings is"},
      {"null setting", [&] { return fm_stream_open_source("x", null_setting, 1, 0, &no_stream); }, FM_ERROR_ARGUMENT,
       "settings[0] is NULL"},
      {"no frame", [&] { return fm_stream_predict(stream, nullptr, &alpha.image, nullptr); }, FM_ERROR_ARGUMENT,
       "frame is NULL"},
      {"no alpha", [&] { return fm_stream_predict(stream, &f, nullptr, nullptr); }, FM_ERROR_ARGUMENT, "alpha is NULL"},
      {"no data", [&] { return predict(with(f, [](fm_image& i) { i.data = nullptr; }), a); }, FM_ERROR_ARGUMENT,
       "data is NULL"},
      {"format 0", [&] { return predict(with(f, [](fm_image& i) { i.format = 0; }), a); }, FM_ERROR_ARGUMENT, "format is 0"},
      {"format 16", [&] { return predict(with(f, [](fm_image& i) { i.format = 16; }), a); }, FM_ERROR_ARGUMENT, "format is 16"},
      {"no width", [&] { return predict(with(f, [](fm_image& i) { i.width = 0; }), a); }, FM_ERROR_ARGUMENT, "0x24 pixels"},
      {"negative", [&] { return predict(with(f, [](fm_image& i) { i.height = -24; }), a); }, FM_ERROR_ARGUMENT, "32x-24"},
      {"huge", [&] { return predict(with(f, [](fm_image& i) { i.height = 1 << 30; }), a); }, FM_ERROR_ARGUMENT, "1 to 32767"},
      {"short stride", [&] { return predict(with(f, [](fm_image& i) { i.stride = 95; }), a); }, FM_ERROR_ARGUMENT,
       "the stride is 95 bytes, a row of 32 RGB8 pixels takes 96"},
      {"negative stride", [&] { return predict(with(f, [](fm_image& i) { i.stride = -96; }), a); }, FM_ERROR_ARGUMENT, "-96"},
      {"odd stride", [&] { return predict(with(deep.image, [](fm_image& i) { i.stride += 1; }), a); }, FM_ERROR_ARGUMENT,
       "multiples of the 2 bytes"},
      {"odd address",
       [&] { return predict(with(deep.image, [](fm_image& i) { i.data = static_cast<char*>(i.data) + 1; }), a); },
       FM_ERROR_ARGUMENT, "multiples of the 2 bytes"},
      {"small frame", [&] { return predict(small.image, small_alpha.image); }, FM_ERROR_FAILED, "15x24 is too small"},
      {"alpha's size", [&] { return predict(f, narrow.image); }, FM_ERROR_ARGUMENT, "alpha is 31x24, it must be 32x24"},
      {"alpha's format", [&] { return predict(f, out.image); }, FM_ERROR_ARGUMENT, "alpha is RGB8 (allowed: GRAY8"},
      {"no uncertainty", [&] { return fm_stream_predict(sure, &f, &alpha.image, &floats.image); }, FM_ERROR_FAILED,
       "gives no uncertainty"},
      {"state's place", [&] { return fm_stream_save_state(stream, nullptr, 0, nullptr); }, FM_ERROR_ARGUMENT,
       "place for the size"},
      {"no state", [&] { return fm_stream_restore_state(stream, nullptr, 0); }, FM_ERROR_ARGUMENT, "bytes is NULL"},
      {"no stream", [&] { return fm_stream_save_state(nullptr, nullptr, 0, &size); }, FM_ERROR_ARGUMENT, "stream is NULL"},
      {"grey target", [&] { return blend(a, f, a, out.image); }, FM_ERROR_ARGUMENT, "target is GRAY8 (allowed: colours)"},
      {"depths", [&] { return blend(f, deep.image, a, out.image); }, FM_ERROR_ARGUMENT, "one size and depth"},
      {"sizes", [&] { return blend(f, small.image, a, out.image); }, FM_ERROR_ARGUMENT, "15x24"},
      {"colour as alpha", [&] { return blend(f, f, f, out.image); }, FM_ERROR_ARGUMENT, "alpha is RGB8"},
      {"alpha's size", [&] { return blend(f, f, narrow.image, out.image); }, FM_ERROR_ARGUMENT, "the target's size, 32x24"},
      {"not finite", [&] { return blend(f, f, nan.image, out.image); }, FM_ERROR_ARGUMENT, "alpha holds numbers that are not"},
      {"out's depth", [&] { return blend(f, f, floats.image, deep.image); }, FM_ERROR_ARGUMENT, "out is RGB16"},
      {"out's size", [&] { return blend(f, f, floats.image, small.image); }, FM_ERROR_ARGUMENT, "out is 15x24"},
      {"no out", [&] { return fm_composite(&f, &f, &floats.image, nullptr, nullptr, nullptr, nullptr); }, FM_ERROR_ARGUMENT,
       "out is NULL"},
      {"effect", [&] { return fm_effect_apply("sparkle", &f, &out.image); }, FM_ERROR_FAILED, "sparkle"},
      {"no effect", [&] { return fm_effect_apply(nullptr, &f, &out.image); }, FM_ERROR_ARGUMENT, "name is NULL"},
      {"effect of 16 bits", [&] { return fm_effect_apply("blur", &deep.image, &deep.image); }, FM_ERROR_ARGUMENT, "8 bits"},
      {"small text", [&] { return fm_nodes_by_provider(path.c_str(), nullptr, 32, 32, text, 2); }, FM_ERROR_ARGUMENT,
       "2 are given"},
      {"small frame", [&] { return fm_nodes_by_provider(path.c_str(), nullptr, 8, 32, text, 2); }, FM_ERROR_ARGUMENT, "8x32"},
  };
  for (const Case& c : cases) {
    const std::vector<uint8_t> before = alpha.bytes;
    EXPECT_EQ(c.call(), c.status) << c.name;
    EXPECT_THAT(fm_last_error(), HasSubstr(c.message)) << c.name;
    EXPECT_EQ(std::strchr(fm_last_error(), '\n'), nullptr) << c.name;
    EXPECT_EQ(alpha.bytes, before) << c.name;
  }
  EXPECT_EQ(no_model, nullptr);
  EXPECT_EQ(no_stream, nullptr);
  EXPECT_EQ(fm_pixel_bytes(0), 0);
  EXPECT_EQ(fm_pixel_bytes(FM_RGBAF32), 16);
  EXPECT_EQ(fm_model_info(nullptr), nullptr);
  EXPECT_EQ(fm_model_provider(nullptr), nullptr);
  EXPECT_EQ(fm_model_has_uncertainty(nullptr), 0);
  fm_composite_options_init(nullptr, 8);
  // And it still works.
  EXPECT_EQ(predict(f, a), FM_OK);
  fm_stream_free(stream);
  fm_stream_free(sure);
}

TEST_F(Api, LackOfMemoryIsAnErrorToo) {
  const std::string path = file("accumulator.onnx");
  const facemat::Model accumulator = model();
  facemat::Stream stream(accumulator);
  fm_model* loaded = nullptr;
  fm_stream* created = nullptr;
  no_memory = true;
  const fm_status load = fm_model_load(path.c_str(), nullptr, &loaded);
  const fm_status create = fm_stream_create(accumulator.get(), nullptr, &created);
  no_memory = false;
  EXPECT_EQ(load, FM_ERROR_MEMORY);
  EXPECT_EQ(create, FM_ERROR_MEMORY);
  EXPECT_STREQ(fm_last_error(), "not enough memory");
  EXPECT_EQ(loaded, nullptr);
  EXPECT_EQ(created, nullptr);
  EXPECT_EQ(mattes(std::move(stream), 3), mattes(facemat::Stream(accumulator), 3));
}

}  // namespace
