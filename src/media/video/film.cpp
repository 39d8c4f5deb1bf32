#include "src/media/video/film.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <tuple>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"

namespace facemat::av {
namespace {

std::string_view side_data(const AVStream& stream, AVPacketSideDataType type) {
#if LIBAVCODEC_VERSION_MAJOR >= 61
  const AVPacketSideData* data =
      av_packet_side_data_get(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, type);
  return data ? std::string_view(reinterpret_cast<const char*>(data->data), data->size) : std::string_view();
#else
  size_t size = 0;
  const uint8_t* data = av_stream_get_side_data(&stream, type, &size);
  return data ? std::string_view(reinterpret_cast<const char*>(data), size) : std::string_view();
#endif
}

void add_side_data(AVStream& stream, AVPacketSideDataType type, std::string_view bytes) {
#if LIBAVCODEC_VERSION_MAJOR >= 61
  AVPacketSideData* data =
      av_packet_side_data_new(&stream.codecpar->coded_side_data, &stream.codecpar->nb_coded_side_data, type, bytes.size(), 0);
  uint8_t* to = data ? data->data : nullptr;
#else
  uint8_t* to = av_stream_new_side_data(&stream, type, bytes.size());
#endif
  if (to != nullptr) std::copy(bytes.begin(), bytes.end(), to);
}

// Kinds of side data that describe light, in packets (streams) and in frames.
constexpr std::pair<AVPacketSideDataType, AVFrameSideDataType> kLight[] = {
    {AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA},
    {AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL}};

bool is_format(const AVFormatContext& input, const char* name) { return starts_with(input.iformat->name, name); }

// Whether the container wants a part of each picture shown (MP4's clean aperture, Matroska's crop); FFmpeg tells from 7.1 on.
bool states_crop(const AVStream& stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 19, 100)
  return side_data(stream, AV_PKT_DATA_FRAME_CROPPING).find_first_not_of('\0') != std::string_view::npos;
#else
  return false;
#endif
}

// How long a Matroska stream states to be, seconds ("00:00:01.600000000"); 0: it does not.
double stated_seconds(const AVStream& stream) {
  const AVDictionaryEntry* entry = av_dict_get(stream.metadata, "DURATION", nullptr, 0);
  int hours = 0, minutes = 0, whole = 0, billionths = 0;  // no decimal point, which locales read in their own way
  if (!entry || std::sscanf(entry->value, "%d:%d:%d.%9d", &hours, &minutes, &whole, &billionths) < 3) return 0;
  const char* point = std::strchr(entry->value, '.');
  const size_t digits = point ? std::strspn(point + 1, "0123456789") : 0;
  return 3600. * hours + 60. * minutes + whole + (digits > 0 ? billionths / std::pow(10., std::min<size_t>(digits, 9)) : 0);
}

// The first entry of the index is a key frame: else players leave frames out that the index lists.
bool begins_with_key_frame(AVStream& stream) {
  const AVIndexEntry* first = avformat_index_get_entry(&stream, 0);
  return first != nullptr && (first->flags & AVINDEX_KEYFRAME);
}

// EBML's numbers (RFC 8794, 4): as many bytes as the first has leading zeros, and one more. `kept`: the marker stays.
std::optional<uint64_t> ebml_number(std::string_view bytes, size_t& at, bool kept) {
  if (at >= bytes.size() || bytes[at] == 0) return {};
  const auto first = static_cast<uint8_t>(bytes[at]);
  size_t length = 1;
  while (!(first & (0x80 >> (length - 1)))) ++length;
  if (at + length > bytes.size()) return {};
  uint64_t value = kept ? first : first & ((0x80u >> (length - 1)) - 1);
  bool unknown = !kept && value == (0x80u >> (length - 1)) - 1;
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<uint8_t>(bytes[at + i]);
    value = value << 8 | next;
    unknown = unknown && next == 0xff;
  }
  at += length;
  return unknown ? std::nullopt : std::optional(value);
}

}  // namespace

bool is_cover(const AVStream& stream) { return stream.disposition & AV_DISPOSITION_ATTACHED_PIC; }

int film_stream(const AVFormatContext& input) {
  int best = -1;
  std::tuple<bool, bool, int64_t, int64_t> best_rank;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    const AVCodecParameters& parameters = *stream.codecpar;
    if (parameters.codec_type != AVMEDIA_TYPE_VIDEO || is_cover(stream) || !avcodec_find_decoder(parameters.codec_id)) continue;
    const bool moves = stream.nb_frames != 1;  // a single picture is a cover, however it is marked
    const std::tuple rank(moves, bool(stream.disposition & AV_DISPOSITION_DEFAULT), stream.nb_frames,
                          int64_t{parameters.width} * parameters.height);
    if (best < 0 || rank > best_rank) best = static_cast<int>(i), best_rank = rank;
  }
  return best;
}

Turn turn_of(const AVStream& stream) {
  const std::string_view bytes = side_data(stream, AV_PKT_DATA_DISPLAYMATRIX);
  int32_t m[9] = {};  // a column (p, q) of the stored picture is shown at (m[0] p + m[3] q, m[1] p + m[4] q)
  if (bytes.size() < sizeof m) return {};
  std::memcpy(m, bytes.data(), sizeof m);
  const double along = std::abs(double(m[0])) + std::abs(double(m[4])),
               across = std::abs(double(m[1])) + std::abs(double(m[3]));
  if (along >= across) return {false, m[0] < 0, m[4] < 0};
  return {true, m[3] < 0, m[1] < 0};
}

