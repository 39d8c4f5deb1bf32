#include "src/runtime/compose/effects.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "src/core/text.h"
#include "src/image/pixels.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

// A copy on which faces are at most `most` pixels high: effects without fine detail are made there, faster and alike at all
// sizes.
struct Reduced {
  cv::Mat image;
  double face = 0;
};
Reduced reduced(const cv::Mat& frame, double face, double most) {
  const double scale = std::min(1.0, most / face);
  const auto side = [&](int pixels) { return std::max(1, static_cast<int>(std::lround(pixels * scale))); };
  return {resize(frame, {side(frame.cols), side(frame.rows)}), face * scale};
}

cv::Mat at_size(const cv::Mat& image, cv::Size size) {
  cv::Mat out;
  cv::resize(image, out, size, 0, 0, cv::INTER_LINEAR);
  return out;
}

cv::Mat blurred(const cv::Mat& image, double sigma) {
  cv::Mat out;
  cv::GaussianBlur(image, out, {}, std::max(0.3, sigma), 0, cv::BORDER_REPLICATE);
  return out;
}

cv::Mat to_lab(const cv::Mat& image) {  // CV_32FC3, L 0..100
  cv::Mat out;
  cv::cvtColor(to_float(image), out, cv::COLOR_BGR2Lab);
  return out;
}

cv::Mat of_lab(const cv::Mat& lab) {
  cv::Mat out;
  cv::cvtColor(lab, out, cv::COLOR_Lab2BGR);
  return to_u8(out);
}

// --- tint

using Colour = cv::Vec3f;  // BGR 0..1

// Brightness through three colours, dark to light.
cv::Mat toned(const cv::Mat& frame, const Colour& dark, const Colour& middle, const Colour& light) {
  cv::Mat table(1, 256, CV_32FC3), grey, wide, out;
  for (int value = 0; value < 256; ++value) {
    const float t = value / 255.f, s = t * t * (3 - 2 * t);  // a little more contrast
    table.at<Colour>(value) = s < 0.5f ? dark + 2 * s * (middle - dark) : middle + (2 * s - 1) * (light - middle);
  }
  cv::cvtColor(frame, grey, cv::COLOR_BGR2GRAY);
  cv::cvtColor(grey, wide, cv::COLOR_GRAY2BGR);
  cv::LUT(wide, to_u8(table), out);
  return out;
}

cv::Mat tint(const cv::Mat& frame, double) {
  return toned(frame, {0.36f, 0.06f, 0.16f}, {0.45f, 0.34f, 0.88f}, {0.66f, 0.95f, 1.0f});
}

// --- blur, pixelate

constexpr double kBlurred = 0.07, kBlocks = 11;  // share of the face; blocks over its height

cv::Mat blur(const cv::Mat& frame, double face) {
  const Reduced small = reduced(frame, face, 96);
  return at_size(blurred(small.image, kBlurred * small.face), frame.size());
}

cv::Mat pixelate(const cv::Mat& frame, double face) {
  const double block = std::max(2.0, face / kBlocks);
  const auto count = [&](int pixels) { return std::max(1, static_cast<int>(std::lround(pixels / block))); };
  cv::Mat out;
  cv::resize(resize(frame, {count(frame.cols), count(frame.rows)}), out, frame.size(), 0, 0, cv::INTER_NEAREST);
  return out;
}

// --- cartoon: Winnemoeller, Olsen and Gooch, "Real-time video abstraction", 2006: a bilateral filter in Lab, softly stepped
// brightness, lines from a difference of Gaussians.

// Texture goes, edges stay.
cv::Mat flattened(const cv::Mat& lab, double face) {
  const double reach = std::max(1.0, 0.012 * face);
  cv::Mat image = lab;
  for (int pass = 0; pass < 2; ++pass) {
    cv::Mat next;
    cv::bilateralFilter(image, next, 9, 9, reach);
    image = next;
  }
  return image;
}

// Brightness drawn to the middles of `step`s of 0..100; steep but without jumps, which would flicker.
float stepped(float brightness, float step) {
  const float middle = (std::floor(brightness / step) + 0.5f) * step;
  return middle + step / 2 * std::tanh(5 * (brightness - middle) / step);
}

// 1 where there is no line, down to 0 in lines. `brightness`: 0..100.
cv::Mat lines_in(const cv::Mat& brightness, double face) {
  const double sigma = 0.0055 * face;
  cv::Mat out = blurred(brightness, sigma) - 0.985 * blurred(brightness, 1.6 * sigma);
  out.forEach<float>([](float& value, const int*) { value = value > 0 ? 1 : 1 + std::tanh(1.1f * value); });
  return out;
}

