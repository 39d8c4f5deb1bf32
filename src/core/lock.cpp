#include "src/core/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "src/core/error.h"

namespace facemat {

Lock::Lock(const fs::path& file, const std::string& does) {
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  require(fd_ >= 0, "{}: cannot write: {}", file.string(), system_reason());
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(fd_);
  fail("{}: another process {}", file.string(), does);
}

Lock::~Lock() { ::close(fd_); }

}  // namespace facemat
