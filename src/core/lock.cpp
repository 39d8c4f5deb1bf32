#include "src/core/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "src/core/error.h"

namespace facemat {
namespace {

int open_folder(const fs::path& folder) { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

}  // namespace

Lock::Lock(const fs::path& place, const std::string& does) {
  std::error_code none;
  const bool folder = fs::is_directory(place, none);
  fd_ = ::open(place.c_str(), (folder ? O_RDONLY | O_DIRECTORY : O_RDWR | O_CREAT) | O_CLOEXEC, 0644);
  require(fd_ >= 0, "{}: cannot {}: {}", place.string(), folder ? "open the folder" : "write", system_reason());
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(fd_);
  fail("{}: another process {}", place.string(), does);
}

Lock::~Lock() { ::close(fd_); }

std::unique_ptr<Lock> Lock::waited_for(const fs::path& folder) {
  const int fd = open_folder(folder);
  if (fd < 0) return nullptr;
  std::unique_ptr<Lock> lock(new Lock(fd));
  while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) {
  }
  return lock;
}

std::unique_ptr<Lock> Lock::if_free(const fs::path& folder) {
  const int fd = open_folder(folder);
  if (fd < 0) return nullptr;
  std::unique_ptr<Lock> lock(new Lock(fd));
  return ::flock(fd, LOCK_EX | LOCK_NB) == 0 ? std::move(lock) : nullptr;
}

}  // namespace facemat
