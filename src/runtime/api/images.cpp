#include "src/runtime/api/images.h"

#include <algorithm>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "src/image/pixels.h"

namespace facemat::api {
namespace {

constexpr int kLargestImageSide = 32767;
constexpr int kKeep = -1;  // no conversion

// Each format as OpenCV's type, and the conversions to and from BGR of that depth.
struct Format {
  fm_format format;
  const char* name;
  int type;
  int to_bgr, from_bgr;
};
constexpr Format kFormats[] = {
    {FM_BGR8, "BGR8", CV_8UC3, kKeep, kKeep},
    {FM_RGB8, "RGB8", CV_8UC3, cv::COLOR_RGB2BGR, cv::COLOR_BGR2RGB},
    {FM_BGRA8, "BGRA8", CV_8UC4, cv::COLOR_BGRA2BGR, cv::COLOR_BGR2BGRA},
    {FM_RGBA8, "RGBA8", CV_8UC4, cv::COLOR_RGBA2BGR, cv::COLOR_BGR2RGBA},
    {FM_GRAY8, "GRAY8", CV_8UC1, cv::COLOR_GRAY2BGR, kKeep},
    {FM_BGR16, "BGR16", CV_16UC3, kKeep, kKeep},
    {FM_RGB16, "RGB16", CV_16UC3, cv::COLOR_RGB2BGR, cv::COLOR_BGR2RGB},
    {FM_BGRA16, "BGRA16", CV_16UC4, cv::COLOR_BGRA2BGR, cv::COLOR_BGR2BGRA},
    {FM_RGBA16, "RGBA16", CV_16UC4, cv::COLOR_RGBA2BGR, cv::COLOR_BGR2RGBA},
    {FM_GRAY16, "GRAY16", CV_16UC1, cv::COLOR_GRAY2BGR, kKeep},
    {FM_BGRF32, "BGRF32", CV_32FC3, kKeep, kKeep},
    {FM_RGBF32, "RGBF32", CV_32FC3, cv::COLOR_RGB2BGR, cv::COLOR_BGR2RGB},
    {FM_BGRAF32, "BGRAF32", CV_32FC4, cv::COLOR_BGRA2BGR, cv::COLOR_BGR2BGRA},
    {FM_RGBAF32, "RGBAF32", CV_32FC4, cv::COLOR_RGBA2BGR, cv::COLOR_BGR2RGBA},
    {FM_GRAYF32, "GRAYF32", CV_32FC1, cv::COLOR_GRAY2BGR, kKeep},
};

const Format* find_format(int32_t format) {
  const auto at = std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& f) { return f.format == format; });
  return at == std::end(kFormats) ? nullptr : at;
}

bool is_grey(const Format& format) { return CV_MAT_CN(format.type) == 1; }

// Everything that is right or wrong about an image by itself.
const Format& checked(const fm_image* image, const char* what) {
  demand(image != nullptr, "{} is NULL", what);
  demand(image->data != nullptr, "{}: data is NULL", what);
  const Format* format = find_format(image->format);
  demand(format != nullptr, "{}: format is {} (allowed: an fm_format)", what, image->format);
  const bool sides = std::min(image->width, image->height) >= 1 && std::max(image->width, image->height) <= kLargestImageSide;
  demand(sides, "{}: {}x{} pixels (allowed: 1 to {} each way)", what, image->width, image->height, kLargestImageSide);
  const int64_t row = int64_t{image->width} * CV_ELEM_SIZE(format->type), channel = CV_ELEM_SIZE1(format->type);
  demand(image->stride >= row && image->stride <= std::numeric_limits<int32_t>::max(),
         "{}: the stride is {} bytes, a row of {} {} pixels takes {}", what, image->stride, image->width, format->name, row);
  demand(image->stride % channel == 0 && reinterpret_cast<uintptr_t>(image->data) % channel == 0,
         "{}: data and stride must be multiples of the {} bytes of a {} channel", what, channel, format->name);
  return *format;
}

cv::Mat view_of(const fm_image& image, const Format& format) {
  return cv::Mat(image.height, image.width, format.type, image.data, static_cast<size_t>(image.stride));
}

cv::Mat turned(const cv::Mat& image, int conversion) {
  if (conversion == kKeep) return image;
  cv::Mat out;
  cv::cvtColor(image, out, conversion);
  return out;
}

void check_size(const fm_image& image, cv::Size size, const char* what) {
  demand(image.width == size.width && image.height == size.height, "{} is {}x{}, it must be {}x{}", what, image.width,
         image.height, size.width, size.height);
}

}  // namespace

int pixel_bytes(int32_t format) {
  const Format* found = find_format(format);
  return found == nullptr ? 0 : CV_ELEM_SIZE(found->type);
}

cv::Mat frame_of(const fm_image* image, const char* what) {
  const Format& format = checked(image, what);
  const cv::Mat bgr = turned(view_of(*image, format), format.to_bgr);
  return bgr.depth() == CV_8U ? bgr : to_u8(to_float(bgr));
}

cv::Mat colour_of(const fm_image* image, const char* what) {
  const Format& format = checked(image, what);
  demand(!is_grey(format), "{} is {} (allowed: colours)", what, format.name);
  return turned(view_of(*image, format), format.to_bgr);
}

cv::Mat weight_of(const fm_image* image, const char* what) {
  const Format& format = checked(image, what);
  demand(is_grey(format), "{} is {} (allowed: GRAY8, GRAY16, GRAYF32)", what, format.name);
  const cv::Mat weights = to_float(view_of(*image, format));
  demand(image->format != FM_GRAYF32 || cv::checkRange(weights), "{} holds numbers that are not finite", what);
  return weights;
}

void check_colour_place(const fm_image* image, cv::Size size, int depth, const char* what) {
  const Format& format = checked(image, what);
  demand(!is_grey(format) && CV_MAT_DEPTH(format.type) == depth, "{} is {} (allowed: colours of {} bits)", what, format.name,
         8 * CV_ELEM_SIZE1(depth));
  check_size(*image, size, what);
}

void check_weight_place(const fm_image* image, cv::Size size, const char* what) {
  const Format& format = checked(image, what);
  demand(is_grey(format), "{} is {} (allowed: GRAY8, GRAY16, GRAYF32)", what, format.name);
  check_size(*image, size, what);
}

void put_colour(const cv::Mat& colours, const fm_image& image) {
  const Format& format = *find_format(image.format);
  cv::Mat place = view_of(image, format);
  turned(colours, format.from_bgr).copyTo(place);
}

void put_weight(const cv::Mat& weights, const fm_image& image) {
  const Format& format = *find_format(image.format);
  cv::Mat place = view_of(image, format);
  to_levels(weights, place);
}

}  // namespace facemat::api
