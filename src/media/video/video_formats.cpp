#include "src/media/video/video_formats.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

using EncoderOptions = std::vector<std::pair<std::string, std::string>>;

// `own`, and what the streams of colour and of alpha share. Alternate reference frames are hidden in packets of their own,
// which break the pairing of the two.
EncoderOptions vp9(EncoderOptions own) {
  own.insert(own.end(), {{"deadline", "good"},
                         {"cpu-used", "5"},
                         {"row-mt", "1"},
                         {"auto-alt-ref", "0"},
                         {"lag-in-frames", "0"},
                         {"g", "60"},
                         {"keyint_min", "60"}});
  return own;
}

}  // namespace

const std::vector<VideoFormat>& video_formats() {
  static const std::vector<VideoFormat> table = {
      {"h264",
       "H.264, plays everywhere; no alpha",
       {".mp4", ".mov", ".mkv", ".m4v"},
       "libx264",
       "yuv420p",
       "",
       {{"preset", "veryfast"}, {"crf", "18"}},
       {},
       8,
       true,
       0},
      // A quantiser of 4 (472 / 118, FF_QP2LAMBDA). prores_ks codes alpha without loss, from the 10 bits it is given; FFmpeg's
      // decoder cuts what it reads to 12 bits.
      {"prores",
       "ProRes 4444, 10 bits, with alpha; for editing",
       {".mov", ".mkv"},
       "prores_ks",
       "yuv444p10le",
       "yuva444p10le",
       {{"profile", "4444"}, {"alpha_bits", "16"}, {"vendor", "apl0"}, {"flags", "+qscale"}, {"global_quality", "472"}},
       {},
       10,
       true,
       0.5 / 1023 + 1. / 4095},
      // Alpha goes without loss into a stream of its own: coded as the colours are, fine hair is off by far more than 2/255.
      {"vp9",
       "VP9 with alpha; for browsers",
       {".webm", ".mkv"},
       "libvpx-vp9",
       "yuv420p",
       "yuva420p",
       vp9({{"crf", "20"}, {"b", "0"}}),
       vp9({{"lossless", "1"}}),
       8,
       false,
       0.5 / 255},
  };
  return table;
}

bool keeps_fields(const VideoFormat& format, const VideoInfo& clip) {
  return clip.interlaced && format.fields && clip.size.height % 4 == 0;
}

namespace {

bool takes(const VideoFormat& format, const std::string& extension) {
  return std::find(format.extensions.begin(), format.extensions.end(), extension) != format.extensions.end();
}

std::string known_formats(bool alpha) {
  std::string out;
  for (const VideoFormat& format : video_formats())
    if (!alpha || !format.alpha_pixels.empty())
      out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", format.name, fmt::join(format.extensions, " "));
  return out;
}

}  // namespace

const VideoFormat& find_video_format(const std::string& name, const std::filesystem::path& path, bool alpha) {
  const std::string where = path.string();
  const std::string extension = lower(path.extension().string());
  if (name != "auto") {
    const VideoFormat& format = find_entry(video_formats(), name, "video format");
    require(takes(format, extension), "{}: {} is not written as '{}' ({})", where, name, extension, known_formats(alpha));
    require(!alpha || !format.alpha_pixels.empty(), "{}: {} holds no alpha ({})", where, name, known_formats(true));
    return format;
  }
  const auto& table = video_formats();
  const auto found = std::find_if(table.begin(), table.end(), [&](const VideoFormat& format) {
    return takes(format, extension) && (!alpha || !format.alpha_pixels.empty());
  });
  require(found != table.end(), "{}: {} cannot be written as '{}' (allowed: {})", where, alpha ? "videos with alpha" : "videos",
          extension, known_formats(alpha));
  return *found;
}

}  // namespace facemat
