#pragma once
// Films as phones, editors and broadcasters make them, by FFmpeg's libraries.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/media/video/av_pixels.h"
#include "src/media/video/film.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/pixdesc.h>
}

namespace facemat {

struct MadeFilm {
  std::string encoder = "libx264", pixels = "yuv420p";
  av::Settings options = {{"preset", "veryfast"}, {"crf", "12"}};
  cv::Size size{96, 64};
  AVRational base{1, 600};
  std::vector<int64_t> times = {0, 24, 48, 72, 96, 120, 144, 168, 192, 216, 240, 264};  // 25 a second
  int64_t last_duration = 24;
  int skipped = 0;              // packets of the film that are left out at its beginning
  std::vector<int32_t> matrix;  // nine numbers
  AVRational pixel{0, 1};
  bool bands = false;  // of grey in 16 bits (making::bands) instead of quarters
  bool interlaced = false, hdr = false;
  int matrix_code = 2;        // H.273; 2: not stated
  std::string sound = "aac";  // an encoder; empty: silent
  bool second_sound = false;  // linear samples in a track of its own (MOV)
  bool cover = false, second_film = false, chapters = false, subtitles = false;
  std::vector<std::pair<std::string, std::string>> tags = {{"title", "a clip"}};
};

namespace making {

constexpr int kRate = 48000;

// Quarters of four colours, and a bar that grows with the number: no turn and no other number looks alike.
inline cv::Mat picture(cv::Size size, int number) {
  cv::Mat out(size, CV_8UC3);
  const int x = size.width / 2, y = size.height / 2;
  out(cv::Rect(0, 0, x, y)).setTo(cv::Scalar(40, 40, 200));
  out(cv::Rect(x, 0, size.width - x, y)).setTo(cv::Scalar(40, 180, 40));
  out(cv::Rect(0, y, x, size.height - y)).setTo(cv::Scalar(200, 60, 40));
  out(cv::Rect(x, y, size.width - x, size.height - y)).setTo(cv::Scalar(120, 120, 120));
  out(cv::Rect(0, y - 4, std::min(size.width, 4 + 4 * number), 8)).setTo(cv::Scalar::all(235));
  return out;
}

// Six bands of grey, each two steps of ten bits above the one before: 8 bits cannot tell all of them apart.
inline constexpr int kBands = 6;
inline constexpr double kTenBitSteps = 940 - 64;  // from black to white, limited range
inline cv::Mat bands(cv::Size size) {
  cv::Mat out(size, CV_16UC3);
  const int width = size.width / kBands;
  for (int i = 0; i < kBands; ++i)
    out(cv::Rect(i * width, 0, width, size.height)).setTo(cv::Scalar::all(65535 * (0.4 + 2 * i / kTenBitSteps)));
  return out;
}

struct Track {
  AVStream* stream;
  std::vector<av::Packet> packets;
};

inline void drain(AVCodecContext& codec, const AVFrame* frame, Track& track) {
  av::check(avcodec_send_frame(&codec, frame), "test", "cannot encode");
  while (true) {
    av::Packet packet = av::make_packet();
    if (avcodec_receive_packet(&codec, packet.get()) < 0) return;
    packet->time_base = codec.time_base;
    track.packets.push_back(std::move(packet));
  }
}

inline Track add_film(AVFormatContext& output, const MadeFilm& film, cv::Size size, int offset) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(film.encoder.c_str());
  require(encoder != nullptr, "no encoder {}", film.encoder);
  const AVPixelFormat pixels = av_get_pix_fmt(film.pixels.c_str());
  Colour colour;
  colour.matrix = film.matrix_code;
  if (film.hdr) colour = {9, 9, 16, false};
  av::PictureToFrame to_frame(size, pixels, colour, "test");
  const av::Codec codec(avcodec_alloc_context3(encoder));
  codec->width = to_frame.size().width, codec->height = to_frame.size().height;
  codec->pix_fmt = pixels, codec->time_base = film.base, codec->thread_count = 1;
  codec->sample_aspect_ratio = film.pixel;
  codec->colorspace = static_cast<AVColorSpace>(colour.matrix);
  codec->color_primaries = static_cast<AVColorPrimaries>(colour.primaries);
  codec->color_trc = static_cast<AVColorTransferCharacteristic>(colour.transfer);
  codec->color_range = AVCOL_RANGE_MPEG;
  if (film.interlaced)
    codec->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME, codec->field_order = AV_FIELD_TT;
  if (output.oformat->flags & AVFMT_GLOBALHEADER) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av::set_options(*codec, film.options, "test");
  av::check(avcodec_open2(codec.get(), encoder, nullptr), "test", "cannot encode");
  Track track{avformat_new_stream(&output, nullptr), {}};
  avcodec_parameters_from_context(track.stream->codecpar, codec.get());
  track.stream->time_base = film.base;
  track.stream->sample_aspect_ratio = film.pixel;
  if (!film.matrix.empty())
    av::set_side_data(*track.stream,
                      {{AV_PKT_DATA_DISPLAYMATRIX, std::string(reinterpret_cast<const char*>(film.matrix.data()), 36)}});
  if (film.hdr) {
    av::SideData light;
    size_t bytes = 0;
    AVContentLightMetadata* level = av_content_light_metadata_alloc(&bytes);
    level->MaxCLL = 1000, level->MaxFALL = 400;
    light.push_back({AV_PKT_DATA_CONTENT_LIGHT_LEVEL, std::string(reinterpret_cast<char*>(level), bytes)});
    av_free(level);
    AVMasteringDisplayMetadata display = {};
    for (int i = 0; i < 3; ++i)
      for (int k = 0; k < 2; ++k) display.display_primaries[i][k] = {1000 * (i + k + 1), 50000};
    display.white_point[0] = {15635, 50000}, display.white_point[1] = {16450, 50000};
    display.min_luminance = {50, 10000}, display.max_luminance = {10000000, 10000};
    display.has_primaries = display.has_luminance = 1;
    light.push_back({AV_PKT_DATA_MASTERING_DISPLAY_METADATA, std::string(reinterpret_cast<char*>(&display), sizeof display)});
    av::set_side_data(*track.stream, light);
  }
  for (size_t i = 0; i < film.times.size(); ++i) {
    cv::Mat image = film.bands ? bands(size) : picture(size, static_cast<int>(i) + offset);
    if (film.interlaced)  // the second moment is the next frame
      for (int y = 1; y < size.height; y += 2) picture(size, static_cast<int>(i) + 3).row(y).copyTo(image.row(y));
    AVFrame& frame = to_frame(image);
    frame.pts = film.times[i];
    if (film.interlaced) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
      frame.flags |= AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
      frame.interlaced_frame = frame.top_field_first = 1;
#endif
    }
    drain(*codec, &frame, track);
  }
  drain(*codec, nullptr, track);
  track.packets.back()->duration = film.times.back() + film.last_duration - track.packets.back()->pts;
  track.packets.erase(track.packets.begin(), track.packets.begin() + film.skipped);
  return track;
}

