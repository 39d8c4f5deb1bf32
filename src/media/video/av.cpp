#include "src/media/video/av.h"

#include <mutex>

#include "src/core/error.h"

extern "C" {
#include <libavdevice/avdevice.h>
}

namespace facemat::av {
namespace {

Input open(const AVInputFormat* format, const std::string& url, const Settings& settings, const std::string& where,
           const char* what) {
  av_log_set_level(AV_LOG_QUIET);  // errors reach the user as Error, not as lines of a library
  const PlainNumbers plain;        // a rate of 29.97, say
  AVDictionary* options = nullptr;
  for (const auto& [key, value] : settings) av_dict_set(&options, key.c_str(), value.c_str(), 0);
  AVFormatContext* opened = nullptr;
  const int code = avformat_open_input(&opened, url.c_str(), format, &options);
  av_dict_free(&options);
  check(code, where, what);
  Input input(opened);
  check(avformat_find_stream_info(input.get(), nullptr), where, what);
  return input;
}

}  // namespace

PlainNumbers::PlainNumbers()
    : plain_(::newlocale(LC_ALL_MASK, "C", nullptr)), before_(plain_ != nullptr ? ::uselocale(plain_) : nullptr) {}

PlainNumbers::~PlainNumbers() {
  if (plain_ == nullptr) return;  // no memory
  ::uselocale(before_);
  ::freelocale(plain_);
}

std::string reason(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

int check(int code, const std::string& where, const char* what) {
  require(code >= 0, "{}: {}: {}", where, what, reason(code));
  return code;
}

Input open_file(const fs::path& path) {
  require(fs::is_regular_file(path), "{}: no such file", path.string());
  // "file:" keeps a name with a colon from being taken for a protocol.
  return open(nullptr, "file:" + path.string(), {}, path.string(), "not a readable video");
}

Input open_stream(const std::string& format, const std::string& url, const Settings& settings, const std::string& where) {
  static std::once_flag registered;
  std::call_once(registered, avdevice_register_all);
  const AVInputFormat* known = av_find_input_format(format.c_str());
  require(known != nullptr, "{}: this FFmpeg cannot read '{}'", where, format);
  return open(known, url, settings, where, "cannot be read");
}

void set_options(AVCodecContext& codec, const Settings& settings, const std::string& where) {
  for (const auto& [key, value] : settings)
    check(av_opt_set(&codec, key.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN), where, "cannot encode");
}

}  // namespace facemat::av
