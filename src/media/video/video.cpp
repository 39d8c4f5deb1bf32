#include "src/media/video/video.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/media/video/av_pixels.h"
#include "src/media/video/film.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace facemat {
namespace {

// Files may state any time, and sums of these are to be numbers still: the most that a time or a length may be, either way, in
// the film's time base. 36 years of billionths of a second.
constexpr int64_t kMostTime = int64_t{1} << 60;

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

bool is_interlaced(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
  return frame.flags & AV_FRAME_FLAG_INTERLACED;
#else
  return frame.interlaced_frame;
#endif
}

bool is_top_first(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
  return frame.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
  return frame.top_field_first;
#endif
}

// Of a frame of packed pixels with alpha behind the colours.
bool is_transparent(const AVFrame& frame) {
  const cv::Mat pixels(frame.height, frame.width, CV_8UC4, frame.data[0], frame.linesize[0]);
  cv::Mat alpha;
  cv::extractChannel(pixels, alpha, 3);
  return cv::countNonZero(alpha != 255) > 0;
}

// The lines of one of two moments, those between as the mean of their neighbours.
cv::Mat deinterlaced(const cv::Mat& picture, bool top_first) {
  cv::Mat out = picture.clone();
  for (int y = top_first ? 1 : 0; y < picture.rows; y += 2) {
    const int above = y > 0 ? y - 1 : y + 1, below = y + 1 < picture.rows ? y + 1 : y - 1;
    if (above < 0 || above >= picture.rows) continue;  // one line
    cv::addWeighted(picture.row(above), 0.5, picture.row(below), 0.5, 0, out.row(y));
  }
  return out;
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
  av::Turn turn;
  int stream = -1;
  int64_t number = 0, origin = 0, last_time = 0, next_time = 0;
  int64_t unfounded = 0, left_out = 0;        // packets before the first key frame; those of them that cannot be decoded
  int64_t first_key = AV_NOPTS_VALUE;         // when that is shown, as its packet says
  bool key_seen = false;                      // among packets
  bool flushing = false, timed = false;       // timed: a frame has said when it is shown
  bool waits = false;                         // `frame` is decoded and not yet given
  bool moments = false, upper_first = false;  // two in each frame, and which: as the container says of all

  const AVStream& chosen() const { return *input->streams[stream]; }

  void open() {
    stream = av::film_stream(*input);
    require(stream >= 0, "{}: no video stream that can be decoded", where);
    const AVCodec* codec = avcodec_find_decoder(chosen().codecpar->codec_id);
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
    turn = av::turn_of(chosen());
    describe(parameters, av::turned(coded, turn));
    waits = decode();
    if (waits) describe_by_first_frame();
  }

  // What the first frame says is truer than what the container does.
  void describe_by_first_frame() {
    const int64_t first = frame->best_effort_timestamp;
    if (first != AV_NOPTS_VALUE && !live) info.start = from_origin(first);
    info.light = av::light_of(chosen(), frame.get());
    if (frame->format == AV_PIX_FMT_BGRA && chosen().codecpar->codec_id == AV_CODEC_ID_GIF)  // all are read so
      info.has_alpha = info.has_alpha && is_transparent(*frame);
    const bool late = unfounded > 0 && first_key != AV_NOPTS_VALUE && first != AV_NOPTS_VALUE && first >= first_key;
    if (left_out > 0 || late)
      info.notes.push_back(where + ": it begins within a group of pictures: what comes before the first whole one is left out");
    describe_moments();
  }

  void describe_moments() {
    const AVFieldOrder order = chosen().codecpar->field_order;
    upper_first = order == AV_FIELD_TT || order == AV_FIELD_BT;  // the upper lines are shown first
    moments = upper_first || order == AV_FIELD_BB || order == AV_FIELD_TB;
    if (!moments && !is_interlaced(*frame)) return;
    if (options.deinterlace) return;
    info.notes.push_back(where +
                         ": interlaced: frames are taken as they are, with combs where something moves (--set "
                         "deinterlace=true takes every other line and fills in between)");
    info.interlaced = !turn.transposed;  // else lines have become columns
    info.top_first = shows_upper_first() != turn.mirrored_y;
  }

  bool shows_upper_first() const { return is_interlaced(*frame) ? is_top_first(*frame) : upper_first; }

  void describe(const AVCodecParameters& parameters, cv::Size size) {
    info.size = size;
    info.time_base = {chosen().time_base.num, chosen().time_base.den};
    info.frames = live ? 0 : av::shown_frames(*input, stream);
    const AVRational aspect = av::pixel_aspect_of(*input, chosen(), turn);
    info.pixel_num = aspect.num, info.pixel_den = aspect.den;
    const AVRational rate = av_guess_frame_rate(input.get(), input->streams[stream], nullptr);
    if (rate.num > 0 && rate.den > 0) info.rate_num = rate.num, info.rate_den = rate.den;
    if (!live) {
      origin = av_rescale_q(av::origin_of(*input), AV_TIME_BASE_Q, chosen().time_base);
      info.likely_frames = av::likely_frames(*input, chosen(), {info.rate_num, info.rate_den});
      if (const auto end = av::end_of(*input, chosen())) info.end = from_origin(*end);
      info.notes = av::limits_of(*input, stream, where);
    }
    info.colour = av::resolved({av::stated_or(parameters.color_space, options.matrix), parameters.color_primaries,
                                parameters.color_trc, parameters.color_range == AVCOL_RANGE_JPEG},
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
    if (ours) look_for_key();
    // A broadcast that is recorded from anywhere on begins with a part of a frame.
    const bool cut_in = !key_seen && (input->iformat->flags & AVFMT_TS_DISCONT);
    require(!broken || live || cut_in, "{}: the video is damaged: frame {} is incomplete", where, number);
    if (ours && !broken) code = avcodec_send_packet(decoder.get(), packet.get());
    av_packet_unref(packet.get());
    check_decoded(code);
  }

  void look_for_key() {
    if (!key_seen && (packet->flags & AV_PKT_FLAG_KEY)) key_seen = true, first_key = packet->pts;
    if (!key_seen) ++unfounded;
  }

  // Frames before the first key frame lack those that they are built on, which is no damage.
  void check_decoded(int code) {
    if (code == AVERROR_INVALIDDATA && !timed && left_out < unfounded) {
      ++left_out;
      return;
    }
    av::check(code, where, "the video is damaged");
  }

  bool decode() {  // into `frame`
    while (true) {
      const int code = avcodec_receive_frame(decoder.get(), frame.get());
      if (code == AVERROR_EOF) return false;
      if (code == AVERROR(EAGAIN)) {
        require(!flushing, "{}: the video is damaged", where);
        feed();
        continue;
      }
      check_decoded(code);
      if (code < 0) continue;
      return true;
    }
  }

  // Into `frame`; the first is there already.
  bool advance() { return std::exchange(waits, false) || decode(); }

  int64_t usual_duration() const {
    return std::max<int64_t>(1, av_rescale_q(1, {info.rate_den, info.rate_num}, chosen().time_base));
  }

  int64_t possible_time(int64_t time) const {
    require(time >= -kMostTime && time <= kMostTime, "{}: the video is damaged: it states the time {}, in units of {}/{} s",
            where, time, chosen().time_base.num, chosen().time_base.den);
    return time;
  }

  int64_t from_origin(int64_t time) const { return possible_time(av_sat_sub64(time, origin)); }

  MediaFrame timed_frame() {
    MediaFrame out;
    out.name = std::to_string(number++);
    int64_t stated = frame->best_effort_timestamp;
    if (live && !timed && stated != AV_NOPTS_VALUE) origin = stated;  // cameras count from when the machine began, or from 1970
    if (stated != AV_NOPTS_VALUE) stated = from_origin(stated);
    const bool usable = stated != AV_NOPTS_VALUE && (!timed || stated > last_time);
    out.time = possible_time(usable ? stated : next_time);
    out.duration = std::min(kMostTime, duration_of(*frame) > 0 ? duration_of(*frame) : usual_duration());
    timed = true;
    last_time = out.time;
    next_time = out.time + out.duration;
    return out;
  }

  std::optional<MediaFrame> next() {
    if (!advance()) return std::nullopt;
    require(int64_t{frame->width} * frame->height <= kMostPixels, "{}: frame {} is {}x{} (allowed: up to {} pixels)", where,
            number, frame->width, frame->height, kMostPixels);
    MediaFrame out = timed_frame();
    frame->colorspace = static_cast<AVColorSpace>(av::stated_or(frame->colorspace, options.matrix));
    cv::Mat image = picture(*frame, options, where);
    if (options.deinterlace && (moments || is_interlaced(*frame))) image = deinterlaced(image, shows_upper_first());
    out.image = av::turned(image, turn);
    return out;
  }

  bool skip() {
    if (!advance()) return false;
    timed_frame();
    return true;
  }
};

VideoReader::VideoReader(const fs::path& path, const ReadOptions& options) : impl_(std::make_unique<Impl>()) {
  impl_->where = path.string();
  impl_->options = options;
  impl_->input = av::open_file(path);
  av::check_whole(path);
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
  static const std::vector<std::string> known = {".mp4",  ".mov", ".mkv",  ".webm", ".avi", ".m4v", ".ts",  ".mts",
                                                 ".m2ts", ".mpg", ".mpeg", ".3gp",  ".ogv", ".wmv", ".flv", ".gif"};
  return known;
}

bool is_video(const fs::path& path) { return has_extension(path, video_extensions()); }

int64_t frames_in_film(const fs::path& path) {
  const av::Input input = av::open_file(path);
  const int stream = av::film_stream(*input);
  require(stream >= 0, "{}: no video stream that can be decoded", path.string());
  int64_t count = av::shown_frames(*input, stream);
  if (count > 0) return count;
  bool key_seen = false;
  const av::Packet packet = av::make_packet();
  for (; av_read_frame(input.get(), packet.get()) >= 0; av_packet_unref(packet.get())) {
    if (packet->stream_index != stream) continue;
    key_seen = key_seen || (packet->flags & AV_PKT_FLAG_KEY);
    count += key_seen && !(packet->flags & AV_PKT_FLAG_DISCARD);
  }
  return count;
}

bool holds_film(const fs::path& path) {
  try {
    const av::Input input = av::open_file(path);
    // Below that FFmpeg goes by names, and takes any text for a picture of a terminal.
    return input->probe_score > AVPROBE_SCORE_EXTENSION && av::film_stream(*input) >= 0;
  } catch (const Error&) {
    return false;
  }
}

std::string video_libraries() {
  const auto text = [](unsigned v) { return fmt::format("{}.{}.{}", v >> 16, v >> 8 & 255, v & 255); };
  return fmt::format("libavformat {}, libavcodec {}, libswscale {}", text(avformat_version()), text(avcodec_version()),
                     text(swscale_version()));
}

}  // namespace facemat
