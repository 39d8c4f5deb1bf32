#pragma once
// Reading whole files with a bound, and writing them so that a reader sees the old file or the new one, never half of it.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

// The bytes of `path`. Throws Error if it is missing, not a regular file, or larger than `most_bytes`.
std::string read_file(const fs::path& path, uint64_t most_bytes = uint64_t{1} << 30);

// Whether a path that a file states leads out of the folder it is meant to be below: absolute, or with "..".
bool leads_out(const fs::path& path);

// The first `bytes` bytes of `path`, all of it if it is shorter. Throws Error if it is missing or not a regular file.
std::string read_file_start(const fs::path& path, uint64_t bytes);

// Writes beside `path`, syncs, renames over it. Throws Error (naming `path` and the system's reason, e.g. a full disk) and
// leaves nothing behind when it fails. Missing parent folders are made.
void write_file(const fs::path& path, std::string_view bytes);

// Removes what write_file and StreamedFile left half-written in `folder` (not below it) when their process was killed. No other
// process may be writing there.
void remove_half_written(const fs::path& folder);

// Writes `path` itself, at once and without syncing: for the many files of a folder that counts as written only when it is
// complete (and synced by sync_filesystem). A kill may leave half a file. Throws Error as write_file does; missing parent
// folders are made.
void write_plain(const fs::path& path, std::string_view bytes);

// Waits until everything written to the file system that holds `folder` is on its disk.
void sync_filesystem(const fs::path& folder);

// A file written piece by piece that appears whole or not at all: not committed, it is removed.
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
  fs::path final_, pending_;
  std::FILE* stream_ = nullptr;
};

// A folder that appears whole or not at all: write into path(), then commit() renames it to its final name. Not committed (an
// exception, say): everything written is removed.
class PendingFolder {
 public:
  // Throws Error if `final_path` exists.
  explicit PendingFolder(fs::path final_path);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;
  const fs::path& path() const { return pending_; }
  void commit();

 private:
  fs::path final_, pending_;
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

// File names in `folder` with one of `extensions` (lower case, with dot; any case in the folder matches), sorted by name.
// Throws Error if the folder is missing.
std::vector<fs::path> list_files(const fs::path& folder, const std::vector<std::string>& extensions);

}  // namespace facemat
