#include "src/media/video/video_writer.h"

#include <algorithm>
#include <deque>
#include <map>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/media/frames/disk.h"
#include "src/media/video/av_pixels.h"
#include "src/media/video/film.h"
#include "src/media/video/track_copy.h"
#include "src/media/video/video_formats.h"

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/pixdesc.h>
}

namespace facemat {
namespace {

constexpr const char* kCannotEncode = "cannot encode";
constexpr const char* kCannotWrite = "cannot write";

void mark_fields(AVFrame& frame, bool top_first) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
  frame.flags |= AV_FRAME_FLAG_INTERLACED | (top_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0);
#else
  frame.interlaced_frame = 1;
  frame.top_field_first = top_first;
#endif
}

// One encoder with the frames it is given.
struct Encoder {
  av::Codec codec;
  std::unique_ptr<av::PictureToFrame> to_frame;
  std::deque<av::Packet> packets;  // not yet written

  void open(const VideoFormat& format, const std::string& pixels, const av::Settings& settings, const VideoInfo& info,
            const WriterOptions& options, bool global_header, const std::string& where) {
    const av::PlainNumbers plain;
    const AVCodec* encoder = avcodec_find_encoder_by_name(format.encoder.c_str());
    require(encoder != nullptr, "{}: this FFmpeg cannot write {} (no encoder {})", where, format.name, format.encoder);
    const AVPixelFormat pixel_format = av_get_pix_fmt(pixels.c_str());
    to_frame = std::make_unique<av::PictureToFrame>(info.size, pixel_format, info.colour, where);
    codec.reset(avcodec_alloc_context3(encoder));
    const Colour colour = av::resolved(info.colour, info.size.height);
    codec->width = to_frame->size().width;
    codec->height = to_frame->size().height;
    codec->pix_fmt = pixel_format;
    codec->time_base = {info.time_base.num, info.time_base.den};
    codec->framerate = {info.rate_num, info.rate_den};
    codec->thread_count = options.threads;
    codec->colorspace = static_cast<AVColorSpace>(colour.matrix);
    codec->color_primaries = static_cast<AVColorPrimaries>(colour.primaries);
    codec->color_trc = static_cast<AVColorTransferCharacteristic>(colour.transfer);
    codec->color_range = colour.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    if (info.pixel_num != info.pixel_den) codec->sample_aspect_ratio = {info.pixel_num, info.pixel_den};
    if (global_header) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (keeps_fields(format, info)) {
      codec->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
      codec->field_order = info.top_first ? AV_FIELD_TT : AV_FIELD_BB;
    }
    av::set_options(*codec, settings, where);
    av::check(avcodec_open2(codec.get(), encoder, nullptr), where, kCannotEncode);
  }

  void encode(const AVFrame* frame, const std::string& where) {  // nullptr: no more to come
    av::check(avcodec_send_frame(codec.get(), frame), where, kCannotEncode);
    while (true) {
      av::Packet packet = av::make_packet();
      const int code = avcodec_receive_packet(codec.get(), packet.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      av::check(code, where, kCannotEncode);
      packets.push_back(std::move(packet));
    }
  }
};

// Alpha as Matroska's second stream: "block additional" number 1 of the packet it belongs to.
void attach(AVPacket& packet, const AVPacket& alpha, const std::string& where) {
  constexpr int kNumberBytes = 8;
  uint8_t* data =
      av_packet_new_side_data(&packet, AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL, static_cast<size_t>(alpha.size) + kNumberBytes);
  require(data != nullptr, "{}: {}", where, kCannotEncode);
  AV_WB64(data, 1);
  std::copy(alpha.data, alpha.data + alpha.size, data + kNumberBytes);
}

}  // namespace

struct VideoWriter::Impl {
  fs::path path, place, pending;  // as asked for; where that is; what it is called until it is finished
  std::string where;
  VideoInfo info;
  WriterOptions options;
  const VideoFormat* format = nullptr;
  av::Output output;
  Encoder colours, alphas;  // `alphas` only where alpha is a stream of its own
  std::unique_ptr<av::TrackCopy> tracks;
  AVStream* video = nullptr;
  std::map<int64_t, int64_t> durations;  // of frames on their way through the encoder, by time; the last one's is a guess
  int64_t frames = 0, packets = 0, given = 0, largest = 0, last_time = 0, end_time = 0;
  int64_t shift = 0;  // added to all times
  bool finished = false, full = false;

  ~Impl() {
    tracks.reset();
    output.reset();
    std::error_code ignored;
    if (!finished && !pending.empty()) fs::remove(pending, ignored);
  }

