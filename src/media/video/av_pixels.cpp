#include "src/media/video/av_pixels.h"

#include <algorithm>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/pixels.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace facemat::av {
namespace {

constexpr int kNeutral = 1 << 16;  // contrast and saturation of 1 in swscale's fixed point

// Chroma interpolated and rounded exactly.
constexpr int kScaling = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

const int* coefficients(int matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return sws_getCoefficients(SWS_CS_ITU709);
    case AVCOL_SPC_FCC:
      return sws_getCoefficients(SWS_CS_FCC);
    case AVCOL_SPC_SMPTE240M:
      return sws_getCoefficients(SWS_CS_SMPTE240M);
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return sws_getCoefficients(SWS_CS_BT2020);
    default:
      return sws_getCoefficients(SWS_CS_ITU601);
  }
}

// Weights of red and blue in luma, as the standards of each matrix define them.
struct LumaWeights {
  double red, blue;
};

LumaWeights luma_weights(int matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return {0.2126, 0.0722};
    case AVCOL_SPC_FCC:
      return {0.30, 0.11};
    case AVCOL_SPC_SMPTE240M:
      return {0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return {0.2627, 0.0593};
    default:
      return {0.299, 0.114};
  }
}

// (Y, U, V, 1) of 8 bits to (B, G, R) of 8 bits.
cv::Matx34f bgr_of_yuv(const Colour& colour) {
  const auto [red, blue] = luma_weights(colour.matrix);
  const double green = 1 - red - blue, black = colour.full_range ? 0 : 16;
  const double luma = 255 / (colour.full_range ? 255. : 219.), chroma = 255 / (colour.full_range ? 255. : 224.);
  const double u_blue = 2 * (1 - blue) * chroma, v_red = 2 * (1 - red) * chroma;
  const double u_green = -u_blue * blue / green, v_green = -v_red * red / green;
  const auto row = [&](double u, double v) { return cv::Vec4d(luma, u, v, -luma * black - 128 * (u + v)); };
  const cv::Vec4d rows[] = {row(u_blue, 0), row(u_green, v_green), row(0, v_red)};
  cv::Matx34f out;
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 4; ++x) out(y, x) = static_cast<float>(rows[y][x]);
  return out;
}

// Planes of 8 bits, luma and colours apart.
bool is_plain_yuv(const AVPixFmtDescriptor& pixels) {
  return (pixels.flags & AV_PIX_FMT_FLAG_PLANAR) && !(pixels.flags & AV_PIX_FMT_FLAG_RGB) && pixels.nb_components >= 3 &&
         pixels.comp[0].depth == 8 && pixels.comp[1].plane == 1 && pixels.comp[2].plane == 2;
}

const AVPixFmtDescriptor& descriptor(int format, const std::string& where) {
  const AVPixFmtDescriptor* known = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  require(known != nullptr, "{}: unknown pixel format {}", where, format);
  return *known;
}

bool is_float(const AVPixFmtDescriptor& pixels) { return pixels.flags & AV_PIX_FMT_FLAG_FLOAT; }

// One component of every pixel, at the full range of 8 or 16 bits (`bits`): v * (2^bits - 1) / (2^depth - 1), rounded half up.
cv::Mat component(const AVFrame& frame, const AVPixFmtDescriptor& pixels, int index, int bits) {
  const uint8_t* planes[4] = {frame.data[0], frame.data[1], frame.data[2], frame.data[3]};
  const int strides[4] = {frame.linesize[0], frame.linesize[1], frame.linesize[2], frame.linesize[3]};
  const uint32_t top = (1u << pixels.comp[index].depth) - 1, wanted = (1u << bits) - 1;
  std::vector<uint16_t> row(frame.width);
  cv::Mat out(frame.height, frame.width, bits == 8 ? CV_8UC1 : CV_16UC1);
  for (int y = 0; y < frame.height; ++y) {
    av_read_image_line(row.data(), planes, strides, &pixels, 0, y, index, frame.width, 0);
    for (int x = 0; x < frame.width; ++x) {
      const uint32_t value = (row[x] * wanted + top / 2) / top;
      if (bits == 8)
        out.at<uint8_t>(y, x) = static_cast<uint8_t>(value);
      else
        out.at<uint16_t>(y, x) = static_cast<uint16_t>(value);
    }
  }
  return out;
}

