#include "src/media/video.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/codec.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace facemat {
namespace {

struct CloseInput {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
};
struct CloseOutput {
  void operator()(AVFormatContext* p) const {
    avio_closep(&p->pb);
    avformat_free_context(p);
  }
};
struct FreeCodec {
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
};
struct FreePacket {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
struct FreeFrame {
  void operator()(AVFrame* p) const { av_frame_free(&p); }
};
struct FreeScaler {
  void operator()(SwsContext* p) const { sws_freeContext(p); }
};
using Input = std::unique_ptr<AVFormatContext, CloseInput>;
using Output = std::unique_ptr<AVFormatContext, CloseOutput>;
using Codec = std::unique_ptr<AVCodecContext, FreeCodec>;
using Packet = std::unique_ptr<AVPacket, FreePacket>;
using Frame = std::unique_ptr<AVFrame, FreeFrame>;
using Scaler = std::unique_ptr<SwsContext, FreeScaler>;

int check(int code, const fs::path& path, const char* what) {
  if (code >= 0) return code;
  char reason[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, reason, sizeof reason);
  fail("{}: {}: {}", path.string(), what, reason);
}

Input open_input(const fs::path& path) {
  require(fs::is_regular_file(path), "{}: no such file", path.string());
  av_log_set_level(AV_LOG_QUIET);  // errors reach the user as Error, not as lines of a library
  AVFormatContext* opened = nullptr;
  // "file:" keeps a name with a colon from being taken for a protocol.
  check(avformat_open_input(&opened, ("file:" + path.string()).c_str(), nullptr, nullptr), path, "not a readable video");
  Input input(opened);
  check(avformat_find_stream_info(input.get(), nullptr), path, "not a readable video");
  return input;
}

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

// The YUV matrix to decode with; a film that does not say is BT.709 from 720 lines up, as players assume.
int yuv_matrix(const AVFrame& frame) {
  if (frame.colorspace == AVCOL_SPC_UNSPECIFIED) return frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  return frame.colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_ITU601;
}

constexpr int kNeutral = 1 << 16;  // contrast and saturation of 1 in swscale's fixed point

// BGR <-> YUV conversion with chroma interpolated and rounded exactly.
constexpr int kScaling = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

}  // namespace

struct VideoReader::Impl {
  fs::path path;
  Input input;
  Codec decoder;
  Packet packet{av_packet_alloc()};
  Frame frame{av_frame_alloc()};
  Scaler scaler;
  VideoInfo info;
  cv::Size coded;  // before turning
  int stream = -1, quarters = 0;
  bool flushing = false;

  void open() {
    input = open_input(path);
    const AVCodec* codec = nullptr;
    stream = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    require(stream >= 0 && codec, "{}: no video stream that can be decoded", path.string());
    AVStream& chosen = *input->streams[stream];
    const AVCodecParameters& parameters = *chosen.codecpar;
    coded = {parameters.width, parameters.height};
    require(coded.width > 0 && coded.height > 0 && int64_t{coded.width} * coded.height <= kMostPixels,
            "{}: frames of {}x{} (allowed: up to {} pixels)", path.string(), coded.width, coded.height, kMostPixels);
    decoder.reset(avcodec_alloc_context3(codec));
    check(avcodec_parameters_to_context(decoder.get(), &parameters), path, "cannot decode");
    decoder->thread_count = 0;
    decoder->max_pixels = kMostPixels;
    check(avcodec_open2(decoder.get(), codec, nullptr), path, "cannot decode");
    quarters = quarter_turns(chosen);
    info.size = quarters % 2 ? cv::Size(coded.height, coded.width) : coded;
    info.frames = std::max<int64_t>(0, chosen.nb_frames);
    const AVRational rate = av_guess_frame_rate(input.get(), &chosen, nullptr);
    if (rate.num > 0 && rate.den > 0) info.rate_num = rate.num, info.rate_den = rate.den;
  }

