#pragma once
// Pixels as numbers to blend: as they are encoded, or as amounts of light.
//
// sRGB (IEC 61966-2-1): light = v / 12.92 up to v = 0.04045, ((v + 0.055) / 1.055)^2.4 above.

#include <array>
#include <opencv2/core.hpp>

namespace facemat {

double light_of_srgb(double value);
double srgb_of_light(double light);

// Pixels [x, x + width) of row y, three channels of 8 bits, 16 bits or float, as planes of floats 0..1; with `linear`, of
// light. Tables hold the 256 or 65536 values, so 8 and 16 bits are as exact as a float.
void read_pixels(const cv::Mat& image, int y, int x, int width, bool linear, const std::array<float*, 3>& planes);

// And back: clamped, rounded half up once (floats are neither). 8 bits of light are exact: each value is compared with the
// light where its byte begins.
void write_pixels(const std::array<const float*, 3>& planes, int width, bool linear, int y, int x, cv::Mat& image);

}  // namespace facemat
