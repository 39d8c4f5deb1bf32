#include "data/store/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

constexpr int64_t kMostLine = int64_t{64} << 20;  // bytes; a recipe has a few thousand

std::vector<std::string> complete_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  return lines;
}

}  // namespace

void begin_job(const fs::path& file, const std::string& text) {
  try {
    write_file(file, text);
  } catch (const Error&) {
    std::error_code ignored;
    fs::remove(file.parent_path(), ignored);  // as far as it is empty
    throw;
  }
}

Journal::Journal(fs::path file) : file_(std::move(file)), lock_(file_, "is building this part") {
  fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  require(fd_ >= 0, "{}: cannot write: {}", file_.string(), system_reason());
  try {
    const std::string text = read_file(file_, uint64_t{8} << 30);
    const size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
    found_ = complete_lines(text);
    const bool ready = ::ftruncate(fd_, static_cast<off_t>(whole)) == 0 && ::lseek(fd_, 0, SEEK_END) >= 0;
    require(ready, "{}: cannot write: {}", file_.string(), system_reason());
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Journal::~Journal() { ::close(fd_); }

void Journal::append(const std::string& line) {
  require(!torn_, "{}: cannot write: a line before could not be written", file_.string());
  const std::string bytes = line + "\n";
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    torn_ = count < 0;
    require(!torn_, "{}: cannot write: {}", file_.string(), system_reason());
    done += static_cast<size_t>(count);
  }
}

LineReader::LineReader(const fs::path& file) : file_(file) {
  std::error_code ignored;
  require(fs::is_regular_file(file_, ignored), "{}: no such file", file_.string());  // a pipe might never end
  stream_ = std::fopen(file_.c_str(), "rb");
  require(stream_ != nullptr, "{}: cannot open: {}", file_.string(), system_reason());
}

LineReader::~LineReader() { std::fclose(stream_); }

bool LineReader::next(Line& line) {
  line.text.clear();
  line.offset = offset_;
  for (int c; (c = std::fgetc(stream_)) != EOF;) {
    ++offset_;
    if (c == '\n') return true;
    require(static_cast<int64_t>(line.text.size()) < kMostLine, "{}: a line of more than {} bytes", file_.string(), kMostLine);
    line.text += static_cast<char>(c);
  }
  return false;
}

std::string LineReader::at(int64_t offset) {
  const bool found = ::fseeko(stream_, offset, SEEK_SET) == 0;
  require(found, "{}: cannot read: {}", file_.string(), system_reason());
  offset_ = offset;
  Line line;
  require(next(line), "{}: ends too early", file_.string());
  return line.text;
}

}  // namespace facemat
