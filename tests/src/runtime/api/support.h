#pragma once
// The library as programs use it: these tests see nothing but its public headers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <facemat/facemat.hpp>

namespace facemat_api {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

inline std::string read_pipe(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), count);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

inline std::string read_bytes(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

// The models of tests/src/runtime/models.h, as files. accumulator.onnx: alpha is 0.5 R + 0.25 G + 0.125 B, summed over a clip.
// guided.onnx: alpha is 0.5 R + 0.25 R of the background + 0.25 trimap.
// two_heads.png: a head that leans beside one that does not (tests/support/drawn_heads.h).
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

inline void put(Pixels& pixels, const Layout& layout, int x, int y, int channel, int value255) {
  if (layout.bits == 8) pixels.at<uint8_t>(x, y, channel) = static_cast<uint8_t>(value255);
  if (layout.bits == 16) pixels.at<uint16_t>(x, y, channel) = static_cast<uint16_t>(value255 * 257);
  if (layout.bits == 32) pixels.at<float>(x, y, channel) = static_cast<float>(value255) / 255;
}

inline double get(Pixels& pixels, const Layout& layout, int x, int y, int channel) {  // 0..255
  if (layout.bits == 8) return pixels.at<uint8_t>(x, y, channel);
  if (layout.bits == 16) return pixels.at<uint16_t>(x, y, channel) / 257.0;
  return pixels.at<float>(x, y, channel) * 255.0;
}

inline Pixels filled(const Layout& layout, int width, int height, int red, int green, int blue, int fourth = 7) {
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

inline const Layout& layout_of(int32_t format) { return kLayouts[format - 1]; }

// What a stream answers to a clip drawn from `seed`.
inline std::vector<uint8_t> mattes(facemat::Stream stream, int seed) {
  std::vector<uint8_t> out;
  for (int i = 0; i < 40; ++i) {
    Pixels frame = filled(layout_of(FM_RGB8), 40 + seed, 30, (seed * 7 + i) % 50, i, seed), alpha(FM_GRAYF32, 40 + seed, 30);
    if (i % 15 == 14) stream.reset();
    stream.predict(frame.image, alpha.image);
    out.insert(out.end(), alpha.bytes.begin(), alpha.bytes.end());
  }
  return out;
}

}  // namespace facemat_api