  AVRational base() const { return {info.time_base.num, info.time_base.den}; }
  bool alpha_apart() const { return options.alpha && !format->alpha_options.empty(); }

  void open() {
    av_log_set_level(AV_LOG_QUIET);
    where = path.string();
    require(info.size.area() > 0 && info.rate_num > 0 && info.rate_den > 0 && info.time_base.num > 0 && info.time_base.den > 0,
            "{}: a video needs a size and a frame rate", where);
    format = &find_video_format(options.format, path, options.alpha);
    place = output_place(path);
    pending = pending_place(place);
    AVFormatContext* made = nullptr;
    av::check(avformat_alloc_output_context2(&made, av_guess_format(nullptr, path.c_str(), nullptr), nullptr,
                                             ("file:" + pending.string()).c_str()),
              where, kCannotWrite);
    output.reset(made);
    open_encoders();
    output->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;  // as TrackCopy tries
    if (!options.tracks_from.empty())
      tracks = std::make_unique<av::TrackCopy>(options.tracks_from, options.sound, *output, where);
    open_file();
  }

  void open_encoders() {
    const bool global_header = output->oformat->flags & AVFMT_GLOBALHEADER;
    const bool inside = options.alpha && !alpha_apart();
    colours.open(*format, inside ? format->alpha_pixels : format->pixels, format->options, info, options, global_header, where);
    if (alpha_apart()) alphas.open(*format, format->pixels, format->alpha_options, info, options, global_header, where);
    video = avformat_new_stream(output.get(), nullptr);
    av::check(avcodec_parameters_from_context(video->codecpar, colours.codec.get()), where, kCannotEncode);
    video->time_base = base();
    video->avg_frame_rate = {info.rate_num, info.rate_den};
    video->sample_aspect_ratio = video->codecpar->sample_aspect_ratio;
    av::set_side_data(*video, info.light);
    if (alpha_apart()) av_dict_set(&video->metadata, "alpha_mode", "1", 0);
  }

  void open_file() {
    make_folder(place.parent_path());
    av::check(avio_open(&output->pb, output->url, AVIO_FLAG_WRITE), where, kCannotWrite);
    // The index in front lets a film start to play before all of it has arrived; containers without that option ignore it.
    const bool apple = tracks && tracks->has_apple_tags();
    av_opt_set(output->priv_data, "movflags", apple ? "+faststart+use_metadata_tags" : "+faststart", 0);
    av::check(avformat_write_header(output.get(), nullptr), where, kCannotWrite);
    if (tracks) tracks->begin();
  }

  cv::Mat fitting(const MediaFrame& frame) const {
    const cv::Mat& image = frame.image;
    const int channels = image.channels();
    require(options.alpha ? channels == 4 : channels == 1 || channels == 3 || channels == 4,
            "{}: frame {} has {} channels (expected: {})", where, frames, channels, options.alpha ? "4" : "1, 3 or 4");
    if (image.size() == info.size) return image;
    require(options.rescale && !image.empty(), "{}: frame {} is {}x{}, the video began with {}x{}", where, frames, image.cols,
            image.rows, info.size.width, info.size.height);
    cv::Mat scaled;
    cv::resize(image, scaled, info.size, 0, 0, cv::INTER_AREA);
    return scaled;
  }

  void write(const MediaFrame& frame) {
    const cv::Mat image = fitting(frame);
    keep_room();
    require(frames == 0 || frame.time > last_time, "{}: frame {} is shown at {}, not after the frame before ({})", where,
            frames, frame.time, last_time);
    if (frames == 0) begin_at(frame.time);
    if (const auto before = durations.find(last_time + shift); frames > 0 && before != durations.end())
      before->second = frame.time - last_time;
    AVFrame& colour = (*colours.to_frame)(image);
    last_time = frame.time;
    colour.pts = frame.time + shift;
    if (keeps_fields(*format, info)) mark_fields(colour, info.top_first);
    const int64_t shown = frame.duration > 0 ? frame.duration : step();
    durations[colour.pts] = info.end > frame.time ? std::min({shown, step(), info.end - frame.time}) : std::min(shown, step());
    end_time = colour.pts + shown;
    ++frames;
    colours.encode(&colour, where);
    if (alpha_apart()) {
      cv::Mat alpha;
      cv::extractChannel(image, alpha, 3);
      AVFrame& plane = (*alphas.to_frame)(alpha);
      av::write_luma(padded_to(alpha, {plane.width, plane.height}), plane);
      plane.pts = frame.time + shift;
      alphas.encode(&plane, where);
    }
    write_packets();
  }

  // Files have no place for what is shown before 0.
  void begin_at(int64_t time) {
    shift = std::max<int64_t>(0, -time);
    if (tracks) tracks->shift(shift, base());
  }

