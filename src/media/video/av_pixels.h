#pragma once
// Between FFmpeg's frames and OpenCV's pictures. Not for other rooms.

#include "src/media/frames/frame.h"
#include "src/media/video/av.h"

namespace facemat::av {

// The colour of a frame as players take it: what it states; a matrix it does not state is BT.709 from 720 lines up, else
// BT.601.
Colour colour_of(const AVFrame& frame);
Colour resolved(Colour colour, int height);

// The matrix that a stream states; where it states none, `otherwise`. Codes of H.273, as FFmpeg's are.
int stated_or(int matrix, int otherwise);

// Frames to pictures of their own size. Alpha is read value by value, never through a colour conversion.
class FrameToPicture {
 public:
  // CV_8UC3 or CV_16UC3 BGR, with options.alpha BGRA; CV_32F from frames of floats when 16 bits are asked for. Throws Error.
  cv::Mat operator()(const AVFrame& frame, const ReadOptions& options, const std::string& where);

 private:
  cv::Mat colours_of_yuv(const AVFrame& frame, const std::string& where);
  cv::Mat colours(const AVFrame& frame, int bits, const std::string& where);
  void scale(const AVFrame& frame, AVPixelFormat wanted, int from_full, int to_full, uint8_t* const data[4],
             const int strides[4], const std::string& where);

  Scaler scaler_;
};

// Pictures (grey, BGR or BGRA; 8 or 16 bits or float) to frames of one size and pixel format. Odd sides are padded by repeating
// the last pixel where the format shares colours between pixels.
class PictureToFrame {
 public:
  PictureToFrame(cv::Size size, AVPixelFormat format, const Colour& colour, const std::string& where);
  cv::Size size() const { return coded_; }
  // The frame is this object's own until the next call.
  AVFrame& operator()(const cv::Mat& picture);

 private:
  std::string where_;
  cv::Size coded_;
  AVPixelFormat format_;
  Colour colour_;
  AVPixelFormat from_ = AV_PIX_FMT_NONE;
  Scaler scaler_;
  Frame frame_;
};

// The alpha of `picture` (its fourth channel) as the luma of a frame: each value as it is, colours neutral.
void write_luma(const cv::Mat& alpha, AVFrame& frame);

}  // namespace facemat::av
