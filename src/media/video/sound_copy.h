#pragma once
// The sound of one file copied into another, packet by packet. Not for other rooms: it shows FFmpeg's types.

#include <map>

#include "src/media/video/av.h"

namespace facemat::av {

class SoundCopy {
 public:
  // Adds the audio streams of `from`, with their languages, to `output`, whose header is not yet written. Throws Error naming
  // both if `output` cannot hold one of them. A file without sound is none.
  SoundCopy(const fs::path& from, AVFormatContext& output, const std::string& where);

  // Copies what starts up to `time` (in `base`), so that sound and picture lie beside each other in the file. Bytes and times
  // are the source's.
  void until(int64_t time, AVRational base);
  void rest();
  int64_t bytes() const { return bytes_; }  // copied so far

 private:
  bool next();  // true while a packet waits
  void write();

  std::string where_;
  AVFormatContext& output_;
  Input input_;
  std::map<int, int> streams_;  // index in input_ -> index in output_
  std::map<int, int64_t> corrections_;
  Packet packet_ = make_packet();
  bool waits_ = false, done_ = false;
  int64_t bytes_ = 0;
};

}  // namespace facemat::av
