#pragma once
// Reading whole files with a bound, and writing them so that a reader sees the old file or the new one, never half of it.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/core/lock.h"

namespace facemat {

namespace fs = std::filesystem;

// The bytes of `path`. Throws Error if it is missing, not a regular file, or larger than `most_bytes`.
std::string read_file(const fs::path& path, uint64_t most_bytes = uint64_t{1} << 30);

// Whether a path that a file states leads out of the folder it is meant to be below: absolute, or with "..".
bool leads_out(const fs::path& path);

// The first `bytes` bytes of `path`, all of it if it is shorter. Throws Error if it is missing or not a regular file.
std::string read_file_start(const fs::path& path, uint64_t bytes);

// --- where outputs go

// Where the output `path` lies: without what ends it ("results/" and "results/." are "results"), and behind symbolic links,
// which so keep pointing at what was written. Throws Error for a name that no file can have. Whatever here takes the path of an
// output sees to that itself.
fs::path output_place(const fs::path& path);

// `path` with `suffix` behind its name; the name is shortened, and told apart by its hash, where the two are longer than the
// 255 bytes that file systems take.
fs::path beside(const fs::path& path, const std::string& suffix);

// What the output `place` is called until it is finished: beside(place, ".facemat-part-" and the process's number).
fs::path pending_place(const fs::path& place);

// Makes `folder` and those above it, unless they are there; nothing for an empty path. Throws Error.
void make_folder(const fs::path& folder);

// Gives what was written at `pending` its name. Throws Error where that fails: nothing is removed then, and the message says
// where it lies and how to go on; or that somebody has removed it.
void give_name(const fs::path& pending, const fs::path& place);

// Writes beside `path`, syncs, renames over it. Throws Error (naming `path` and the system's reason, e.g. a full disk) and
// leaves nothing behind when it cannot be written, but as give_name() what only lacks its name, unless that is of no use: of
// many files that are made again on the next try. Missing parent folders are made; what is no file (a pipe, /dev/null) is
// written straight.
enum class Nameless { kStays, kGoes };
void write_file(const fs::path& path, std::string_view bytes, Nameless nameless = Nameless::kStays);

// Removes what write_file, StreamedFile and PendingFolder left half-written in `folder` (not below it) when their process was
// killed: all of it, so the folder must be one that holds nothing but the caller's own. No other process may be writing there.
// Throws Error naming what cannot be removed.
void remove_half_written(const fs::path& folder);

// The same where others may keep files, too, some under such names (parts of archives): only what is left of the file `place`.
// `found`: half_written_files() of its folder, looked for once for many places.
std::vector<fs::path> half_written_files(const fs::path& folder);
void remove_half_written(const std::vector<fs::path>& found, const fs::path& place);

// Removes the folders that killed processes left at pending_place(place), those that only lack their name among them. Whoever
// makes a folder there holds a Lock on it: what a process is at stays, and so does all of it on file systems without locks.
// Those may hold one of this process's number, as may another system on the same disk.
void remove_abandoned(const fs::path& place);

// Whether `name` is one that they give to what they have not finished.
bool is_half_written(std::string_view name);

// Writes `path` itself, at once and without syncing: for the many files of a folder that counts as written only when it is
// complete (and synced by sync_filesystem). A kill may leave half a file. Throws Error as write_file does; missing parent
// folders are made.
void write_plain(const fs::path& path, std::string_view bytes);

// Wait until everything written to the file system that holds `folder`, or to `file`, is on its disk. Throw Error where the
// disk did not take it: a write that seemed to go well may be found out only here.
void sync_filesystem(const fs::path& folder);
void sync_file(const fs::path& file);

// A file written piece by piece that appears whole or not at all: not committed, it is removed; see give_name().
class StreamedFile {
 public:
  // Throws Error if it cannot be written.
  explicit StreamedFile(fs::path path);
  ~StreamedFile();
  StreamedFile(const StreamedFile&) = delete;
  StreamedFile& operator=(const StreamedFile&) = delete;
  void write(std::string_view bytes);
  void commit();

 private:
  [[noreturn]] void fail_to_write() const;

  fs::path final_, pending_;
  std::FILE* stream_ = nullptr;
};

// A folder that appears whole or not at all: write into path(), then commit() renames it to its final name. Not committed (an
// exception, say): everything written is removed. Where only the last step fails, all of it stays; see give_name(). What killed
// processes left of it goes (remove_abandoned).
class PendingFolder {
 public:
  // What lies under the final name: an Error, or it stays until commit() and goes then.
  enum class Existing { kRefused, kReplaced };
  // Throws Error if `final_path` exists and is not to be replaced, or a folder cannot be made.
  explicit PendingFolder(fs::path final_path, Existing existing = Existing::kRefused);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;
  const fs::path& path() const { return pending_; }
  void commit();

 private:
  void take_its_place() const;

  fs::path final_, pending_;
  Existing existing_;
  std::optional<Lock> lock_;  // on pending_
  bool committed_ = false;
};

// A folder of its own below the system's for temporary files (TMPDIR, else /tmp), removed with all it holds.
class TemporaryFolder {
 public:
  // Throws Error if it cannot be made. Its name begins with `prefix`.
  explicit TemporaryFolder(const std::string& prefix);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace facemat
