#include "src/runtime/compose/light.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace facemat {
namespace {

std::vector<float> values_of(int levels, bool linear) {
  std::vector<float> table(levels);
  for (int i = 0; i < levels; ++i) {
    const double value = static_cast<double>(i) / (levels - 1);
    table[i] = static_cast<float>(linear ? light_of_srgb(value) : value);
  }
  return table;
}

template <typename Value>
const float* value_table(bool linear) {
  static const std::vector<float> encoded = values_of(1 << (8 * sizeof(Value)), false);
  static const std::vector<float> light = values_of(1 << (8 * sizeof(Value)), true);
  return (linear ? light : encoded).data();
}

template <typename Value>
void read_table(const Value* pixels, int width, bool linear, const std::array<float*, 3>& planes) {
  const float* table = value_table<Value>(linear);
  for (int x = 0; x < width; ++x)
    for (int c = 0; c < 3; ++c) planes[c][x] = table[pixels[3 * x + c]];
}

void read_floats(const float* pixels, int width, bool linear, const std::array<float*, 3>& planes) {
  for (int x = 0; x < width; ++x)
    for (int c = 0; c < 3; ++c) {
      const float value = pixels[3 * x + c];
      planes[c][x] = linear ? static_cast<float>(light_of_srgb(value)) : value;
    }
}

// Bytes by light: `begins[n]` is where byte n begins, `first[i]` the byte at light i / kCells. Bytes begin at least 1 / 3294
// apart, so a cell of 1 / 4096 holds one beginning or none.
struct Bytes {
  static constexpr int kCells = 4096;
  Bytes() : begins(257, 2.f), first(kCells + 1) {
    for (int n = 0; n < 256; ++n) begins[n] = static_cast<float>(light_of_srgb(std::max(0., (n - 0.5) / 255)));
    for (int i = 0, n = 0; i <= kCells; ++i) {
      while (begins[n + 1] <= static_cast<float>(i) / kCells) ++n;
      first[i] = static_cast<uint8_t>(n);
    }
  }
  uint8_t of(float light) const {
    const float clamped = light > 0 ? std::min(light, 1.f) : 0.f;
    const int n = first[static_cast<int>(clamped * kCells)];
    return static_cast<uint8_t>(n + (clamped >= begins[n + 1] ? 1 : 0));
  }
  std::vector<float> begins;
  std::vector<uint8_t> first;
};

template <typename Value>
Value rounded(double value) {
  constexpr double kTop = (1 << (8 * sizeof(Value))) - 1;
  return static_cast<Value>((value > 0 ? std::min(value, 1.) : 0.) * kTop + 0.5);
}

template <typename Value, typename Encode>
void write_values(const std::array<const float*, 3>& planes, int width, Value* pixels, Encode encode) {
  for (int x = 0; x < width; ++x)
    for (int c = 0; c < 3; ++c) pixels[3 * x + c] = encode(planes[c][x]);
}

void write_row(const std::array<const float*, 3>& planes, int width, bool linear, uint8_t* pixels) {
  static const Bytes table;
  if (linear) write_values(planes, width, pixels, [](float light) { return table.of(light); });
  if (!linear) write_values(planes, width, pixels, rounded<uint8_t>);
}
void write_row(const std::array<const float*, 3>& planes, int width, bool linear, uint16_t* pixels) {
  if (linear) write_values(planes, width, pixels, [](float light) { return rounded<uint16_t>(srgb_of_light(light)); });
  if (!linear) write_values(planes, width, pixels, rounded<uint16_t>);
}
void write_row(const std::array<const float*, 3>& planes, int width, bool linear, float* pixels) {
  if (linear) write_values(planes, width, pixels, [](float light) { return static_cast<float>(srgb_of_light(light)); });
  if (!linear) write_values(planes, width, pixels, [](float value) { return value; });
}

}  // namespace

double light_of_srgb(double value) { return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4); }

// The published 0.0031308 is where both pieces meet, rounded; it is 0.04045 / 12.92 here, so that each undoes the other.
double srgb_of_light(double light) {
  return light <= 0.04045 / 12.92 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

void read_pixels(const cv::Mat& image, int y, int x, int width, bool linear, const std::array<float*, 3>& planes) {
  if (image.depth() == CV_8U) return read_table(image.ptr<uint8_t>(y, x), width, linear, planes);
  if (image.depth() == CV_16U) return read_table(image.ptr<uint16_t>(y, x), width, linear, planes);
  read_floats(image.ptr<float>(y, x), width, linear, planes);
}

void write_pixels(const std::array<const float*, 3>& planes, int width, bool linear, int y, int x, cv::Mat& image) {
  if (image.depth() == CV_8U) return write_row(planes, width, linear, image.ptr<uint8_t>(y, x));
  if (image.depth() == CV_16U) return write_row(planes, width, linear, image.ptr<uint16_t>(y, x));
  write_row(planes, width, linear, image.ptr<float>(y, x));
}

}  // namespace facemat
