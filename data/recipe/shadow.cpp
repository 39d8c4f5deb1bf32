#include "data/recipe/shadow.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "data/scene/shading.h"
#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr double kRimSigma = 0.01;    // of the face's width: seen outside the occluder for about twice that
constexpr double kLeastSigma = 1.25;  // pixels of the reduced size: what a reduced Gaussian still resolves
constexpr int kMostReduction = 16;

int reduction(double sigma) { return std::clamp(static_cast<int>(sigma / kLeastSigma), 1, kMostReduction); }

// A picture at a reduced size, and how many of its pixels make one of the full size.
struct Reduced {
  cv::Mat image;
  double x = 1, y = 1;
};

Reduced reduced(const cv::Mat& image, int factor) {
  if (factor == 1) return {image, 1, 1};
  const cv::Size size((image.cols + factor - 1) / factor, (image.rows + factor - 1) / factor);
  return {resize(image, size), static_cast<double>(size.width) / image.cols, static_cast<double>(size.height) / image.rows};
}

cv::Mat blurred(const cv::Mat& image, double sigma_x, double sigma_y) {
  constexpr double kLeast = 0.2;  // below, a Gaussian's neighbours get nothing
  if (std::min(sigma_x, sigma_y) < kLeast) return image;
  const double most = 2. * std::max(image.cols, image.rows);  // all is even by then
  cv::Mat out;
  cv::GaussianBlur(image, out, {}, std::min(sigma_x, most), std::min(sigma_y, most), cv::BORDER_REPLICATE);
  return out;
}

// C of the header. dx, dy, sigma in pixels.
cv::Mat cast(const cv::Mat& alpha, double dx, double dy, double sigma) {
  const Reduced small = reduced(alpha, reduction(sigma));
  const cv::Matx23d shift(1, 0, dx * small.x, 0, 1, dy * small.y);
  cv::Mat moved;
  cv::warpAffine(small.image, moved, cv::Mat(shift), small.image.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return resize(blurred(moved, sigma * small.x, sigma * small.y), alpha.size());
}

// R of the header. The Gaussian leaves out what central differences and the area average blur by themselves.
cv::Mat rim(const cv::Mat& alpha, double sigma) {
  const int factor = reduction(sigma);
  const Reduced small = reduced(alpha, factor);
  const double spread = 1.0 / 3 + (factor > 1 ? 1.0 / 12 : 0);  // variance of the box filters
  const auto rest = [&](double s) { return std::sqrt(std::max(0.0, s * s - spread)); };
  const cv::Mat soft = blurred(small.image, rest(sigma * small.x), rest(sigma * small.y));
  cv::Mat along_x, along_y, steep;
  const cv::Mat difference = (cv::Mat_<float>(1, 3) << -0.5f, 0, 0.5f);
  cv::filter2D(soft, along_x, CV_32F, difference, {-1, -1}, 0, cv::BORDER_REPLICATE);
  cv::filter2D(soft, along_y, CV_32F, difference.t(), {-1, -1}, 0, cv::BORDER_REPLICATE);
  cv::magnitude(along_x * small.x, along_y * small.y, steep);
  steep = cv::min(steep * (std::sqrt(2 * CV_PI) * sigma), 1.f);
  return resize(steep, alpha.size());
}

// 8-bit sRGB values with a share of their linear light, the share in steps far finer than 8 bits can show.
constexpr int kShares = 1024;
using DarkTable = std::array<std::array<uint8_t, 256>, kShares>;

const DarkTable& dark_table() {
  static const auto table = [] {
    auto values = std::make_unique<DarkTable>();
    for (int share = 0; share < kShares; ++share) {
      for (int value = 0; value < 256; ++value) {
        const float light = srgb_decode(static_cast<float>(value) / 255) * static_cast<float>(share) / (kShares - 1);
        (*values)[share][value] = static_cast<uint8_t>(srgb_encode(light) * 255 + 0.5f);
      }
    }
    return values;
  }();
  return *table;
}

// `face` with the share `light` (CV_32FC1, 0..1) of its linear light.
cv::Mat darkened(const cv::Mat& face, const cv::Mat& light) {
  const DarkTable& table = dark_table();
  cv::Mat out(face.size(), CV_8UC3);
  for (int y = 0; y < face.rows; ++y) {
    const auto* from = face.ptr<cv::Vec3b>(y);
    const float* share = light.ptr<float>(y);
    auto* to = out.ptr<cv::Vec3b>(y);
    for (int x = 0; x < face.cols; ++x) {
      const auto& row = table[static_cast<size_t>(std::clamp(share[x], 0.f, 1.f) * (kShares - 1) + 0.5f)];
      to[x] = {row[from[x][0]], row[from[x][1]], row[from[x][2]]};
    }
  }
  return out;
}

bool is_share(double value) { return value >= 0 && value <= 1; }

}  // namespace

Shadow draw_shadow(Rng rng, const cv::Vec3f& key_light_direction) {
  constexpr double kLowestLight = 0.5;  // cosine to the viewer's direction
  const double height = rng.uniform(0.02, 0.15), across = height / std::max<double>(kLowestLight, key_light_direction[2]);
  Shadow shadow;
  shadow.x = -across * key_light_direction[0];
  shadow.y = -across * key_light_direction[1];
  shadow.blur = 0.005 + height * rng.uniform(0.15, 0.5);  // half the width of a penumbra grows with the height
  shadow.strength = rng.uniform(0.15, 0.6);
  shadow.contact = rng.uniform(0.0, 0.5);
  return shadow;
}

cv::Mat shadowed(const cv::Mat& face, const cv::Mat& occluder_alpha, double face_width, const Shadow& shadow) {
  require(face.type() == CV_8UC3, "shadow: the face must be 8 bit with 3 channels");
  require(occluder_alpha.type() == CV_32FC1 && occluder_alpha.size() == face.size(),
          "shadow: the occluder's alpha is {}x{}, type {} (expected one float channel of the face's {}x{})",
          occluder_alpha.cols, occluder_alpha.rows, cv::typeToString(occluder_alpha.type()), face.cols, face.rows);
  require(face_width > 0, "shadow: face width {} (more than 0)", face_width);
  require(is_share(shadow.strength) && is_share(shadow.contact), "shadow: strength {}, contact {} (0..1)", shadow.strength,
          shadow.contact);
  require(shadow.blur >= 0, "shadow: blur {} (0 or more)", shadow.blur);
  if (shadow.strength == 0 && shadow.contact == 0) return face.clone();

  cv::Mat light(face.size(), CV_32FC1, cv::Scalar(1));
  if (shadow.strength > 0)
    light -= shadow.strength * cast(occluder_alpha, shadow.x * face_width, shadow.y * face_width, shadow.blur * face_width);
  if (shadow.contact > 0) light = light.mul(1 - shadow.contact * rim(occluder_alpha, kRimSigma * face_width));
  return darkened(face, light);
}

}  // namespace facemat
