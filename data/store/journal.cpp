#include "data/store/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

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
  const std::string bytes = line + "\n";
  const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
  require(count == static_cast<ssize_t>(bytes.size()), "{}: cannot write: {}", file_.string(),
          count < 0 ? system_reason() : "no space left");
}

LineReader::LineReader(const fs::path& file) : file_(file), stream_(std::fopen(file.c_str(), "rb")) {
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
