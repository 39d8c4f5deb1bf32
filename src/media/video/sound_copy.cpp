#include "src/media/video/sound_copy.h"

#include "src/core/error.h"

namespace facemat::av {

namespace {

// What to add to the times of a stream, in its time base. Matroska readers take the samples that a decoder of Opus drops off
// the stored times; before version 60 of libavformat its writer does not add them.
int64_t correction(const AVFormatContext& output, const AVStream& stream) {
#if LIBAVFORMAT_VERSION_MAJOR < 60
  const std::string format = output.oformat->name;
  if ((format == "matroska" || format == "webm") && stream.codecpar->codec_id == AV_CODEC_ID_OPUS)
    return av_rescale_q(stream.codecpar->initial_padding, {1, 48000}, stream.time_base);
#endif
  return 0;
}

}  // namespace

SoundCopy::SoundCopy(const fs::path& from, AVFormatContext& output, const std::string& where)
    : where_(where), output_(output), input_(open_file(from)) {
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    AVStream& stream = *input_->streams[i];
    const AVCodecParameters& parameters = *stream.codecpar;
    if (parameters.codec_type != AVMEDIA_TYPE_AUDIO) {
      stream.discard = AVDISCARD_ALL;
      continue;
    }
    require(avformat_query_codec(output.oformat, parameters.codec_id, FF_COMPLIANCE_NORMAL) == 1,
            "{}: the sound of {} ({}) does not fit into this kind of file (.mkv takes any; --mute leaves it out)", where,
            from.string(), avcodec_get_name(parameters.codec_id));
    AVStream* copy = avformat_new_stream(&output, nullptr);
    check(avcodec_parameters_copy(copy->codecpar, &parameters), where, "cannot copy the sound");
    copy->codecpar->codec_tag = 0;  // the tag is the source container's; the muxer picks its own
    copy->time_base = stream.time_base;
    copy->disposition = stream.disposition;
    av_dict_copy(&copy->metadata, stream.metadata, 0);
    streams_[static_cast<int>(i)] = copy->index;
    corrections_[static_cast<int>(i)] = correction(output, stream);
  }
  done_ = streams_.empty();
}

void SoundCopy::until(int64_t time, AVRational base) {
  while (next()) {
    const AVRational own = input_->streams[packet_->stream_index]->time_base;
    const int64_t at = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
    if (at != AV_NOPTS_VALUE && av_compare_ts(at, own, time, base) > 0) return;
    write();
  }
}

void SoundCopy::rest() {
  while (next()) write();
}

bool SoundCopy::next() {
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

void SoundCopy::write() {
  const AVRational own = input_->streams[packet_->stream_index]->time_base;
  const int index = streams_.at(packet_->stream_index);
  const int64_t correction = corrections_.at(packet_->stream_index);
  if (packet_->pts != AV_NOPTS_VALUE) packet_->pts += correction;
  if (packet_->dts != AV_NOPTS_VALUE) packet_->dts += correction;
  av_packet_rescale_ts(packet_.get(), own, output_.streams[index]->time_base);
  packet_->stream_index = index;
  packet_->pos = -1;
  waits_ = false;
  bytes_ += packet_->size;
  check(av_interleaved_write_frame(&output_, packet_.get()), where_, "cannot write the sound");
}

}  // namespace facemat::av
