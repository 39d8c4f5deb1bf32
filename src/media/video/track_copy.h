#pragma once
// What a file holds beside its film, copied into another: sound, subtitles, covers and attached files packet by packet,
// chapters and tags. Not for other rooms: it shows FFmpeg's types.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/media/video/av.h"

namespace facemat::av {

struct Track {
  int index;         // of the stream in its file
  std::string name;  // for people: "the sound (apac)"
  bool fits;         // into the other file; found out by trying
};

// What `input` holds beside its film, and whether it fits into files of that kind. `sound`: with its sound.
std::vector<Track> tracks_of(const AVFormatContext& input, const AVOutputFormat& format, bool sound);

class TrackCopy {
 public:
  // Adds to `output`, whose header is not yet written, what of `from` fits into it: streams with their languages and
  // dispositions, and tags. What does not is left out, as lost_tracks() (video.h) says. `sound`: else the sound stays behind.
  TrackCopy(const fs::path& from, bool sound, AVFormatContext& output, const std::string& where);

  // When the header is written: what has no place in time.
  void begin();

  // All times from here on are moved by `offset` (in `base`), as those of the film are.
  void shift(int64_t offset, AVRational base);

  // Copies what starts up to `time` (in `base`), so that sound and picture lie beside each other in the file. Bytes and times
  // are the source's, but for times that are missing or go back, which no file may have.
  void until(int64_t time, AVRational base);
  void rest();
  int64_t bytes() const { return bytes_; }  // copied so far

  // Before the trailer is written: the chapters, those of a film that breaks off up to its `end` (in `base`).
  void add_chapters(std::optional<int64_t> end, AVRational base);

  bool has_apple_tags() const;  // of QuickTime's own names, which take a kind of tags of their own

 private:
  struct Copied {
    int index;                      // in the output
    int64_t correction = 0;         // to its times, in its own time base
    std::optional<int64_t> last{};  // when its last packet is decoded, in the output's time base
  };
  bool next();  // true while a packet waits
  void write();
  void mend_times(Copied& copied);  // of the packet that waits, in the output's time base
  void add(const AVStream& stream);

  std::string where_;
  AVFormatContext& output_;
  Input input_;
  std::map<int, Copied> streams_;  // by index in input_
  std::vector<std::pair<int, const AVPacket*>> covers_;
  Packet packet_ = make_packet();
  bool waits_ = false, done_ = false;
  int64_t bytes_ = 0, shift_ = 0;  // in units of 1 / AV_TIME_BASE
};

}  // namespace facemat::av
