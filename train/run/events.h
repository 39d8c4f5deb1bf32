#pragma once
// Event files, which TensorBoard shows: curves of numbers and pictures by step.
//
// A file is a sequence of TFRecords (length, checksum of the length, data, checksum of the data), each one Event in protocol
// buffer encoding. Facts: TensorFlow's record_writer.h, event.proto and summary.proto (Apache-2.0). Only the few fields needed
// are written, by hand, so nothing has to be linked.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

namespace facemat {

namespace fs = std::filesystem;

// Writes one event file of a run. Every start of a run, resumed or not, has a file of its own: a record that a kill has cut
// short ends its file and harms nothing after it.
class EventWriter {
 public:
  // Makes FOLDER/events.out.tfevents.SECONDS.HOST. SECONDS is the time, or one more than that of the newest event file there if
  // that is not earlier, since TensorBoard reads a run's files in order of name. `first_step` is the first step that will be
  // written (one after that of the checkpoint a run resumes from): the file opens with a session start at that step, at which
  // TensorBoard drops what earlier files say of this step and later ones. Missing parent folders are made. Throws Error if the
  // file cannot be written.
  EventWriter(const fs::path& folder, int64_t first_step);

  // One number for each tag, at `step`. "group/name" shows in the section "group".
  void scalars(int64_t step, const std::map<std::string, double>& values);
  // A picture, CV_8UC3 BGR.
  void image(int64_t step, const std::string& tag, const cv::Mat& bgr);

  const fs::path& path() const { return path_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  // Appends an Event and hands it to the system, so that it shows at once and outlives a kill. Throws Error (a full disk).
  void write(const std::string& event);

  fs::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

// CRC-32C (Castagnoli; RFC 3720, appendix B.4) of `bytes`.
uint32_t crc32c(std::string_view bytes);

}  // namespace facemat