  static cv::Mat padded_to(const cv::Mat& image, cv::Size size) {
    cv::Mat out = image;
    if (image.size() != size)
      cv::copyMakeBorder(image, out, 0, size.height - image.rows, 0, size.width - image.cols, cv::BORDER_REPLICATE);
    return out;
  }

  // All but the last, whose length is known at the end alone.
  void write_packets(size_t keep = 1) {
    while (colours.packets.size() > keep && (!alpha_apart() || alphas.packets.size() > keep)) {
      const av::Packet packet = std::move(colours.packets.front());
      colours.packets.pop_front();
      if (alpha_apart()) {
        require(alphas.packets.front()->pts == packet->pts, "{}: {}: colour and alpha came apart", where, kCannotEncode);
        attach(*packet, *alphas.packets.front(), where);
        alphas.packets.pop_front();
      }
      write_packet(*packet);
    }
  }

  // The film lasts until `end`: its last packet says so, whichever frame that is. Readers of MP4 measure it by the times of
  // decoding, too, so the last of these comes as late as it may.
  void show_until(int64_t end) {
    AVPacket& last = *colours.packets.back();
    last.dts = last.pts;
    durations[last.pts] = end - last.pts;
  }

  // Between two frames, on average.
  int64_t step() const { return std::max<int64_t>(1, av_rescale_q(1, {info.rate_den, info.rate_num}, base())); }

  void write_packet(AVPacket& packet) {
    largest = std::max<int64_t>(largest, packet.size);
    given += packet.size;
    packet.stream_index = video->index;
    const auto known = durations.find(packet.pts);
    if (known != durations.end()) {
      packet.duration = known->second;
      durations.erase(known);
    }
    if (tracks) tracks->until(packet.dts, base());
    av_packet_rescale_ts(&packet, base(), video->time_base);
    av::check(av_interleaved_write_frame(output.get(), &packet), where, kCannotWrite);
    ++packets;
  }

  // Stops while there is still room for what a file needs at its end: what the muxer holds back (Matroska's clusters), the
  // frames in the encoder, and the index (which is moved to the front, so it needs room twice).
  void keep_room() {
    constexpr uint64_t kAlways = 256 << 10, kIndexEntry = 64;
    const int64_t held = given + (tracks ? tracks->bytes() : 0) - avio_tell(output->pb);
    const int64_t frame = std::max<int64_t>(largest, info.size.area() / 8);
    const uint64_t encoding = (durations.size() + 1) * static_cast<uint64_t>(frame);
    if (free_bytes(pending) > kAlways + 2 * kIndexEntry * packets + encoding + std::max<int64_t>(held, 0)) return;
    if (frames > 0) finish(false);
    full = frames > 0;
    fail("{}: the disk is full{}", where, frames > 0 ? fmt::format(": the video ends early, after {} frames", frames) : "");
  }

  void finish(bool whole) {
    require(frames > 0, "{}: a video needs at least one frame", where);
    const av::PlainNumbers plain;  // Matroska states lengths as text
    colours.encode(nullptr, where);
    if (alpha_apart()) alphas.encode(nullptr, where);
    const int64_t rounding = av_rescale_q(2, {1, 1000}, base());  // as Matroska's times are
    if (whole && info.end - last_time > rounding) end_time = info.end + shift;
    // What comes next would have told how long the last one is shown; some files state far too little.
    if (!whole) end_time = std::max(end_time, last_time + shift + step());
    write_packets();
    if (!colours.packets.empty()) show_until(end_time);
    write_packets(0);
    if (tracks && whole) tracks->rest();
    if (tracks && !whole) tracks->until(end_time, base());
    if (tracks) tracks->add_chapters(whole ? std::nullopt : std::optional(end_time), base());
    av::check(av_write_trailer(output.get()), where, kCannotWrite);
    av::check(avio_closep(&output->pb), where, kCannotWrite);
    sync_file(pending);
    finished = true;  // whatever comes of the last step
    give_name(pending, place);
  }
};

VideoWriter::VideoWriter(const fs::path& path, const VideoInfo& info, const WriterOptions& options)
    : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->info = info;
  impl_->options = options;
  impl_->open();
}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
void VideoWriter::write(const MediaFrame& frame) { impl_->write(frame); }
void VideoWriter::finish(bool whole) { impl_->finish(whole); }
bool VideoWriter::disk_full() const { return impl_->full; }

void VideoWriter::write(const cv::Mat& image) {
  const int64_t step = impl_->step();
  impl_->write({"", image, impl_->frames * step, step});
}

}  // namespace facemat
