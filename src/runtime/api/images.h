#pragma once
// The C API's images as OpenCV's and back. Mistakes of the caller are ArgumentErrors.

#include <opencv2/core.hpp>

#include "src/core/error.h"
#include "src/runtime/api/facemat.h"

namespace facemat::api {

// The call itself is wrong.
class ArgumentError : public Error {
 public:
  using Error::Error;
};

template <typename... Args>
void demand(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) throw ArgumentError(fmt::format(format, std::forward<Args>(args)...));
}

// Bytes of a pixel; 0 for what is no format.
int pixel_bytes(int32_t format);

// `what` names the image in messages. Sizes, strides and formats are checked; pixels are copied only to turn channels.
cv::Mat frame_of(const fm_image* image, const char* what);   // CV_8UC3 BGR: colours turned, grey spread, rounded to 8 bits
cv::Mat colour_of(const fm_image* image, const char* what);  // BGR of the image's depth
cv::Mat weight_of(const fm_image* image, const char* what);  // CV_32FC1 0..1 of a grey image

// Throws unless `image` is a place for colours or weights of `size`, and for colours of `depth` (CV_8U ...).
void check_colour_place(const fm_image* image, cv::Size size, int depth, const char* what);
void check_weight_place(const fm_image* image, cv::Size size, const char* what);

// Writes `colours` (BGR of the place's depth) or `weights` (CV_32FC1) into a place that was checked. Weights need no memory, so
// that what is written of a frame is all or nothing.
void put_colour(const cv::Mat& colours, const fm_image& image);
void put_weight(const cv::Mat& weights, const fm_image& image);

}  // namespace facemat::api
