#pragma once
// Frames of a second source that belong to the target's: swaps, or mattes.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/media/streams/sources.h"

namespace facemat {

// Which frame belongs to which:
// - one picture to all;
// - where both are files in folders, those of one name;
// - of two films those whose times, counted from their first frames, are nearest, unless they have as many frames (to 1 in 100,
//   for what is missing at an end): tools that work frame by frame do not always keep times;
// - else the first to the first, and so on.
class PairedFrames {
 public:
  // `what` begins messages: "the swap has"; `target` was opened at `target_path`. Throws Error: unreadable, or other names, as
  // far as both go.
  PairedFrames(const std::string& path, const std::string& what, const SourceOptions& options, const FrameSource& target,
               const std::string& target_path);

  // The one for the target's next frame; nothing if this source ends before. Sides that video formats pad to be even are cut to
  // the target's.
  std::optional<cv::Mat> next(const MediaFrame& target);
  // Goes past the target's next frame, which needs none.
  void skip();

  bool single() const { return source_->kind().single; }
  const VideoInfo& info() const { return source_->info(); }
  std::vector<std::filesystem::path> files() const { return source_->files(); }            // its pictures in files
  std::string turned_doubt(const std::vector<std::filesystem::path>& target_files) const;  // as below
  std::filesystem::path file() const;                // of the picture that next() gave last; empty: it is in none
  int64_t frames() const { return frames_; }         // 0: unknown
  const std::string& note() const { return note_; }  // how they are paired, or what is known to be missing; empty: nothing odd
  // After the target's last frame: a line if this goes on, which may mean that the two do not belong together.
  std::string left_over();

 private:
  void require_same(const std::string& name, const std::string& wanted) const;
  void check_names(const std::string& target_path) const;
  std::optional<cv::Mat> at(double seconds, double step);
  double begin_of(const MediaFrame& frame) const { return (frame.time - source_->info().start) * unit_; }

  std::string path_, what_, note_;
  std::unique_ptr<FrameSource> source_;
  bool by_name_ = false, by_time_ = false;
  int64_t frames_ = 0;
  // Seconds, from the first frame of each on.
  double unit_ = 0, target_unit_ = 0;  // of times
  double target_end_ = 0;
  int64_t target_start_ = 0;
  std::optional<MediaFrame> still_, shown_, ahead_;  // by time: the one that is shown, and the next
};

// Words for a message where a picture of `size`, in `file` (of a film: empty), does not fit the target's frame because one of
// the two is turned by its EXIF orientation and the other is not (turned_hint in src/image/mask_file.h); else "". `what` it is:
// "matte". `target_files`: FrameSource::files() of the target.
std::string turned_apart(const std::vector<std::filesystem::path>& target_files, const MediaFrame& target,
                         const std::filesystem::path& file, cv::Size size, const char* what);

// A line if pictures in `files` (one for all of the target's, or one of each name) have another EXIF orientation than the
// target's and fit it turned or not (may_be_unturned in src/image/mask_file.h), so that nobody can tell whether they lie right;
// else "". They were opened at `where`; `what` begins the words: "the mattes have".
std::string turned_doubt(const std::vector<std::filesystem::path>& target_files, const std::string& where,
                         const std::vector<std::filesystem::path>& files, const std::string& what);

// The one of `files` with the name of a frame, or the only one that there is; empty: none.
std::filesystem::path file_of_frame(const std::vector<std::filesystem::path>& files, const std::string& name);

}  // namespace facemat