inline Track add_sound(AVFormatContext& output, const std::string& name, double seconds, double pitch) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(name.c_str());
  require(encoder != nullptr, "no encoder {}", name);
  const av::Codec codec(avcodec_alloc_context3(encoder));
  codec->sample_rate = kRate, codec->time_base = {1, kRate};
  codec->sample_fmt = name == "aac" ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_S16;
  av_channel_layout_default(&codec->ch_layout, 1);
  codec->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  if (output.oformat->flags & AVFMT_GLOBALHEADER) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av::check(avcodec_open2(codec.get(), encoder, nullptr), "test", "cannot encode");
  Track track{avformat_new_stream(&output, nullptr), {}};
  avcodec_parameters_from_context(track.stream->codecpar, codec.get());
  track.stream->time_base = codec->time_base;
  av_dict_set(&track.stream->metadata, "language", "ger", 0);
  const int step = codec->frame_size > 0 ? codec->frame_size : 1024, all = static_cast<int>(seconds * kRate);
  for (int at = 0; at < all; at += step) {
    const av::Frame frame = av::make_frame();
    frame->format = codec->sample_fmt, frame->nb_samples = step, frame->sample_rate = kRate, frame->pts = at;
    av_channel_layout_copy(&frame->ch_layout, &codec->ch_layout);
    av::check(av_frame_get_buffer(frame.get(), 0), "test", "no memory");
    for (int i = 0; i < step; ++i) {
      const double value = 0.4 * std::sin((at + i) * pitch);
      if (codec->sample_fmt == AV_SAMPLE_FMT_FLTP)
        reinterpret_cast<float*>(frame->data[0])[i] = static_cast<float>(value);
      else
        reinterpret_cast<int16_t*>(frame->data[0])[i] = static_cast<int16_t>(value * 32767);
    }
    drain(*codec, frame.get(), track);
  }
  drain(*codec, nullptr, track);
  return track;
}