cv::Mat cartoon(const cv::Mat& frame, double face) {
  const Reduced small = reduced(frame, face, 360);
  cv::Mat lab = flattened(to_lab(small.image), small.face), brightness;
  cv::extractChannel(lab, brightness, 0);
  const cv::Mat lines = lines_in(brightness, small.face);
  for (int y = 0; y < lab.rows; ++y)
    for (int x = 0; x < lab.cols; ++x) {
      cv::Vec3f& pixel = lab.at<cv::Vec3f>(y, x);
      const float line = lines.at<float>(y, x);
      pixel = {line * stepped(pixel[0], 14), 1.35f * line * pixel[1], 1.35f * line * pixel[2]};
    }
  return at_size(of_lab(lab), frame.size());
}

// --- paint

// Kuwahara's filter: each pixel takes the mean of that of the four squares at its corners which varies least.
cv::Mat brushed(const cv::Mat& image, int radius) {
  const int length = radius + 1;
  cv::Mat mean, square_mean, grey, spread;
  const auto means = [&](const cv::Mat& of, cv::Mat& to) {  // of the square whose lower right pixel it is
    cv::boxFilter(of, to, -1, {length, length}, {radius, radius}, true, cv::BORDER_REPLICATE);
  };
  means(image, mean);
  cv::extractChannel(image, grey, 0);
  cv::Mat grey_mean;
  means(grey, grey_mean);
  means(grey.mul(grey), square_mean);
  spread = square_mean - grey_mean.mul(grey_mean);
  cv::Mat out(image.size(), image.type());
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      cv::Point best(x, y);
      for (const cv::Point& corner : {cv::Point(x + radius, y), cv::Point(x, y + radius), cv::Point(x + radius, y + radius)}) {
        const cv::Point at(std::min(corner.x, out.cols - 1), std::min(corner.y, out.rows - 1));
        if (spread.at<float>(at) < spread.at<float>(best)) best = at;
      }
      out.at<cv::Vec3f>(y, x) = mean.at<cv::Vec3f>(best);
    }
  return out;
}

// Blue greasepaint with brush strokes: skin turns blue, lips violet.
cv::Mat paint(const cv::Mat& frame, double face) {
  const Reduced small = reduced(frame, face, 360);
  cv::Mat lab = brushed(to_lab(small.image), std::max(1, static_cast<int>(0.011 * small.face)));
  for (int y = 0; y < lab.rows; ++y)
    for (int x = 0; x < lab.cols; ++x) {
      cv::Vec3f& pixel = lab.at<cv::Vec3f>(y, x);
      const float shade = 1.12f * pixel[0] - 8;
      const float strength = std::clamp(shade / 45, 0.f, 1.f);  // the dark of eyes and nostrils stays dark
      pixel = {std::clamp(shade, 0.f, 100.f), strength * (0.9f * pixel[1] - 14), strength * (-0.35f * pixel[2] - 36)};
    }
  return at_size(of_lab(lab), frame.size());
}

// --- porcelain

// A mask of one pale colour: the face's own shading, without its texture and colour.
cv::Mat porcelain(const cv::Mat& frame, double face) {
  const Reduced small = reduced(frame, face, 240);
  cv::Mat lab = flattened(to_lab(small.image), small.face);
  for (int y = 0; y < lab.rows; ++y)
    for (int x = 0; x < lab.cols; ++x) {
      cv::Vec3f& pixel = lab.at<cv::Vec3f>(y, x);
      pixel = {100 * std::pow(std::clamp(pixel[0] / 100, 0.f, 1.f), 0.55f), 0.08f * pixel[1], 0.08f * pixel[2] + 2};
    }
  return at_size(of_lab(lab), frame.size());
}

}  // namespace

cv::Mat Effect::apply(const cv::Mat& frame, double face) const {
  return filter(frame, face > 0 ? face : std::min(frame.cols, frame.rows) * 2 / 3.0);
}

const std::vector<Effect>& effects() {
  static const std::vector<Effect> table = {
      {"blur", "out of focus, for anonymous faces", blur},
      {"cartoon", "flat colour with inked lines", cartoon},
      {"paint", "blue greasepaint, brushed on", paint},
      {"pixelate", "squares of one colour, for anonymous faces", pixelate},
      {"porcelain", "a pale mask with the face's own shading", porcelain},
      {"tint", "three colours by brightness", tint},
  };
  return table;
}

const Effect& find_effect(const std::string& name) { return find_entry(effects(), name, "effect"); }

}  // namespace facemat
