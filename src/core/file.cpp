#include "src/core/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "src/core/error.h"
#include "src/core/hash.h"

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

// A name that the disk did not take is not worth an error: the file is whole under it, and some file systems sync no folders.
void sync_folder(const fs::path& folder) {
  Descriptor fd(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY);
  if (fd.get() >= 0) ::fsync(fd.get());
}

const std::string kAside = ".facemat-part-";  // and the process's number: people give no such names
constexpr size_t kLongestName = 255;          // bytes, as file systems take

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
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
  require(fd.get() >= 0, "{}: cannot open: {}", path.string(), system_reason());
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(fd.get(), bytes.data() + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    require(count > 0, "{}: cannot read: {}", path.string(), count < 0 ? system_reason() : "the file shrank");
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

namespace {

// "a" for "a/", "a//" and "a/."; "." and "/" stay.
fs::path without_end(fs::path path) {
  while (path.has_relative_path() && (!path.has_filename() || (path.filename() == "." && path.has_parent_path())))
    path = path.parent_path();
  return path;
}

// For destructors. An error code does not tell everything: no memory for the names below is an exception still.
void remove_all_quietly(const fs::path& path) noexcept {
  try {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  } catch (...) {
  }
}

}  // namespace

fs::path output_place(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as the system follows
  fs::path place = without_end(path);
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(place, error); ++i) {
    const fs::path target = fs::read_symlink(place, error);
    if (error) break;
    place = without_end(place.parent_path() / target);  // `target` alone where it is absolute
  }
  require(!fs::is_symlink(place, error), "{}: a link that leads nowhere", path.string());
  const size_t length = place.filename().string().size();
  require(length <= kLongestName, "{}: a name of {} bytes (allowed: up to {})", path.string(), length, kLongestName);
  return place;
}

fs::path beside(const fs::path& path, const std::string& suffix) {
  std::string name = path.filename().string();
  if (name.size() + suffix.size() > kLongestName) {
    const std::string mark = "~" + hash_text(hash_bytes(name));
    size_t end = kLongestName - mark.size() - suffix.size();
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;  // between characters of UTF-8
    name = name.substr(0, end) + mark;
  }
  return path.parent_path() / (name + suffix);
}

fs::path pending_place(const fs::path& place) { return beside(place, kAside + std::to_string(::getpid())); }

void make_folder(const fs::path& folder) {
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) fail("{}: cannot make the folder: {}", folder.string(), error.message());
}

void give_name(const fs::path& pending, const fs::path& place) {
  if (::rename(pending.c_str(), place.c_str()) != 0) {
    const std::string reason = system_reason();
    std::error_code none;
    require(fs::exists(fs::symlink_status(pending, none)), "{}: cannot be given its name: {} was removed by somebody else",
            place.string(), pending.string());
    fail("{}: cannot be given its name: {}; it is complete and lies at {} (rename that, once nothing is in its way)",
         place.string(), reason, pending.string());
  }
  sync_folder(place.parent_path());
}

void write_file(const fs::path& path, std::string_view bytes, Nameless nameless) {
  const fs::path place = output_place(path);
  std::error_code none;
  if (fs::is_other(place, none)) return write_plain(place, bytes);
  make_folder(place.parent_path());
  const fs::path pending = pending_place(place);
  Descriptor fd(pending, O_WRONLY | O_CREAT | O_TRUNC);
  require(fd.get() >= 0, "{}: cannot write: {}", path.string(), system_reason());
  const auto give_up = [&](const char* what) {
    const std::string reason = system_reason();
    ::unlink(pending.c_str());
    fail("{}: cannot {}: {}", path.string(), what, reason);
  };
  if (!write_all(fd.get(), bytes) || ::fsync(fd.get()) != 0 || !fd.close()) give_up("write");
  if (nameless == Nameless::kStays) return give_name(pending, place);
  if (::rename(pending.c_str(), place.c_str()) != 0) give_up("be given its name");
  sync_folder(place.parent_path());
}

bool is_half_written(std::string_view name) {
  const size_t mark = name.rfind(kAside), number = mark + kAside.size();
  return mark != std::string_view::npos && number < name.size() &&
         name.find_first_not_of("0123456789", number) == std::string_view::npos;
}

namespace {

// Whether `path` is one that `place` may have before it is finished.
bool is_half_written_of(const fs::path& path, const fs::path& place) {
  const std::string name = path.filename().string();
  return is_half_written(name) && beside(place, name.substr(name.rfind(kAside))).filename().string() == name;
}

void remove_or_fail(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  require(!error, "{}: cannot be removed: {}", path.string(), error.message());
}

}  // namespace

void remove_half_written(const fs::path& folder) {
  std::vector<fs::path> found = half_written_files(folder);  // first: what is removed while a folder is read may be skipped
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_directory() && !entry.is_symlink() && is_half_written(entry.path().filename().string()))
      found.push_back(entry.path());
  for (const fs::path& path : found) remove_or_fail(path);
}

std::vector<fs::path> half_written_files(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && !entry.is_symlink() && is_half_written(entry.path().filename().string()))
      found.push_back(entry.path());
  return found;
}

void remove_half_written(const std::vector<fs::path>& found, const fs::path& place) {
  for (const fs::path& path : found)
    if (is_half_written_of(path, place)) remove_or_fail(path);
}