inline Track add_subtitles(AVFormatContext& output) {
  Track track{avformat_new_stream(&output, nullptr), {}};
  track.stream->codecpar->codec_type = AVMEDIA_TYPE_SUBTITLE;
  track.stream->codecpar->codec_id = AV_CODEC_ID_SUBRIP;
  track.stream->time_base = {1, 1000};
  const std::string text = "a line of text";
  av::Packet packet = av::make_packet();
  av_new_packet(packet.get(), static_cast<int>(text.size()));
  std::copy(text.begin(), text.end(), packet->data);
  packet->pts = packet->dts = 100, packet->duration = 200, packet->time_base = {1, 1000};
  packet->flags |= AV_PKT_FLAG_KEY;
  track.packets.push_back(std::move(packet));
  return track;
}

inline Track add_cover(AVFormatContext& output) {
  Track track{avformat_new_stream(&output, nullptr), {}};
  AVCodecParameters& parameters = *track.stream->codecpar;
  parameters.codec_type = AVMEDIA_TYPE_VIDEO, parameters.codec_id = AV_CODEC_ID_PNG;
  parameters.width = parameters.height = 200;
  track.stream->disposition = AV_DISPOSITION_ATTACHED_PIC;
  track.stream->time_base = {1, 90000};
  const std::string bytes = encode_image(".png", cv::Mat(200, 200, CV_8UC3, cv::Scalar(7, 70, 170)));
  av::Packet packet = av::make_packet();
  av_new_packet(packet.get(), static_cast<int>(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), packet->data);
  packet->pts = packet->dts = 0, packet->time_base = {1, 90000};
  packet->flags |= AV_PKT_FLAG_KEY;
  track.packets.push_back(std::move(packet));
  return track;
}

inline void add_chapters(AVFormatContext& output) {
  output.chapters = static_cast<AVChapter**>(av_calloc(2, sizeof(AVChapter*)));
  for (int i = 0; i < 2; ++i) {
    auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    chapter->id = i + 1, chapter->time_base = {1, 1000}, chapter->start = 200 * i, chapter->end = 200 * (i + 1);
    av_dict_set(&chapter->metadata, "title", i == 0 ? "one" : "two", 0);
    output.chapters[output.nb_chapters++] = chapter;
  }
}

}  // namespace making

// Writes it, in the kind of file that `path` names.
inline fs::path write_made_film(const fs::path& path, const MadeFilm& film, const char* format = nullptr) {
  AVFormatContext* made = nullptr;
  av::check(avformat_alloc_output_context2(&made, nullptr, format, path.c_str()), "test", "cannot write");
  av::Output output(made);
  output->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  for (const auto& [name, value] : film.tags) av_dict_set(&output->metadata, name.c_str(), value.c_str(), 0);
  if (film.chapters) making::add_chapters(*output);
  const double seconds = (film.times.back() + film.last_duration) * av_q2d(film.base);
  std::vector<making::Track> tracks;
  tracks.push_back(making::add_film(*output, film, film.size, 0));
  if (film.second_film) tracks.push_back(making::add_film(*output, film, {32, 32}, 5));
  if (!film.sound.empty()) tracks.push_back(making::add_sound(*output, film.sound, seconds, 0.06));
  if (film.second_sound) tracks.push_back(making::add_sound(*output, "pcm_s16le", seconds, 0.03));
  if (film.subtitles) tracks.push_back(making::add_subtitles(*output));
  if (film.cover) tracks.push_back(making::add_cover(*output));
  av::check(avio_open(&output->pb, path.c_str(), AVIO_FLAG_WRITE), "test", "cannot write");
  bool apple = false;
  for (const auto& tag : film.tags) apple = apple || tag.first.find("com.apple") == 0;
  if (apple) av_opt_set(output->priv_data, "movflags", "use_metadata_tags", 0);
  av::check(avformat_write_header(output.get(), nullptr), "test", "cannot write");
  for (making::Track& track : tracks)
    for (av::Packet& packet : track.packets) {
      packet->stream_index = track.stream->index;
      av_packet_rescale_ts(packet.get(), packet->time_base, track.stream->time_base);
    }
  std::vector<av::Packet> all;
  for (making::Track& track : tracks)
    for (av::Packet& packet : track.packets) all.push_back(std::move(packet));
  const auto seconds_of = [&](const av::Packet& packet) {
    return packet->dts * av_q2d(output->streams[packet->stream_index]->time_base);
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const av::Packet& a, const av::Packet& b) { return seconds_of(a) < seconds_of(b); });
  for (av::Packet& packet : all) av::check(av_interleaved_write_frame(output.get(), packet.get()), "test", "cannot write");
  av::check(av_write_trailer(output.get()), "test", "cannot write");
  av::check(avio_closep(&output->pb), "test", "cannot write");
  return path;
}