cv::Mat float_component(const AVFrame& frame, const AVPixFmtDescriptor& pixels, int index) {
  const int plane = pixels.comp[index].plane;
  return cv::Mat(frame.height, frame.width, CV_32FC1, frame.data[plane], frame.linesize[plane]).clone();
}

cv::Mat float_picture(const AVFrame& frame, const AVPixFmtDescriptor& pixels, bool alpha) {
  std::vector<cv::Mat> channels;  // the components of RGB formats are numbered R, G, B wherever they lie
  const bool grey = pixels.nb_components < 3, own = pixels.flags & AV_PIX_FMT_FLAG_ALPHA;
  for (const int index : {2, 1, 0}) channels.push_back(float_component(frame, pixels, grey ? 0 : index));
  if (alpha && own) channels.push_back(float_component(frame, pixels, pixels.nb_components - 1));
  if (alpha && !own) channels.push_back(cv::Mat(frame.height, frame.width, CV_32FC1, cv::Scalar(1)));
  cv::Mat out;
  cv::merge(channels, out);
  return out;
}

// A picture for swscale to read or write: its vector code goes beyond the end of rows, and of the last one.
cv::Mat with_room(cv::Size size, int type) {
  constexpr int kRoom = 64;  // pixels
  const int width = (size.width + 2 * kRoom - 1) / kRoom * kRoom;
  return cv::Mat(size.height + 1, width, type)(cv::Rect({}, size));
}

AVPixelFormat packed_bgr(int depth) { return depth == CV_8U ? AV_PIX_FMT_BGR24 : AV_PIX_FMT_BGR48LE; }

cv::Mat with_alpha(const cv::Mat& colour, const cv::Mat& alpha) {
  cv::Mat out(colour.size(), CV_MAKETYPE(colour.depth(), 4));
  const cv::Mat in[] = {colour, alpha};
  const int channels[] = {0, 0, 1, 1, 2, 2, 3, 3};
  cv::mixChannels(in, 2, &out, 1, channels, 4);
  return out;
}

// Three channels of 8 or 16 bits (a float becomes 16).
cv::Mat colours_of(const cv::Mat& picture) {
  const cv::Mat whole = picture.depth() == CV_32F ? to_u16(picture) : picture;
  cv::Mat out = whole;
  if (whole.channels() == 4) cv::cvtColor(whole, out, cv::COLOR_BGRA2BGR);
  if (whole.channels() == 1) cv::cvtColor(whole, out, cv::COLOR_GRAY2BGR);
  return out;
}

cv::Mat alpha_of(const cv::Mat& picture) {
  cv::Mat alpha;
  cv::extractChannel(picture, alpha, 3);
  return alpha;
}

// 8 bits, 16 bits or float to whole numbers 0..top, rounded half up.
cv::Mat scaled_to(const cv::Mat& values, int top) {
  const double whole = values.depth() == CV_8U ? 255 : values.depth() == CV_16U ? 65535 : 1;
  cv::Mat out(values.size(), CV_16UC1);
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x) {
      const double value = values.depth() == CV_8U    ? values.at<uint8_t>(y, x)
                           : values.depth() == CV_16U ? values.at<uint16_t>(y, x)
                                                      : values.at<float>(y, x);
      out.at<uint16_t>(y, x) = static_cast<uint16_t>(std::min(std::max(value * top / whole, 0.), double(top)) + 0.5);
    }
  return out;
}

// `values` as whole numbers into component `index` of a planar frame.
void write_component(const cv::Mat& values, int index, const AVPixFmtDescriptor& pixels, AVFrame& frame) {
  const AVComponentDescriptor& component = pixels.comp[index];
  for (int y = 0; y < values.rows; ++y) {
    uint8_t* row = frame.data[component.plane] + ptrdiff_t{y} * frame.linesize[component.plane];
    const uint16_t* from = values.ptr<uint16_t>(y);
    for (int x = 0; x < values.cols; ++x) {
      if (component.depth > 8)
        reinterpret_cast<uint16_t*>(row)[x] = from[x];
      else
        row[x] = static_cast<uint8_t>(from[x]);
    }
  }
}