void remove_abandoned(const fs::path& place) {
  std::error_code error;
  std::vector<fs::path> found;  // first, as above
  const fs::path folder = place.has_parent_path() ? place.parent_path() : fs::path(".");
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator(); entry.increment(error))
    if (is_half_written_of(entry->path(), place)) found.push_back(entry->path());
  for (const fs::path& path : found) {
    if (fs::is_symlink(path, error)) continue;
    if (const auto lock = Lock::if_free(path)) fs::remove_all(path, error);
  }
}

void write_plain(const fs::path& path, std::string_view bytes) {
  constexpr int kAnew = O_WRONLY | O_CREAT | O_TRUNC;
  std::optional<Descriptor> fd(std::in_place, path, kAnew);
  if (fd->get() < 0 && errno == ENOENT) {  // rarely: the first file of its folder
    make_folder(path.parent_path());
    fd.emplace(path, kAnew);
  }
  const bool written = fd->get() >= 0 && write_all(fd->get(), bytes) && fd->close();  // before errno is read
  require(written, "{}: cannot write: {}", path.string(), system_reason());
}

void sync_filesystem(const fs::path& folder) {
  Descriptor fd(folder, O_RDONLY | O_DIRECTORY);
  const bool synced = fd.get() >= 0 && ::syncfs(fd.get()) == 0;
  require(synced, "{}: what was written did not reach the disk: {}", folder.string(), system_reason());
}

void sync_file(const fs::path& file) {
  Descriptor fd(file, O_RDONLY);
  const bool synced = fd.get() >= 0 && ::fsync(fd.get()) == 0;
  require(synced, "{}: what was written did not reach the disk: {}", file.string(), system_reason());
}

StreamedFile::StreamedFile(fs::path path) : final_(output_place(path)), pending_(pending_place(final_)) {
  stream_ = std::fopen(pending_.c_str(), "wbe");
  if (stream_ == nullptr) fail_to_write();
}

void StreamedFile::fail_to_write() const { fail("{}: cannot write: {}", final_.string(), system_reason()); }

StreamedFile::~StreamedFile() {
  if (stream_ == nullptr) return;
  std::fclose(stream_);
  ::unlink(pending_.c_str());
}

void StreamedFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stream_) != bytes.size()) fail_to_write();
}

void StreamedFile::commit() {
  if (std::fflush(stream_) != 0 || ::fsync(::fileno(stream_)) != 0) fail_to_write();
  if (std::fclose(std::exchange(stream_, nullptr)) != 0) {  // network file systems report a failed write here
    const int reason = errno;
    ::unlink(pending_.c_str());
    errno = reason;
    fail_to_write();
  }
  give_name(pending_, final_);
}

PendingFolder::PendingFolder(fs::path final_path, Existing existing)
    : final_(output_place(final_path)), pending_(pending_place(final_)), existing_(existing) {
  require(existing == Existing::kReplaced || !fs::exists(final_), "{}: exists already (remove it or choose another name)",
          final_.string());
  make_folder(final_.parent_path());
  remove_abandoned(final_);
  if (fs::is_directory(pending_)) lock_.emplace(pending_, "writes it");  // another system's process of this number?
  std::error_code ignored;
  fs::remove_all(pending_, ignored);
  make_folder(pending_);
  try {
    lock_.emplace(pending_, "writes it");
  } catch (...) {
    remove_all_quietly(pending_);
    throw;
  }
}

PendingFolder::~PendingFolder() {
  if (!committed_) remove_all_quietly(pending_);
}

void PendingFolder::commit() {
  sync_folder(pending_);
  committed_ = true;  // whatever comes of the last step
  if (existing_ == Existing::kReplaced && fs::exists(final_))
    take_its_place();
  else
    give_name(pending_, final_);
  lock_.reset();
}

// The two change places, so that one of them has the name at any moment.
void PendingFolder::take_its_place() const {
  std::error_code error;
  if (::renameat2(AT_FDCWD, pending_.c_str(), AT_FDCWD, final_.c_str(), RENAME_EXCHANGE) == 0) {
    sync_folder(final_.parent_path());
    fs::remove_all(pending_, error);  // the old one; where it stays it is known for what it is
    return;
  }
  if (errno == EINVAL || errno == ENOSYS || errno == EXDEV) {  // not on this file system
    fs::remove_all(final_, error);
    if (!error) return give_name(pending_, final_);
  } else {
    error.assign(errno, std::generic_category());
  }
  fail("{}: cannot be replaced: {}; what takes its place is complete and lies at {}", final_.string(), error.message(),
       pending_.string());
}

TemporaryFolder::TemporaryFolder(const std::string& prefix) {
  std::string name = (fs::temp_directory_path() / (prefix + "-XXXXXX")).string();
  const bool made = ::mkdtemp(name.data()) != nullptr;  // before errno is read
  require(made, "{}: cannot be made: {}", name, system_reason());
  try {
    path_ = name;
  } catch (...) {  // there is no memory
    ::rmdir(name.c_str());
    throw;
  }
}

TemporaryFolder::~TemporaryFolder() { remove_all_quietly(path_); }

}  // namespace facemat