// --- MP4 and MOV changed by hand; the index of made ones comes last, the film's track first in it

namespace making {

inline uint32_t number_at(const std::string& bytes, size_t place) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[place + i]);
  return value;
}

inline std::string big_endian(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

inline void add_at(std::string& bytes, size_t place, int64_t more) {
  bytes.replace(place, 4, big_endian(number_at(bytes, place) + static_cast<uint32_t>(more)));
}

// Where the name of the film's box of that kind stands. Throws Error.
inline size_t box_at(const std::string& bytes, const char* kind) {
  const size_t index = bytes.rfind("moov"), at = index == std::string::npos ? index : bytes.find(kind, index);
  require(at != std::string::npos, "the film has no {}", kind);
  return at;
}

}  // namespace making

// The first `count` frames are hidden by the edit list of the first track, as editors that cut without coding anew do.
inline void hide_frames(const fs::path& path, int64_t media_step, int count, int64_t movie_step) {
  std::string bytes = read_file(path);
  const size_t at = making::box_at(bytes, "elst");
  ASSERT_EQ(making::number_at(bytes, at + 4), 0u);  // version 0
  making::add_at(bytes, at + 12, -count * movie_step);
  making::add_at(bytes, at + 16, count * media_step);
  write_file(path, bytes);
}

// The film without its edit list, all its frames shown so much earlier, in units of its track: by offsets with signs, as
// version 1 of their table has them (ISO/IEC 14496-12, 8.6.1.3).
inline void show_earlier(const fs::path& path, int64_t units) {
  std::string bytes = read_file(path);
  bytes.replace(making::box_at(bytes, "edts"), 4, "free");
  const size_t at = making::box_at(bytes, "ctts");
  bytes[at + 4] = 1;
  for (size_t i = 0; i < making::number_at(bytes, at + 8); ++i) making::add_at(bytes, at + 16 + 8 * i, -units);
  write_file(path, bytes);
}

// Only the middle of the pictures is to be shown, so says the container (clean aperture, ISO/IEC 14496-12, 12.1.4).
inline void show_middle(const fs::path& path, cv::Size size) {
  std::string box = "clap";
  for (const int part : {size.width, 1, size.height, 1, 0, 1, 0, 1}) box += making::big_endian(static_cast<uint32_t>(part));
  box = making::big_endian(static_cast<uint32_t>(box.size() + 4)) + box;
  std::string bytes = read_file(path);
  const size_t entry = making::box_at(bytes, "avc1") - 4;
  bytes.insert(entry + making::number_at(bytes, entry), box);
  for (const char* around : {"moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1"})
    making::add_at(bytes, making::box_at(bytes, around) - 4, static_cast<int64_t>(box.size()));
  write_file(path, bytes);
}