  void feed() {
    int code = av_read_frame(input.get(), packet.get());
    if (code == AVERROR_EOF) {
      flushing = true;
      check(avcodec_send_packet(decoder.get(), nullptr), path, "cannot decode");
      return;
    }
    check(code, path, "the video is damaged");
    const bool cut = packet->stream_index == stream && (packet->flags & AV_PKT_FLAG_CORRUPT);
    require(!cut, "{}: the video is damaged: a frame is incomplete", path.string());
    if (packet->stream_index == stream) code = avcodec_send_packet(decoder.get(), packet.get());
    av_packet_unref(packet.get());
    check(code, path, "the video is damaged");
  }

  cv::Mat picture() {
    scaler.reset(sws_getCachedContext(scaler.release(), frame->width, frame->height, static_cast<AVPixelFormat>(frame->format),
                                      coded.width, coded.height, AV_PIX_FMT_BGR24, kScaling, nullptr, nullptr, nullptr));
    require(scaler != nullptr, "{}: pixel format {} cannot be converted", path.string(), frame->format);
    const int full_range = frame->color_range == AVCOL_RANGE_JPEG;
    sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(yuv_matrix(*frame)), full_range,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, kNeutral, kNeutral);
    cv::Mat image(coded, CV_8UC3);
    uint8_t* planes[4] = {image.data};
    const int strides[4] = {static_cast<int>(image.step)};
    check(sws_scale(scaler.get(), frame->data, frame->linesize, 0, frame->height, planes, strides), path,
          "cannot convert a frame");
    return turned(image, quarters);
  }

  std::optional<cv::Mat> next() {
    while (true) {
      const int code = avcodec_receive_frame(decoder.get(), frame.get());
      if (code == AVERROR_EOF) return std::nullopt;
      if (code == AVERROR(EAGAIN)) {
        require(!flushing, "{}: the video is damaged", path.string());
        feed();
        continue;
      }
      check(code, path, "the video is damaged");
      return picture();
    }
  }
};

VideoReader::VideoReader(const fs::path& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->open();
}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
const VideoInfo& VideoReader::info() const { return impl_->info; }
std::optional<cv::Mat> VideoReader::next() { return impl_->next(); }

struct VideoWriter::Impl {
  fs::path path, pending;
  VideoInfo info;
  cv::Size coded;  // info.size made even, as 4:2:0 chroma asks
  Input audio;
  std::map<int, int> audio_streams;  // index in `audio` -> index in `output`
  int64_t audio_start = 0;           // microseconds at which the copied file shows its first frame
  Packet audio_packet{av_packet_alloc()};
  bool audio_waits = false, audio_done = true;
  Output output;
  Codec encoder;
  AVStream* video = nullptr;
  Scaler scaler;
  Frame frame{av_frame_alloc()};
  Packet packet{av_packet_alloc()};
  int64_t frames = 0;
  bool finished = false;

  ~Impl() {
    output.reset();
    std::error_code ignored;
    if (!finished && !pending.empty()) fs::remove(pending, ignored);
  }

  void open(const fs::path& audio_from) {
    av_log_set_level(AV_LOG_QUIET);
    require(info.size.area() > 0 && info.rate_num > 0 && info.rate_den > 0, "{}: a video needs a size and a frame rate",
            path.string());
    const std::string extension = path.extension().string();
    require(extension == ".mp4" || extension == ".mov" || extension == ".mkv",
            "{}: videos cannot be written as '{}' (allowed: .mp4, .mov, .mkv)", path.string(), extension);
    coded = {info.size.width + info.size.width % 2, info.size.height + info.size.height % 2};
    pending = path.string() + ".part-" + std::to_string(::getpid());
    AVFormatContext* made = nullptr;
    check(avformat_alloc_output_context2(&made, av_guess_format(nullptr, path.c_str(), nullptr), nullptr,
                                         ("file:" + pending.string()).c_str()),
          path, "cannot write");
    output.reset(made);
    open_encoder();
    if (!audio_from.empty()) open_audio(audio_from);
    open_file();
  }

