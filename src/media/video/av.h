#pragma once
// FFmpeg's objects with owners, its errors as Error. Not for other rooms: it shows FFmpeg's headers.

#include <locale.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace facemat::av {

namespace fs = std::filesystem;

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

inline Packet make_packet() { return Packet(av_packet_alloc()); }
inline Frame make_frame() { return Frame(av_frame_alloc()); }

// While it lives, this thread writes and reads numbers with a point, whatever locale its program has taken over: FFmpeg and its
// encoders go by the C library, and write their settings into films as text.
class PlainNumbers {
 public:
  PlainNumbers();
  ~PlainNumbers();
  PlainNumbers(const PlainNumbers&) = delete;
  PlainNumbers& operator=(const PlainNumbers&) = delete;

 private:
  locale_t plain_, before_;
};

// "No space left on device", say, for a negative code.
std::string reason(int code);

// `code`, unless it is negative: then throws Error "WHERE: WHAT: reason".
int check(int code, const std::string& where, const char* what);

// A file's streams, found. Throws Error naming it: missing, or none FFmpeg knows.
Input open_file(const fs::path& path);

// What a device or a pipe gives: `format` is FFmpeg's name of the demuxer, `settings` its options.
using Settings = std::vector<std::pair<std::string, std::string>>;
Input open_stream(const std::string& format, const std::string& url, const Settings& settings, const std::string& where);

// Sets options of an encoder; an unknown one is a bug, told as Error.
void set_options(AVCodecContext& codec, const Settings& settings, const std::string& where);

}  // namespace facemat::av