// The same of a Matroska file of H.264: without `lines` at the top (PixelCropTop, RFC 9559). It stands where the
// colours were described, which the codec does as well; what is left of these becomes void.
inline void show_without_top(const fs::path& path, int lines) {
  constexpr size_t kCrop = 4, kVoid = 2;  // bytes of the crop, and of the void's beginning
  std::string bytes = read_file(path);
  const size_t track = bytes.find("V_MPEG4/ISO/AVC"), at = track == std::string::npos ? track : bytes.find("\x55\xb0", track);
  require(at != std::string::npos && at + kCrop < bytes.size(), "the film describes no colours");
  const auto stated = static_cast<uint8_t>(bytes[at + 2]);  // bytes that follow
  require(stated > 0x80 && bytes[at + 3] == '\x55', "the colours are described in another way");
  const size_t rest = 3 + (stated & 0x7f) - kCrop - kVoid;
  const std::string crop = std::string("\x54\xbb\x81") + static_cast<char>(lines);
  bytes.replace(at, kCrop + kVoid + rest, crop + "\xec" + static_cast<char>(0x80 | rest) + std::string(rest, '\0'));
  write_file(path, bytes);
}

// What a file says beside its pictures.
struct FilmFacts {
  std::vector<std::string> sounds;  // bytes and times of each track of sound, as text
  std::vector<std::string> tracks;  // kinds and codecs of all tracks
  std::string title;
  std::vector<std::string> chapters;
  AVRational pixel{0, 1};
  int field_order = 0, matrix = 0, transfer = 0;
  std::vector<double> light;
  bool cover = false;
};

// Primaries, white point and luminances of the mastering display, then the two light levels, as far as they are stated.
inline std::vector<double> stated_light(const AVStream& stream) {
  std::vector<double> out;
  for (const auto& [type, bytes] : av::light_of(stream, nullptr)) {
    AVMasteringDisplayMetadata display = {};
    AVContentLightMetadata level = {};
    if (type == AV_PKT_DATA_MASTERING_DISPLAY_METADATA) {
      std::memcpy(&display, bytes.data(), std::min(bytes.size(), sizeof display));
      for (const auto& primary : display.display_primaries)
        for (const AVRational& place : primary) out.push_back(av_q2d(place));
      for (const AVRational& place : display.white_point) out.push_back(av_q2d(place));
      out.push_back(av_q2d(display.min_luminance)), out.push_back(av_q2d(display.max_luminance));
    } else {
      std::memcpy(&level, bytes.data(), std::min(bytes.size(), sizeof level));
      out.push_back(level.MaxCLL), out.push_back(level.MaxFALL);
    }
  }
  return out;
}

inline FilmFacts facts_of(const fs::path& path) {
  const av::Input input = av::open_file(path);
  FilmFacts facts;
  std::vector<int> place(input->nb_streams, -1);
  for (unsigned i = 0; i < input->nb_streams; ++i) {
    const AVCodecParameters& parameters = *input->streams[i]->codecpar;
    facts.tracks.push_back(avcodec_get_name(parameters.codec_id));
    if (parameters.codec_type == AVMEDIA_TYPE_AUDIO)
      place[i] = static_cast<int>(facts.sounds.size()), facts.sounds.push_back("");
    facts.cover = facts.cover || av::is_cover(*input->streams[i]);
  }
  if (const int film = av::film_stream(*input); film >= 0) {
    const AVStream& stream = *input->streams[film];
    facts.pixel = av_guess_sample_aspect_ratio(input.get(), input->streams[film], nullptr);
    facts.field_order = stream.codecpar->field_order;
    facts.matrix = stream.codecpar->color_space, facts.transfer = stream.codecpar->color_trc;
    facts.light = stated_light(stream);
  }
  if (const AVDictionaryEntry* title = av_dict_get(input->metadata, "title", nullptr, 0)) facts.title = title->value;
  for (unsigned i = 0; i < input->nb_chapters; ++i) {
    const AVDictionaryEntry* title = av_dict_get(input->chapters[i]->metadata, "title", nullptr, 0);
    facts.chapters.push_back(title ? title->value : "");
  }
  for (av::Packet packet = av::make_packet(); av_read_frame(input.get(), packet.get()) >= 0; av_packet_unref(packet.get())) {
    const int sound = place[packet->stream_index];
    if (sound < 0) continue;
    const double seconds = packet->pts * av_q2d(input->streams[packet->stream_index]->time_base);
    facts.sounds[sound] +=
        fmt::format("{:.3f} {}\n", seconds, std::string(reinterpret_cast<char*>(packet->data), packet->size));
  }
  return facts;
}

}  // namespace facemat
