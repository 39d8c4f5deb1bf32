#include "src/media/pictures/exr.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/media/video/av_pixels.h"

namespace facemat {
namespace {

// IEC 61966-2-1, for all values from 0 up.
float light_of(float value) { return value <= 0.04045f ? value / 12.92f : std::pow((value + 0.055f) / 1.055f, 2.4f); }
float value_of(float light) { return light <= 0.0031308f ? light * 12.92f : 1.055f * std::pow(light, 1 / 2.4f) - 0.055f; }

// Straight encoded colours to premultiplied light. Grey is data (a matte) and stays as it is.
cv::Mat to_light(const cv::Mat& picture) {
  if (picture.channels() == 1) return picture;
  cv::Mat out = picture.clone();
  const int channels = out.channels();
  for (int y = 0; y < out.rows; ++y) {
    float* values = out.ptr<float>(y);
    for (int x = 0; x < out.cols; ++x, values += channels)
      for (int c = 0; c < 3; ++c) values[c] = light_of(values[c]) * (channels == 4 ? values[3] : 1.f);
  }
  return out;
}

cv::Mat from_light(const cv::Mat& picture) {
  cv::Mat out = picture.clone();
  const int channels = out.channels();
  for (int y = 0; y < out.rows; ++y) {
    float* values = out.ptr<float>(y);
    for (int x = 0; x < out.cols; ++x, values += channels) {
      const float share = channels == 4 ? values[3] : 1.f;
      for (int c = 0; c < 3; ++c) values[c] = share > 0 ? value_of(std::max(0.f, values[c] / share)) : 0.f;
    }
  }
  return out;
}

constexpr const char* kExr = "OpenEXR";

AVPixelFormat exr_pixels(int channels) {
  return channels == 1 ? AV_PIX_FMT_GRAYF32LE : channels == 3 ? AV_PIX_FMT_GBRPF32LE : AV_PIX_FMT_GBRAPF32LE;
}

uint64_t little(std::string_view bytes, size_t at, int count) {
  uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

// A header's attributes by name (OpenEXR File Layout: name, type, both ended by 0, size, value), and where they end.
struct ExrHeader {
  struct Attribute {
    std::string_view type, value;
  };
  std::map<std::string_view, Attribute> attributes;
  size_t end = 0;
};

ExrHeader read_header(std::string_view bytes, const std::string& where) {
  constexpr const char* kCut = "{}: the OpenEXR header is damaged or cut off";
  constexpr size_t kMostAttributes = 1000;
  ExrHeader header;
  size_t at = 8;
  while (true) {
    const size_t name_end = bytes.find('\0', at);
    require(name_end != std::string_view::npos, kCut, where);
    if (name_end == at) break;
    const size_t type_end = bytes.find('\0', name_end + 1);
    require(type_end != std::string_view::npos && type_end + 5 <= bytes.size(), kCut, where);
    const uint64_t size = little(bytes, type_end + 1, 4);
    require(size <= bytes.size() - type_end - 5, kCut, where);
    const std::string_view name = bytes.substr(at, name_end - at), type = bytes.substr(name_end + 1, type_end - name_end - 1);
    const bool first = header.attributes.emplace(name, ExrHeader::Attribute{type, bytes.substr(type_end + 5, size)}).second;
    require(first, "{}: the OpenEXR header states '{}' twice", where, name);  // readers take one or the other
    require(header.attributes.size() <= kMostAttributes, "{}: the OpenEXR header has more than {} attributes", where,
            kMostAttributes);
    at = type_end + 5 + size;
  }
  header.end = at + 1;
  return header;
}

// A window of a header: its first and last column and row.
struct ExrWindow {
  int64_t left, top, right, bottom;
  int64_t width() const { return right - left + 1; }
  int64_t height() const { return bottom - top + 1; }
};

ExrWindow window_of(std::string_view box, const std::string& where) {
  const auto number = [&](size_t i) { return int64_t{static_cast<int32_t>(little(box, 4 * i, 4))}; };
  const ExrWindow w{number(0), number(1), number(2), number(3)};
  require(w.right >= w.left && w.bottom >= w.top, "{}: the OpenEXR header is damaged", where);
  require(w.width() <= kMostImageSide && w.height() <= kMostImageSide && w.width() * w.height() <= kMostPixels,
          "{}: {}x{} pixels (allowed: sides of 1 to {}, up to {} in all)", where, w.width(), w.height(), kMostImageSide,
          kMostPixels);
  return w;
}

// Lines that are compressed together, by the code of the compression.
int lines_of_piece(int compression) {
  static const std::map<int, int> known = {{0, 1},  {1, 1},  {2, 1},  {3, 16}, {4, 32},
                                           {5, 16}, {6, 32}, {7, 32}, {8, 32}, {9, 256}};
  const auto found = known.find(compression);
  return found == known.end() ? 0 : found->second;
}

av::Frame decode_exr(const fs::path& path) {
  const std::string bytes = read_file(path, kMostImageBytes), where = path.string();
  check_exr(bytes, where);
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_EXR);
  require(codec != nullptr, "{}: this FFmpeg cannot read OpenEXR", where);
  av_log_set_level(AV_LOG_QUIET);
  av::Codec decoder(avcodec_alloc_context3(codec));
  decoder->max_pixels = kMostPixels;
  decoder->thread_count = 1;
  decoder->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
  av::check(avcodec_open2(decoder.get(), codec, nullptr), where, "cannot decode");
  const av::Packet packet = av::make_packet();
  av::check(av_new_packet(packet.get(), static_cast<int>(bytes.size())), where, "cannot decode");
  std::copy(bytes.begin(), bytes.end(), packet->data);
  av::check(avcodec_send_packet(decoder.get(), packet.get()), where, "not a readable OpenEXR picture");
  av::check(avcodec_send_packet(decoder.get(), nullptr), where, "not a readable OpenEXR picture");
  av::Frame frame = av::make_frame();
  av::check(avcodec_receive_frame(decoder.get(), frame.get()), where, "not a readable OpenEXR picture");
  require(frame->decode_error_flags == 0, "{}: the picture is damaged", where);
  const std::array<AVPixelFormat, 3> allowed = {exr_pixels(1), exr_pixels(3), exr_pixels(4)};
  require(std::count(allowed.begin(), allowed.end(), frame->format) == 1,
          "{}: an OpenEXR picture of whole numbers or of odd channels (allowed: Y or R, G, B and A, of floats)", where);
  return frame;
}

}  // namespace

int64_t check_exr(std::string_view bytes, const std::string& where) {
  require(bytes.size() > 8 && starts_with(bytes, "v/1\1"), "{}: not a readable OpenEXR picture", where);
  constexpr uint64_t kTiles = 0x200, kDeep = 0x800, kParts = 0x1000;
  require((little(bytes, 4, 4) & (kTiles | kDeep | kParts)) == 0,
          "{}: an OpenEXR picture of tiles, parts or depths (allowed: one "
          "picture in lines)",
          where);
  const ExrHeader header = read_header(bytes, where);
  const auto value = [&](const char* name, const char* type, size_t size) {
    const auto found = header.attributes.find(name);
    require(found != header.attributes.end() && found->second.type == type && found->second.value.size() == size,
            "{}: the OpenEXR header lacks '{}'", where, name);
    return found->second.value;
  };
  const ExrWindow data = window_of(value("dataWindow", "box2i", 16), where),
                  shown = window_of(value("displayWindow", "box2i", 16), where);
  const int lines = lines_of_piece(static_cast<uint8_t>(value("compression", "compression", 1)[0]));
  require(lines > 0, "{}: the OpenEXR header is damaged", where);
  const uint64_t pieces = static_cast<uint64_t>((data.height() + lines - 1) / lines), table_end = header.end + 8 * pieces;
  require(table_end <= bytes.size(), "{}: the picture is cut off", where);
  for (uint64_t piece = 0; piece < pieces; ++piece) {  // each begins with its first line and its size
    const uint64_t at = little(bytes, header.end + 8 * piece, 8);
    require(
        at >= table_end && at <= bytes.size() && bytes.size() - at >= 8 && little(bytes, at + 4, 4) <= bytes.size() - at - 8,
        "{}: the picture is cut off", where);
    const int64_t line = data.top + static_cast<int64_t>(piece) * lines;
    require(static_cast<int32_t>(little(bytes, at, 4)) == line, "{}: the picture is damaged: line {} is not where it should be",
            where, line);
  }
  return std::max(data.width() * data.height(), shown.width() * shown.height());
}

std::string encode_exr(const cv::Mat& picture) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_EXR);
  require(codec != nullptr, "this FFmpeg cannot write OpenEXR");
  av::Codec encoder(avcodec_alloc_context3(codec));
  encoder->width = picture.cols;
  encoder->height = picture.rows;
  encoder->pix_fmt = exr_pixels(picture.channels());
  encoder->time_base = {1, 25};
  encoder->thread_count = 1;
  av::set_options(*encoder, {{"format", "half"}, {"compression", "zip16"}}, kExr);
  av::check(avcodec_open2(encoder.get(), codec, nullptr), kExr, "cannot encode");
  av::PictureToFrame to_frame(picture.size(), encoder->pix_fmt, {}, kExr);
  av::check(avcodec_send_frame(encoder.get(), &to_frame(to_light(picture))), kExr, "cannot encode");
  av::check(avcodec_send_frame(encoder.get(), nullptr), kExr, "cannot encode");
  const av::Packet packet = av::make_packet();
  av::check(avcodec_receive_packet(encoder.get(), packet.get()), kExr, "cannot encode");
  return std::string(reinterpret_cast<const char*>(packet->data), packet->size);
}

cv::Mat read_exr(const fs::path& path, const ReadOptions& options) {
  const av::Frame frame = decode_exr(path);
  const bool grey = frame->format == AV_PIX_FMT_GRAYF32LE, own_alpha = frame->format == AV_PIX_FMT_GBRAPF32LE;
  ReadOptions whole = options;
  whole.bits = 16;  // floats
  whole.alpha = own_alpha || options.alpha;
  cv::Mat picture = av::FrameToPicture()(*frame, whole, path.string());
  if (!grey) picture = from_light(picture);
  if (whole.alpha && !options.alpha) cv::cvtColor(picture, picture, cv::COLOR_BGRA2BGR);
  return options.bits == 8 ? to_u8(picture) : picture;
}

bool exr_has_alpha(const std::filesystem::path& path) { return decode_exr(path)->format == AV_PIX_FMT_GBRAPF32LE; }

}  // namespace facemat