cv::Mat turned(const cv::Mat& image, const Turn& turn) {
  cv::Mat out = image;
  if (turn.transposed) cv::transpose(image, out);
  if (turn.mirrored_x || turn.mirrored_y) {
    cv::Mat mirrored;
    cv::flip(out, mirrored, turn.mirrored_x && turn.mirrored_y ? -1 : turn.mirrored_x ? 1 : 0);
    return mirrored;
  }
  return out;
}

cv::Size turned(cv::Size size, const Turn& turn) { return turn.transposed ? cv::Size(size.height, size.width) : size; }

AVRational pixel_aspect_of(AVFormatContext& input, const AVStream& stream, const Turn& turn) {
  const AVRational stored = av_guess_sample_aspect_ratio(&input, const_cast<AVStream*>(&stream), nullptr);
  if (stored.num <= 0 || stored.den <= 0) return {1, 1};
  return turn.transposed ? AVRational{stored.den, stored.num} : stored;
}

int64_t origin_of(const AVFormatContext& input) {
  const bool anywhere = input.iformat->flags & AVFMT_TS_DISCONT;
  return anywhere && input.start_time != AV_NOPTS_VALUE ? input.start_time : 0;
}

std::optional<int64_t> end_of(const AVFormatContext& input, const AVStream& stream) {
  if (is_format(input, "mov") && stream.nb_frames > 0 && stream.start_time != AV_NOPTS_VALUE && stream.duration > 0)
    return av_sat_add64(stream.start_time, stream.duration);
  if (!is_format(input, "matroska") || input.duration <= 0) return {};
  // Editors leave the lengths of streams behind that they shortened; the file's own is written anew.
  const double seconds = std::min(stated_seconds(stream), static_cast<double>(input.duration) / AV_TIME_BASE);
  if (seconds <= 0) return {};
  return std::llround(seconds / av_q2d(stream.time_base));
}

int64_t shown_frames(const AVFormatContext& input, int stream) {
  AVStream& chosen = *input.streams[stream];
  const int entries = avformat_index_get_entries_count(&chosen);
  if (!is_format(input, "mov") || chosen.nb_frames <= 0 || entries <= 0 || !begins_with_key_frame(chosen)) return 0;
  int64_t shown = 0;
  for (int i = 0; i < entries; ++i) shown += !(avformat_index_get_entry(&chosen, i)->flags & AVINDEX_DISCARD_FRAME);
  return shown;
}

int64_t likely_frames(const AVFormatContext& input, const AVStream& stream, AVRational rate) {
  if (const int64_t shown = shown_frames(input, stream.index); shown > 0) return shown;
  if (stream.nb_frames > 0) return stream.nb_frames;
  if (input.duration <= 0 || rate.num <= 0 || rate.den <= 0) return 0;
  return av_rescale(input.duration, rate.num, int64_t{AV_TIME_BASE} * rate.den);
}

void check_whole(const fs::path& path) {
  constexpr uint64_t kEbml = 0x1a45dfa3, kSegment = 0x18538067, kHeadBytes = 4096;
  const std::string head = read_file_start(path, kHeadBytes);
  size_t at = 0;
  if (ebml_number(head, at, true) != kEbml) return;
  const auto header = ebml_number(head, at, false);
  if (!header || *header > kHeadBytes) return;
  at += *header;
  if (ebml_number(head, at, true) != kSegment) return;
  const auto size = ebml_number(head, at, false);
  if (!size) return;  // a stream that was recorded: it does not state it
  const uint64_t stated = at + *size, there = fs::file_size(path);
  require(there >= stated, "{}: the video is damaged: it was cut off after {} of {} bytes", path.string(), there, stated);
}

SideData light_of(const AVStream& stream, const AVFrame* frame) {
  SideData light;
  for (const auto& [packets, frames] : kLight) {
    std::string_view bytes = side_data(stream, packets);
    const AVFrameSideData* own = frame ? av_frame_get_side_data(frame, frames) : nullptr;
    if (bytes.empty() && own) bytes = {reinterpret_cast<const char*>(own->data), own->size};
    if (!bytes.empty()) light.emplace_back(packets, bytes);
  }
  return light;
}

void set_side_data(AVStream& stream, const SideData& data) {
  for (const auto& [type, bytes] : data) add_side_data(stream, static_cast<AVPacketSideDataType>(type), bytes);
}

std::vector<std::string> limits_of(const AVFormatContext& input, int stream, const std::string& where) {
  std::vector<std::string> out;
  int others = 0;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& other = *input.streams[i];
    others += static_cast<int>(i) != stream && other.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover(other);
  }
  const AVCodecParameters& own = *input.streams[stream]->codecpar;
  if (others > 0)
    out.push_back(
        fmt::format("{}: it holds {} video streams; that of {}x{} is taken", where, others + 1, own.width, own.height));
  if (!side_data(*input.streams[stream], AV_PKT_DATA_DOVI_CONF).empty())
    out.push_back(fmt::format("{}: its Dolby Vision layer is left out, the film below it is taken", where));
  if (states_crop(*input.streams[stream]))
    out.push_back(fmt::format("{}: it wants a part of its pictures shown; they are taken whole", where));
  return out;
}

}  // namespace facemat::av
