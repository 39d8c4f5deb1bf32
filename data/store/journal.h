#pragma once
// What a build has finished: one line a sample, appended once its files are written, so that a killed build can go on. Whoever
// has the journal does the work: it is kept open until the work has its name.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "src/core/lock.h"

namespace facemat {

namespace fs = std::filesystem;

// Writes the first file of a job's folder, which says what the job is. Throws Error where it cannot be written: no empty folder
// stays then for the next call to stumble over.
void begin_job(const fs::path& file, const std::string& text);

class Journal {
 public:
  // Opens or makes `file` and locks it against other processes. A line that a kill tore is cut off. Throws Error if another
  // process has it, or if it cannot be written.
  explicit Journal(fs::path file);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // The lines there were when it was opened.
  const std::vector<std::string>& found() const { return found_; }

  // Appends one line (without newline). Not for several threads at once. Throws Error if it cannot be written; the journal then
  // takes no further line, since one behind a torn one would be lost with it.
  void append(const std::string& line);

 private:
  fs::path file_;
  Lock lock_;
  int fd_ = -1;
  bool torn_ = false;
  std::vector<std::string> found_;
};

// Complete lines of a regular file, one after the other, without holding them all. Throws Error if it is missing, and for a
// line of more than 64 MiB.
class LineReader {
 public:
  struct Line {
    std::string text;
    int64_t offset = 0;  // of its first byte
  };
  explicit LineReader(const fs::path& file);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  // The next line that ends with a newline; false after the last.
  bool next(Line& line);
  // The line that starts at `offset`.
  std::string at(int64_t offset);

 private:
  fs::path file_;
  std::FILE* stream_ = nullptr;
  int64_t offset_ = 0;
};

}  // namespace facemat
