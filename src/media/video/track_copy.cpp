#include "src/media/video/track_copy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>

#include "src/core/error.h"
#include "src/core/text.h"
#include "src/media/video/film.h"
#include "src/media/video/video.h"

namespace facemat::av {

namespace {

bool is_matroska(const AVOutputFormat& format) {
  return starts_with(format.name, "matroska") || starts_with(format.name, "webm");
}

// What to add to the times of a stream, in its time base. Matroska readers take the samples that a decoder of Opus drops off
// the stored times; before version 60 of libavformat its writer does not add them.
int64_t correction(const AVFormatContext& output, const AVStream& stream) {
#if LIBAVFORMAT_VERSION_MAJOR < 60
  if (is_matroska(*output.oformat) && stream.codecpar->codec_id == AV_CODEC_ID_OPUS)
    return av_rescale_q(stream.codecpar->initial_padding, {1, 48000}, stream.time_base);
#endif
  return 0;
}

const char* kind_of(const AVStream& stream) {
  if (is_cover(stream)) return "the cover picture";
  switch (stream.codecpar->codec_type) {
    case AVMEDIA_TYPE_AUDIO:
      return "the sound";
    case AVMEDIA_TYPE_SUBTITLE:
      return "the subtitles";
    case AVMEDIA_TYPE_ATTACHMENT:
      return "an attached file";
    default:
      return "a track of data";
  }
}

std::string name_of(const AVStream& stream) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVDictionaryEntry* language = av_dict_get(stream.metadata, "language", nullptr, 0);
  std::string codec = avcodec_get_name(parameters.codec_id);
  if (parameters.codec_id == AV_CODEC_ID_NONE || parameters.codec_id == AV_CODEC_ID_BIN_DATA) {
    char text[AV_FOURCC_MAX_STRING_SIZE] = {};
    codec = parameters.codec_tag == 0 ? "unknown" : av_fourcc_make_string(text, parameters.codec_tag);
  }
  return fmt::format("{} ({}{})", kind_of(stream), codec,
                     language && std::strcmp(language->value, "und") != 0 ? fmt::format(", {}", language->value) : "");
}

// Dispositions and tags of `stream`, and how it is coded, for a stream of another kind of file. False: there is no memory.
bool describe(const AVStream& stream, AVStream& copy) {
  if (avcodec_parameters_copy(copy.codecpar, stream.codecpar) < 0) return false;
  copy.codecpar->codec_tag = 0;  // the tag is the source container's; the muxer picks its own
  copy.time_base = stream.time_base;
  copy.disposition = is_cover(stream) ? AV_DISPOSITION_ATTACHED_PIC : stream.disposition;
  av_dict_copy(&copy.metadata, stream.metadata, 0);
  return true;
}

// The same of a cover, which Matroska keeps among its attached files.
bool describe_attached(const AVStream& cover, AVStream& copy) {
  const AVPacket& picture = cover.attached_pic;
  auto* data = static_cast<uint8_t*>(av_mallocz(static_cast<size_t>(picture.size) + AV_INPUT_BUFFER_PADDING_SIZE));
  if (data == nullptr || !describe(cover, copy)) {
    av_free(data);
    return false;
  }
  std::copy(picture.data, picture.data + picture.size, data);
  av_freep(&copy.codecpar->extradata);
  copy.codecpar->extradata = data;
  copy.codecpar->extradata_size = picture.size;
  copy.codecpar->codec_type = AVMEDIA_TYPE_ATTACHMENT;
  copy.disposition = 0;
  const bool png = cover.codecpar->codec_id == AV_CODEC_ID_PNG;
  av_dict_set(&copy.metadata, "filename", png ? "cover.png" : "cover.jpg", AV_DICT_DONT_OVERWRITE);
  av_dict_set(&copy.metadata, "mimetype", png ? "image/png" : "image/jpeg", AV_DICT_DONT_OVERWRITE);
  return true;
}

// QuickTime's own names of tags are kept by a kind of table that has no place for covers.
bool holds_apple_tags(const AVFormatContext& input) {
  return av_dict_get(input.metadata, "com.apple.quicktime.", nullptr, AV_DICT_IGNORE_SUFFIX) != nullptr;
}

// Where FFmpeg writes covers: in Matroska, and in MP4 as iTunes has them.
bool takes_cover(const AVFormatContext& input, const AVStream& cover, const AVOutputFormat& format) {
  const AVCodecID codec = cover.codecpar->codec_id;
  if (cover.attached_pic.size <= 0 || (codec != AV_CODEC_ID_PNG && codec != AV_CODEC_ID_MJPEG)) return false;
  if (starts_with(format.name, "matroska")) return true;
  return (starts_with(format.name, "mp4") || starts_with(format.name, "ipod")) && !holds_apple_tags(input);
}

struct FreeTrial {
  void operator()(AVFormatContext* p) const {
    uint8_t* bytes = nullptr;
    if (p->pb) avio_close_dyn_buf(p->pb, &bytes);
    av_free(bytes);
    avformat_free_context(p);
  }
};

// Whether a file of that kind can begin with such a stream. The lists of codecs that muxers publish name what they refuse, and
// leave out what they take.
bool fits(const AVFormatContext& input, const AVStream& stream, const AVOutputFormat& format) {
  const AVCodecParameters& parameters = *stream.codecpar;
  if (is_cover(stream)) return takes_cover(input, stream, format);
  if (parameters.codec_id == AV_CODEC_ID_NONE || parameters.codec_type == AVMEDIA_TYPE_DATA) return false;
  if (parameters.codec_type == AVMEDIA_TYPE_ATTACHMENT && !starts_with(format.name, "matroska")) return false;
  AVFormatContext* made = nullptr;
  if (avformat_alloc_output_context2(&made, &format, nullptr, nullptr) < 0) return false;
  const std::unique_ptr<AVFormatContext, FreeTrial> trial(made);
  AVStream* copy = avformat_new_stream(trial.get(), nullptr);
  if (copy == nullptr || avio_open_dyn_buf(&trial->pb) < 0 || !describe(stream, *copy)) return false;
  trial->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;  // FLAC in MP4 (its own mapping is as old as 2016)
  return avformat_write_header(trial.get(), nullptr) >= 0;
}

}  // namespace