  void open_encoder() {
    const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
    require(codec != nullptr, "{}: this FFmpeg has no H.264 encoder (libx264)", path.string());
    encoder.reset(avcodec_alloc_context3(codec));
    encoder->width = coded.width;
    encoder->height = coded.height;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->time_base = {info.rate_den, info.rate_num};
    encoder->framerate = {info.rate_num, info.rate_den};
    encoder->colorspace = AVCOL_SPC_BT709;
    encoder->color_primaries = AVCOL_PRI_BT709;
    encoder->color_trc = AVCOL_TRC_BT709;
    encoder->color_range = AVCOL_RANGE_MPEG;
    if (output->oformat->flags & AVFMT_GLOBALHEADER) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(encoder->priv_data, "preset", "veryfast", 0);
    av_opt_set(encoder->priv_data, "crf", "18", 0);
    check(avcodec_open2(encoder.get(), codec, nullptr), path, "cannot encode");
    video = avformat_new_stream(output.get(), nullptr);
    check(avcodec_parameters_from_context(video->codecpar, encoder.get()), path, "cannot encode");
    video->time_base = encoder->time_base;
    video->avg_frame_rate = encoder->framerate;

    scaler.reset(sws_getContext(coded.width, coded.height, AV_PIX_FMT_BGR24, coded.width, coded.height, AV_PIX_FMT_YUV420P,
                                kScaling, nullptr, nullptr, nullptr));
    require(scaler != nullptr, "{}: frames of {}x{} cannot be encoded", path.string(), coded.width, coded.height);
    sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(SWS_CS_DEFAULT), 1, sws_getCoefficients(SWS_CS_ITU709), 0, 0,
                             kNeutral, kNeutral);
    frame->width = coded.width;
    frame->height = coded.height;
    frame->format = AV_PIX_FMT_YUV420P;
    check(av_frame_get_buffer(frame.get(), 0), path, "cannot encode");
  }

  void open_audio(const fs::path& from) {
    audio = open_input(from);
    for (unsigned i = 0; i < audio->nb_streams; ++i) {
      const AVCodecParameters& parameters = *audio->streams[i]->codecpar;
      if (parameters.codec_type != AVMEDIA_TYPE_AUDIO) continue;
      require(avformat_query_codec(output->oformat, parameters.codec_id, FF_COMPLIANCE_NORMAL) == 1,
              "{}: the sound of {} ({}) does not fit into this kind of file (.mkv takes any)", path.string(), from.string(),
              avcodec_get_name(parameters.codec_id));
      AVStream* copy = avformat_new_stream(output.get(), nullptr);
      check(avcodec_parameters_copy(copy->codecpar, &parameters), path, "cannot copy the sound");
      copy->codecpar->codec_tag = 0;  // the tag is the source container's; the muxer picks its own
      copy->time_base = audio->streams[i]->time_base;
      audio_streams[static_cast<int>(i)] = copy->index;
    }
    audio_done = audio_streams.empty();
    const int shown = av_find_best_stream(audio.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (shown < 0 || audio->streams[shown]->start_time == AV_NOPTS_VALUE) return;
    audio_start = av_rescale_q(audio->streams[shown]->start_time, audio->streams[shown]->time_base, AV_TIME_BASE_Q);
  }

  void open_file() {
    std::error_code error;
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
    require(!error, "{}: cannot make the folder: {}", path.string(), error.message());
    check(avio_open(&output->pb, output->url, AVIO_FLAG_WRITE), path, "cannot write");
    // The index in front lets a film start to play before all of it has arrived; containers without that option ignore it.
    av_opt_set(output->priv_data, "movflags", "+faststart", 0);
    check(avformat_write_header(output.get(), nullptr), path, "cannot write");
  }

  void write(const cv::Mat& image) {
    require(image.type() == CV_8UC3 && image.size() == info.size, "{}: frame {} is {}x{} (expected: {}x{} BGR 8 bit)",
            path.string(), frames, image.cols, image.rows, info.size.width, info.size.height);
    cv::Mat even = image;
    if (coded != info.size)
      cv::copyMakeBorder(image, even, 0, coded.height - image.rows, 0, coded.width - image.cols, cv::BORDER_REPLICATE);
    check(av_frame_make_writable(frame.get()), path, "cannot encode");
    const uint8_t* planes[4] = {even.data};
    const int strides[4] = {static_cast<int>(even.step)};
    check(sws_scale(scaler.get(), planes, strides, 0, coded.height, frame->data, frame->linesize), path, "cannot encode");
    frame->pts = frames++;
    encode(frame.get());
  }

  void encode(const AVFrame* picture) {  // nullptr: no more to come
    check(avcodec_send_frame(encoder.get(), picture), path, "cannot encode");
    while (true) {
      const int code = avcodec_receive_packet(encoder.get(), packet.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      check(code, path, "cannot encode");
      packet->stream_index = video->index;
      if (packet->duration == 0) packet->duration = 1;
      copy_audio_until(packet->dts);
      av_packet_rescale_ts(packet.get(), encoder->time_base, video->time_base);
      check(av_interleaved_write_frame(output.get(), packet.get()), path, "cannot write");
    }
  }

  // Copies sound up to `frame_time` (in frames), so that sound and picture lie beside each other in the file.
  void copy_audio_until(int64_t frame_time) {
    while (next_audio()) {
      const AVRational base = audio->streams[audio_packet->stream_index]->time_base;
      const int64_t time = audio_packet->dts == AV_NOPTS_VALUE ? INT64_MIN : audio_packet->dts;
      if (time != INT64_MIN && av_compare_ts(time, base, frame_time, encoder->time_base) > 0) return;
      write_audio(base);
    }
  }

  bool next_audio() {  // true while a packet of sound waits in audio_packet
    while (!audio_done && !audio_waits) {
      if (av_read_frame(audio.get(), audio_packet.get()) < 0) {
        audio_done = true;
      } else if (audio_streams.count(audio_packet->stream_index)) {
        audio_waits = true;
      } else {
        av_packet_unref(audio_packet.get());
      }
    }
    return audio_waits;
  }

  void write_audio(AVRational base) {
    const int64_t shift = av_rescale_q(audio_start, AV_TIME_BASE_Q, base);
    if (audio_packet->pts != AV_NOPTS_VALUE) audio_packet->pts -= shift;
    if (audio_packet->dts != AV_NOPTS_VALUE) audio_packet->dts -= shift;
    const int index = audio_streams.at(audio_packet->stream_index);
    av_packet_rescale_ts(audio_packet.get(), base, output->streams[index]->time_base);
    audio_packet->stream_index = index;
    audio_packet->pos = -1;
    audio_waits = false;
    check(av_interleaved_write_frame(output.get(), audio_packet.get()), path, "cannot write the sound");
  }

  void finish() {
    require(frames > 0, "{}: a video needs at least one frame", path.string());
    encode(nullptr);
    copy_audio_until(INT64_MAX);
    check(av_write_trailer(output.get()), path, "cannot write");
    check(avio_closep(&output->pb), path, "cannot write");
    std::error_code error;
    fs::rename(pending, path, error);
    require(!error, "{}: cannot write: {}", path.string(), error.message());
    finished = true;
  }
};

VideoWriter::VideoWriter(const fs::path& path, const VideoInfo& info, const fs::path& audio_from)
    : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->info = info;
  impl_->open(audio_from);
}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
void VideoWriter::write(const cv::Mat& frame) { impl_->write(frame); }
void VideoWriter::finish() { impl_->finish(); }

bool is_video(const fs::path& path) {
  static const std::vector<std::string> known = {".mp4", ".mov", ".mkv", ".webm", ".avi"};
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::find(known.begin(), known.end(), extension) != known.end();
}

std::string video_libraries() {
  const auto text = [](unsigned v) { return fmt::format("{}.{}.{}", v >> 16, v >> 8 & 255, v & 255); };
  return fmt::format("libavformat {}, libavcodec {}, libswscale {}", text(avformat_version()), text(avcodec_version()),
                     text(swscale_version()));
}

}  // namespace facemat