void write_alpha(const cv::Mat& alpha, AVFrame& frame) {
  const AVPixFmtDescriptor& pixels = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const int index = pixels.nb_components - 1;
  write_component(scaled_to(alpha, (1 << pixels.comp[index].depth) - 1), index, pixels, frame);
}

void write_floats(const cv::Mat& picture, const AVPixFmtDescriptor& pixels, AVFrame& frame) {
  const cv::Mat values = to_float(picture);
  for (int index = 0; index < pixels.nb_components; ++index) {
    const AVComponentDescriptor& component = pixels.comp[index];
    const int channel = values.channels() < 3 ? 0 : index == 3 ? 3 : 2 - index;  // component 0 is red
    cv::Mat plane(values.size(), CV_32FC1, frame.data[component.plane], frame.linesize[component.plane]);
    cv::Mat from;
    cv::extractChannel(values, from, channel);
    from.copyTo(plane);
  }
}

}  // namespace

Colour resolved(Colour colour, int height) {
  if (colour.matrix == AVCOL_SPC_UNSPECIFIED || colour.matrix == AVCOL_SPC_RGB)
    colour.matrix = height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  return colour;
}

int stated_or(int matrix, int otherwise) { return matrix == AVCOL_SPC_UNSPECIFIED ? otherwise : matrix; }

Colour colour_of(const AVFrame& frame) {
  const AVPixelFormat format = static_cast<AVPixelFormat>(frame.format);
  const bool jpeg = format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P ||
                    format == AV_PIX_FMT_YUVJ440P;
  return resolved({frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range == AVCOL_RANGE_JPEG || jpeg},
                  frame.height);
}

// swscale enlarges the colour planes fast, but its exact way from there to packed BGR is several times slower than this.
cv::Mat FrameToPicture::colours_of_yuv(const AVFrame& frame, const std::string& where) {
  cv::Mat planes[3];
  uint8_t* data[4] = {};
  int strides[4] = {};
  for (int i = 0; i < 3; ++i) {
    planes[i] = with_room({frame.width, frame.height}, CV_8UC1);
    data[i] = planes[i].data;
    strides[i] = static_cast<int>(planes[i].step);
  }
  // The same range on both sides: values stay what they are.
  scale(frame, AV_PIX_FMT_YUV444P, 0, 0, data, strides, where);
  cv::Mat yuv, bgr;
  cv::merge(planes, 3, yuv);
  cv::transform(yuv, bgr, bgr_of_yuv(colour_of(frame)));
  return bgr;
}

cv::Mat FrameToPicture::colours(const AVFrame& frame, int bits, const std::string& where) {
  const cv::Mat colour = with_room({frame.width, frame.height}, bits == 8 ? CV_8UC3 : CV_16UC3);
  uint8_t* data[4] = {colour.data};
  const int strides[4] = {static_cast<int>(colour.step)};
  scale(frame, packed_bgr(colour.depth()), colour_of(frame).full_range, 1, data, strides, where);
  return colour.clone();
}

void FrameToPicture::scale(const AVFrame& frame, AVPixelFormat wanted, int from_full, int to_full, uint8_t* const data[4],
                           const int strides[4], const std::string& where) {
  scaler_.reset(sws_getCachedContext(scaler_.release(), frame.width, frame.height, static_cast<AVPixelFormat>(frame.format),
                                     frame.width, frame.height, wanted, kScaling, nullptr, nullptr, nullptr));
  require(scaler_ != nullptr, "{}: pixel format {} cannot be converted", where, frame.format);
  const int* matrix = coefficients(colour_of(frame).matrix);
  sws_setColorspaceDetails(scaler_.get(), matrix, from_full,
                           wanted == AV_PIX_FMT_YUV444P ? matrix : sws_getCoefficients(SWS_CS_DEFAULT), to_full, 0, kNeutral,
                           kNeutral);
  check(sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, data, strides), where, "cannot convert a frame");
}

