#include "src/core/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "src/core/error.h"

namespace facemat {
namespace {

class Descriptor {  // closes on every path
 public:
  Descriptor(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }  // network file systems report a failed write here

 private:
  int fd_;
};

void sync_folder(const fs::path& folder) {
  Descriptor fd(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY);
  if (fd.get() >= 0) ::fsync(fd.get());
}

const std::string kAside = ".part-";  // and the process's number
fs::path aside(const fs::path& path) { return path.string() + kAside + std::to_string(::getpid()); }

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) fail("{}: cannot make the folder: {}", folder.string(), error.message());
}

uint64_t regular_file_size(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  require(fs::exists(status), "{}: no such file", path.string());
  require(fs::is_regular_file(status), "{}: not a regular file", path.string());
  const uint64_t size = fs::file_size(path, error);
  require(!error, "{}: {}", path.string(), error.message());
  return size;
}

std::string read_bytes(const fs::path& path, uint64_t size) {
  Descriptor fd(path, O_RDONLY);
  require(fd.get() >= 0, "{}: cannot open: {}", path.string(), std::strerror(errno));
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(fd.get(), bytes.data() + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    require(count > 0, "{}: cannot read: {}", path.string(), count < 0 ? std::strerror(errno) : "the file shrank");
    done += static_cast<size_t>(count);
  }
  return bytes;
}

}  // namespace

bool leads_out(const fs::path& path) { return path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end(); }

std::string read_file(const fs::path& path, uint64_t most_bytes) {
  const uint64_t size = regular_file_size(path);
  require(size <= most_bytes, "{}: {} bytes are more than the {} allowed here", path.string(), size, most_bytes);
  return read_bytes(path, size);
}

std::string read_file_start(const fs::path& path, uint64_t bytes) {
  return read_bytes(path, std::min(regular_file_size(path), bytes));
}

void write_file(const fs::path& path, std::string_view bytes) {
  make_folder(path.parent_path());
  const fs::path pending = aside(path);
  Descriptor fd(pending, O_WRONLY | O_CREAT | O_TRUNC);
  require(fd.get() >= 0, "{}: cannot write: {}", path.string(), std::strerror(errno));
  if (!write_all(fd.get(), bytes) || ::fsync(fd.get()) != 0 || !fd.close() || ::rename(pending.c_str(), path.c_str()) != 0) {
    const std::string reason = std::strerror(errno);
    ::unlink(pending.c_str());
    fail("{}: cannot write: {}", path.string(), reason);
  }
  sync_folder(path.parent_path());
}

void remove_half_written(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const size_t mark = name.rfind(kAside), number = mark + kAside.size();
    const bool numbered =
        mark != std::string::npos && number < name.size() && name.find_first_not_of("0123456789", number) == std::string::npos;
    if (numbered && entry.is_regular_file()) fs::remove(entry.path());
  }
}

void write_plain(const fs::path& path, std::string_view bytes) {
  Descriptor fd(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (fd.get() < 0 && errno == ENOENT) {  // rarely: the first file of its folder
    make_folder(path.parent_path());
    return write_plain(path, bytes);
  }
  const bool written = fd.get() >= 0 && write_all(fd.get(), bytes) && fd.close();  // before errno is read
  require(written, "{}: cannot write: {}", path.string(), std::strerror(errno));
}

void sync_filesystem(const fs::path& folder) {
  Descriptor fd(folder, O_RDONLY | O_DIRECTORY);
  if (fd.get() >= 0) ::syncfs(fd.get());
}

StreamedFile::StreamedFile(fs::path path) : final_(std::move(path)), pending_(aside(final_)) {
  stream_ = std::fopen(pending_.c_str(), "wb");
  require(stream_ != nullptr, "{}: cannot write: {}", final_.string(), std::strerror(errno));
}

StreamedFile::~StreamedFile() {
  if (stream_ == nullptr) return;
  std::fclose(stream_);
  ::unlink(pending_.c_str());
}

void StreamedFile::write(std::string_view bytes) {
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), stream_) == bytes.size();
  require(written, "{}: cannot write: {}", final_.string(), std::strerror(errno));
}

void StreamedFile::commit() {
  const bool written =
      std::fflush(stream_) == 0 && ::fsync(::fileno(stream_)) == 0 && ::rename(pending_.c_str(), final_.c_str()) == 0;
  require(written, "{}: cannot write: {}", final_.string(), std::strerror(errno));
  std::fclose(stream_);
  stream_ = nullptr;
  sync_folder(final_.parent_path());
}

PendingFolder::PendingFolder(fs::path final_path) : final_(std::move(final_path)), pending_(aside(final_)) {
  require(!fs::exists(final_), "{}: exists already (remove it or choose another name)", final_.string());
  make_folder(final_.parent_path());
  std::error_code ignored;
  fs::remove_all(pending_, ignored);
  make_folder(pending_);
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(pending_, ignored);
}

void PendingFolder::commit() {
  sync_folder(pending_);
  const bool renamed = ::rename(pending_.c_str(), final_.c_str()) == 0;
  require(renamed, "{}: cannot write: {}", final_.string(), std::strerror(errno));
  committed_ = true;
  sync_folder(final_.parent_path());
}

TemporaryFolder::TemporaryFolder(const std::string& prefix) {
  std::string name = (fs::temp_directory_path() / (prefix + "-XXXXXX")).string();
  require(::mkdtemp(name.data()) != nullptr, "{}: cannot be made: {}", name, std::strerror(errno));
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<fs::path> list_files(const fs::path& folder, const std::vector<std::string>& extensions) {
  require(fs::is_directory(folder), "{}: no such folder", folder.string());
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::string extension = entry.path().extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool wanted = std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
    if (wanted && entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace facemat