// The film itself, other films, and what FFmpeg reads by itself (chapters in a track with their pictures, time codes) are no
// tracks to copy.
std::vector<Track> tracks_of(const AVFormatContext& input, const AVOutputFormat& format, bool sound) {
  std::vector<Track> tracks;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    const AVMediaType type = stream.codecpar->codec_type;
    const bool time_code = stream.codecpar->codec_tag == MKTAG('t', 'm', 'c', 'd');
    if ((type == AVMEDIA_TYPE_VIDEO && !is_cover(stream)) || (type == AVMEDIA_TYPE_AUDIO && !sound) || time_code ||
        stream.discard == AVDISCARD_ALL || (stream.disposition & AV_DISPOSITION_TIMED_THUMBNAILS))
      continue;
    tracks.push_back({static_cast<int>(i), name_of(stream), fits(input, stream, format)});
  }
  return tracks;
}

namespace {

// Of all that files say of themselves, what is still true of another one.
void copy_tags(const AVDictionary* from, AVDictionary** to) {
  static const std::set<std::string> own = {"major_brand", "minor_version", "compatible_brands",
                                            "encoder",     "DURATION",      "rotate"};
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX)))
    if (own.count(entry->key) == 0) av_dict_set(to, entry->key, entry->value, 0);
}

}  // namespace

TrackCopy::TrackCopy(const fs::path& from, bool sound, AVFormatContext& output, const std::string& where)
    : where_(where), output_(output), input_(open_file(from)) {
  for (const Track& track : tracks_of(*input_, *output.oformat, sound))
    if (track.fits) add(*input_->streams[track.index]);
  for (unsigned i = 0; i < input_->nb_streams; ++i)
    if (streams_.count(static_cast<int>(i)) == 0) input_->streams[i]->discard = AVDISCARD_ALL;
  copy_tags(input_->metadata, &output_.metadata);
  if (const int film = film_stream(*input_); film >= 0 && output_.nb_streams > 0)
    for (const char* tag : {"language", "title", "creation_time", "timecode"})
      if (const AVDictionaryEntry* entry = av_dict_get(input_->streams[film]->metadata, tag, nullptr, 0))
        av_dict_set(&output_.streams[0]->metadata, tag, entry->value, 0);
  shift(0, {1, 1});
  done_ = streams_.empty();
}

void TrackCopy::add(const AVStream& stream) {
  const bool as_attachment = is_cover(stream) && is_matroska(*output_.oformat);
  AVStream* copy = avformat_new_stream(&output_, nullptr);
  const bool described = copy != nullptr && (as_attachment ? describe_attached(stream, *copy) : describe(stream, *copy));
  require(described, "{}: no memory for a track", where_);
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT || as_attachment) return;
  if (is_cover(stream))
    covers_.emplace_back(copy->index, &stream.attached_pic);
  else
    streams_[stream.index] = {copy->index, correction(output_, stream)};
}

// A chapter that ends before it begins would keep a muxer from finishing the file.
void TrackCopy::add_chapters(std::optional<int64_t> end, AVRational base) {
  if (input_->nb_chapters == 0) return;
  output_.chapters = static_cast<AVChapter**>(av_calloc(input_->nb_chapters, sizeof(AVChapter*)));
  for (unsigned i = 0; output_.chapters && i < input_->nb_chapters; ++i) {
    const AVChapter& from = *input_->chapters[i];
    const int64_t moved = av_rescale_q(shift_, AV_TIME_BASE_Q, from.time_base);
    const int64_t most = end ? av_rescale_q(*end, base, from.time_base) : INT64_MAX;
    const int64_t start = std::max<int64_t>(0, av_sat_add64(from.start, moved));
    const int64_t stop = from.end == AV_NOPTS_VALUE ? start : std::min<int64_t>(most, av_sat_add64(from.end, moved));
    if (from.start == AV_NOPTS_VALUE || start >= most || stop < start) continue;
    auto* to = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (to == nullptr) return;
    to->id = from.id;
    to->time_base = from.time_base;
    to->start = start;
    to->end = stop;
    av_dict_copy(&to->metadata, from.metadata, 0);
    output_.chapters[output_.nb_chapters++] = to;
  }
}