cv::Mat FrameToPicture::operator()(const AVFrame& frame, const ReadOptions& options, const std::string& where) {
  const AVPixFmtDescriptor& pixels = descriptor(frame.format, where);
  if (is_float(pixels)) {
    const cv::Mat floats = float_picture(frame, pixels, options.alpha);
    return options.bits == 8 ? to_u8(floats) : floats;
  }
  const bool plain = options.bits == 8 && is_plain_yuv(pixels);
  cv::Mat colour = plain ? colours_of_yuv(frame, where) : colours(frame, options.bits, where);
  if (!options.alpha) return colour;
  const bool own = (pixels.flags & AV_PIX_FMT_FLAG_ALPHA) && !(pixels.flags & AV_PIX_FMT_FLAG_PAL);
  const cv::Mat opaque(colour.size(), CV_MAKETYPE(colour.depth(), 1), cv::Scalar(options.bits == 8 ? 255 : 65535));
  return with_alpha(colour, own ? component(frame, pixels, pixels.nb_components - 1, options.bits) : opaque);
}

PictureToFrame::PictureToFrame(cv::Size size, AVPixelFormat format, const Colour& colour, const std::string& where)
    : where_(where), coded_(size), format_(format), colour_(resolved(colour, size.height)), frame_(make_frame()) {
  const AVPixFmtDescriptor& pixels = descriptor(format, where);
  const int wide = 1 << pixels.log2_chroma_w, high = 1 << pixels.log2_chroma_h;
  coded_ = {(size.width + wide - 1) / wide * wide, (size.height + high - 1) / high * high};
  frame_->width = coded_.width;
  frame_->height = coded_.height;
  frame_->format = format;
  frame_->color_range = colour_.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  frame_->colorspace = static_cast<AVColorSpace>(colour_.matrix);
  frame_->color_primaries = static_cast<AVColorPrimaries>(colour_.primaries);
  frame_->color_trc = static_cast<AVColorTransferCharacteristic>(colour_.transfer);
  check(av_frame_get_buffer(frame_.get(), 0), where, "cannot encode");
}

AVFrame& PictureToFrame::operator()(const cv::Mat& picture) {
  check(av_frame_make_writable(frame_.get()), where_, "cannot encode");
  cv::Mat padded = picture;
  if (picture.size() != coded_)
    cv::copyMakeBorder(picture, padded, 0, coded_.height - picture.rows, 0, coded_.width - picture.cols, cv::BORDER_REPLICATE);
  const AVPixFmtDescriptor& pixels = descriptor(format_, where_);
  if (is_float(pixels)) {
    write_floats(padded, pixels, *frame_);
    return *frame_;
  }
  const cv::Mat plain = colours_of(padded), colour = with_room(plain.size(), plain.type());
  plain.copyTo(colour);
  if (const AVPixelFormat from = packed_bgr(colour.depth()); from != from_) {
    scaler_.reset(sws_getContext(coded_.width, coded_.height, from, coded_.width, coded_.height, format_, kScaling, nullptr,
                                 nullptr, nullptr));
    require(scaler_ != nullptr, "{}: frames of {}x{} cannot be encoded", where_, coded_.width, coded_.height);
    sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(SWS_CS_DEFAULT), 1, coefficients(colour_.matrix),
                             colour_.full_range, 0, kNeutral, kNeutral);
    from_ = from;
  }
  const uint8_t* planes[4] = {colour.data};
  const int strides[4] = {static_cast<int>(colour.step)};
  check(sws_scale(scaler_.get(), planes, strides, 0, coded_.height, frame_->data, frame_->linesize), where_, "cannot encode");
  if (padded.channels() == 4 && (pixels.flags & AV_PIX_FMT_FLAG_ALPHA)) write_alpha(alpha_of(padded), *frame_);
  return *frame_;
}

void write_luma(const cv::Mat& alpha, AVFrame& frame) {
  const AVPixFmtDescriptor& pixels = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const int depth = pixels.comp[0].depth;
  write_component(scaled_to(alpha, (1 << depth) - 1), 0, pixels, frame);
  for (const int index : {1, 2}) {
    const cv::Size chroma(AV_CEIL_RSHIFT(frame.width, pixels.log2_chroma_w),
                          AV_CEIL_RSHIFT(frame.height, pixels.log2_chroma_h));
    write_component(cv::Mat(chroma, CV_16UC1, cv::Scalar(1 << (depth - 1))), index, pixels, frame);
  }
}

}  // namespace facemat::av
