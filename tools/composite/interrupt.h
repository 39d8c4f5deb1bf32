#pragma once
// Ctrl-C that lets a program put its work in order.

#include <csignal>

namespace facemat {

// While one lives, the first SIGINT or SIGTERM is only noted; a second of the same kind ends the program at once, as it would
// have without. A closed pipe is an error of the write, not a signal. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  static bool interrupted();

 private:
  struct sigaction before_[3] = {};
};

}  // namespace facemat