bool TrackCopy::has_apple_tags() const { return holds_apple_tags(*input_); }

void TrackCopy::begin() {
  for (const auto& [index, picture] : covers_) {
    const Packet packet(av_packet_clone(picture));
    require(packet != nullptr, "{}: no memory for a picture", where_);
    packet->stream_index = index;
    packet->pts = packet->dts = 0;
    packet->pos = -1;
    check(av_write_frame(&output_, packet.get()), where_, "cannot write the cover picture");
  }
}

void TrackCopy::shift(int64_t offset, AVRational base) {
  shift_ = av_sat_sub64(av_rescale_q(offset, base, AV_TIME_BASE_Q), origin_of(*input_));
}

void TrackCopy::until(int64_t time, AVRational base) {
  while (next()) {
    const AVRational own = input_->streams[packet_->stream_index]->time_base;
    const int64_t at = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
    const int64_t moved = av_sat_add64(at, av_rescale_q(shift_, AV_TIME_BASE_Q, own));
    if (at != AV_NOPTS_VALUE && av_compare_ts(moved, own, time, base) > 0) return;
    write();
  }
}

void TrackCopy::rest() {
  while (next()) write();
}

bool TrackCopy::next() {
  while (!done_ && !waits_) {
    if (av_read_frame(input_.get(), packet_.get()) < 0) {
      done_ = true;
    } else if (streams_.count(packet_->stream_index)) {
      waits_ = true;
    } else {
      av_packet_unref(packet_.get());
    }
  }
  return waits_;
}

void TrackCopy::write() {
  const AVRational own = input_->streams[packet_->stream_index]->time_base;
  Copied& copied = streams_.at(packet_->stream_index);
  const int64_t moved = av_sat_add64(copied.correction, av_rescale_q(shift_, AV_TIME_BASE_Q, own));
  if (packet_->pts != AV_NOPTS_VALUE) packet_->pts = av_sat_add64(packet_->pts, moved);
  if (packet_->dts != AV_NOPTS_VALUE) packet_->dts = av_sat_add64(packet_->dts, moved);
  av_packet_rescale_ts(packet_.get(), own, output_.streams[copied.index]->time_base);
  packet_->stream_index = copied.index;
  packet_->pos = -1;
  mend_times(copied);
  waits_ = false;
  bytes_ += packet_->size;
  check(av_interleaved_write_frame(&output_, packet_.get()), where_, "cannot write a track");
}

// Recorders leave times out, and broadcasts begin anew; muxers refuse both.
void TrackCopy::mend_times(Copied& copied) {
  const int64_t apart = output_.oformat->flags & AVFMT_TS_NONSTRICT ? 0 : 1;
  if (packet_->dts == AV_NOPTS_VALUE) packet_->dts = packet_->pts;
  if (packet_->dts == AV_NOPTS_VALUE) packet_->dts = copied.last ? av_sat_add64(*copied.last, apart) : 0;
  if (copied.last) packet_->dts = std::max(packet_->dts, av_sat_add64(*copied.last, apart));
  if (packet_->pts == AV_NOPTS_VALUE || packet_->pts < packet_->dts) packet_->pts = packet_->dts;
  copied.last = packet_->dts;
}

}  // namespace facemat::av

namespace facemat {

std::string lost_tracks(const fs::path& from, const fs::path& to, bool sound) {
  const AVOutputFormat* format = av_guess_format(nullptr, to.c_str(), nullptr);
  require(format != nullptr, "{}: no kind of film", to.string());
  const av::Input input = av::open_file(from);
  std::vector<std::string> lost;
  for (const av::Track& track : av::tracks_of(*input, *format, sound))
    if (!track.fits) lost.push_back(track.name);
  std::sort(lost.begin(), lost.end());
  std::vector<std::string> counted;
  for (size_t i = 0; i < lost.size();) {
    const auto same = static_cast<size_t>(std::count(lost.begin() + static_cast<ptrdiff_t>(i), lost.end(), lost[i]));
    counted.push_back(same == 1 ? lost[i] : fmt::format("{} times {}", same, lost[i]));
    i += same;
  }
  if (counted.empty()) return "";
  return fmt::format("{}: left out, since this kind of file has no place for it: {}{}", to.string(), fmt::join(counted, ", "),
                     format->name == std::string("matroska") ? "" : " (.mkv takes most)");
}

}  // namespace facemat
