#include "src/media/video/video.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/media/video/av_pixels.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

namespace facemat {
namespace {

// Quarter turns, clockwise, that a player applies to the stored picture (phones store portrait films lying down).
int quarter_turns(const AVStream& stream) {
  const uint8_t* matrix = nullptr;
#if LIBAVCODEC_VERSION_MAJOR >= 61
  const AVPacketSideData* data =
      av_packet_side_data_get(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  if (data && data->size >= 9 * sizeof(int32_t)) matrix = data->data;
#else
  size_t size = 0;
  const uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (data && size >= 9 * sizeof(int32_t)) matrix = data;
#endif
  if (!matrix) return 0;
  const double counter_clockwise = av_display_rotation_get(reinterpret_cast<const int32_t*>(matrix));
  if (std::isnan(counter_clockwise)) return 0;
  return ((static_cast<int>(std::lround(-counter_clockwise / 90)) % 4) + 4) % 4;
}

cv::Mat turned(const cv::Mat& image, int quarters) {
  if (quarters == 0) return image;
  cv::Mat out;
  cv::rotate(image, out,
             quarters == 1   ? cv::ROTATE_90_CLOCKWISE
             : quarters == 2 ? cv::ROTATE_180
                             : cv::ROTATE_90_COUNTERCLOCKWISE);
  return out;
}

int64_t duration_of(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}

const char* tag_of(const AVStream& stream, const char* name) {
  const AVDictionaryEntry* entry = av_dict_get(stream.metadata, name, nullptr, 0);
  return entry ? entry->value : nullptr;
}

// WebM keeps alpha in a second stream of VP8 or VP9 beside the first; only libvpx puts the two together.
const char* decoder_with_alpha(const AVStream& stream) {
  const char* mode = tag_of(stream, "alpha_mode");
  if (!mode || std::string(mode) != "1") return nullptr;
  return stream.codecpar->codec_id == AV_CODEC_ID_VP9   ? "libvpx-vp9"
         : stream.codecpar->codec_id == AV_CODEC_ID_VP8 ? "libvpx"
                                                        : nullptr;
}

// How long a Matroska stream states to be, seconds ("00:00:01.600000000"); 0: it does not.
double stated_seconds(const AVStream& stream) {
  const char* text = tag_of(stream, "DURATION");
  double total = 0;
  int parts = 0;
  for (std::string_view left = text ? text : ""; !left.empty(); ++parts) {
    const size_t end = std::min(left.find(':'), left.size());
    const std::optional<double> part = read_number<double>(left.substr(0, end));
    if (!part) return 0;
    total = 60 * total + *part;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return parts == 3 ? total : 0;
}

}  // namespace

struct VideoReader::Impl {
  std::string where;
  ReadOptions options;
  bool live = false;
  av::Input input;
  av::Codec decoder;
  av::Packet packet = av::make_packet();
  av::Frame frame = av::make_frame();
  av::FrameToPicture picture;
  VideoInfo info;
  int stream = -1, quarters = 0;
  int64_t number = 0, origin = 0, last_time = 0, next_time = 0;
  bool flushing = false, timed = false;  // timed: a frame has said when it is shown

  const AVStream& chosen() const { return *input->streams[stream]; }

  void open() {
    const AVCodec* codec = nullptr;
    stream = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    require(stream >= 0 && codec, "{}: no video stream that can be decoded", where);
    if (const char* name = options.alpha ? decoder_with_alpha(chosen()) : nullptr) {
      codec = avcodec_find_decoder_by_name(name);
      require(codec != nullptr, "{}: this FFmpeg cannot read its alpha (no {})", where, name);
    }
    const AVCodecParameters& parameters = *chosen().codecpar;
    const cv::Size coded(parameters.width, parameters.height);
    require(coded.width > 0 && coded.height > 0 && int64_t{coded.width} * coded.height <= kMostPixels,
            "{}: frames of {}x{} (allowed: up to {} pixels)", where, coded.width, coded.height, kMostPixels);
    for (unsigned i = 0; i < input->nb_streams; ++i)
      if (static_cast<int>(i) != stream) input->streams[i]->discard = AVDISCARD_ALL;
    decoder.reset(avcodec_alloc_context3(codec));
    av::check(avcodec_parameters_to_context(decoder.get(), &parameters), where, "cannot decode");
    decoder->thread_count = options.threads;
    decoder->max_pixels = kMostPixels;
    decoder->pkt_timebase = chosen().time_base;
    av::check(avcodec_open2(decoder.get(), codec, nullptr), where, "cannot decode");
    quarters = quarter_turns(chosen());
    describe(parameters, quarters % 2 ? cv::Size(coded.height, coded.width) : coded);
  }

  void describe(const AVCodecParameters& parameters, cv::Size size) {
    info.size = size;
    info.time_base = {chosen().time_base.num, chosen().time_base.den};
    info.frames = std::max<int64_t>(0, chosen().nb_frames);
    const AVRational rate = av_guess_frame_rate(input.get(), input->streams[stream], nullptr);
    if (rate.num > 0 && rate.den > 0) info.rate_num = rate.num, info.rate_den = rate.den;
    info.likely_frames = info.frames;
    if (info.frames == 0 && input->duration > 0 && !live)
      info.likely_frames = av_rescale(input->duration, info.rate_num, int64_t{AV_TIME_BASE} * info.rate_den);
    info.colour = av::resolved(
        {parameters.color_space, parameters.color_primaries, parameters.color_trc, parameters.color_range == AVCOL_RANGE_JPEG},
        parameters.height);
    const AVPixFmtDescriptor* pixels = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(parameters.format));
    if (pixels) info.bits = pixels->comp[0].depth;
    info.has_alpha = decoder_with_alpha(chosen()) || (pixels && (pixels->flags & AV_PIX_FMT_FLAG_ALPHA));
  }

  void feed() {
    int code = av_read_frame(input.get(), packet.get());
    if (live && code == AVERROR(EAGAIN)) return;
    if (code == AVERROR_EOF) {
      flushing = true;
      av::check(avcodec_send_packet(decoder.get(), nullptr), where, "cannot decode");
      return;
    }
    av::check(code, where, "the video is damaged");
    const bool ours = packet->stream_index == stream, broken = ours && (packet->flags & AV_PKT_FLAG_CORRUPT);
    require(!broken || live, "{}: the video is damaged: frame {} is incomplete", where, number);
    if (ours && !broken) code = avcodec_send_packet(decoder.get(), packet.get());
    av_packet_unref(packet.get());
    av::check(code, where, "the video is damaged");
  }

  bool decode() {  // into `frame`
    while (true) {
      const int code = avcodec_receive_frame(decoder.get(), frame.get());
      if (code == AVERROR_EOF) {
        check_end();
        return false;
      }
      if (code == AVERROR(EAGAIN)) {
        require(!flushing, "{}: the video is damaged", where);
        feed();
        continue;
      }
      av::check(code, where, "the video is damaged");
      return true;
    }
  }

  // Matroska files that were cut off just end.
  void check_end() const {
    constexpr double kSlack = 0.5;  // seconds; lengths are rounded, last frames may lack theirs
    const double stated = stated_seconds(chosen()), read = next_time * av_q2d(chosen().time_base);
    require(stated == 0 || read + kSlack > stated, "{}: the video is damaged: it ends at {:.1f} of {:.1f} seconds", where, read,
            stated);
  }

  int64_t usual_duration() const {
    return std::max<int64_t>(1, av_rescale_q(1, {info.rate_den, info.rate_num}, chosen().time_base));
  }

  MediaFrame timed_frame() {
    MediaFrame out;
    out.name = std::to_string(number++);
    int64_t stated = frame->best_effort_timestamp;
    if (live && stated != AV_NOPTS_VALUE) {  // cameras count from when the machine was started, or from 1970
      if (!timed) origin = stated;
      stated -= origin;
    }
    const bool usable = stated != AV_NOPTS_VALUE && (!timed || stated > last_time);
    out.time = usable ? stated : next_time;
    out.duration = duration_of(*frame) > 0 ? duration_of(*frame) : usual_duration();
    timed = true;
    last_time = out.time;
    next_time = out.time + out.duration;
    return out;
  }

  std::optional<MediaFrame> next() {
    if (!decode()) return std::nullopt;
    require(int64_t{frame->width} * frame->height <= kMostPixels, "{}: frame {} is {}x{} (allowed: up to {} pixels)", where,
            number, frame->width, frame->height, kMostPixels);
    MediaFrame out = timed_frame();
    out.image = turned(picture(*frame, options, where), quarters);
    return out;
  }

  bool skip() {
    if (!decode()) return false;
    timed_frame();
    return true;
  }
};

VideoReader::VideoReader(const fs::path& path, const ReadOptions& options) : impl_(std::make_unique<Impl>()) {
  impl_->where = path.string();
  impl_->options = options;
  impl_->input = av::open_file(path);
  impl_->open();
}

VideoReader::VideoReader(const StreamInput& input, const ReadOptions& options) : impl_(std::make_unique<Impl>()) {
  impl_->where = input.name;
  impl_->options = options;
  impl_->live = input.live;
  impl_->input = av::open_stream(input.format, input.url, input.settings, input.name);
  impl_->open();
}

VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
const VideoInfo& VideoReader::info() const { return impl_->info; }
std::optional<MediaFrame> VideoReader::next_frame() { return impl_->next(); }
bool VideoReader::skip() { return impl_->skip(); }

std::optional<cv::Mat> VideoReader::next() {
  std::optional<MediaFrame> frame = impl_->next();
  if (!frame) return std::nullopt;
  return std::move(frame->image);
}

const std::vector<std::string>& video_extensions() {
  static const std::vector<std::string> known = {".mp4", ".mov", ".mkv", ".webm", ".avi"};
  return known;
}

bool is_video(const fs::path& path) { return has_extension(path, video_extensions()); }

std::string video_libraries() {
  const auto text = [](unsigned v) { return fmt::format("{}.{}.{}", v >> 16, v >> 8 & 255, v & 255); };
  return fmt::format("libavformat {}, libavcodec {}, libswscale {}", text(avformat_version()), text(avcodec_version()),
                     text(swscale_version()));
}

}  // namespace facemat
