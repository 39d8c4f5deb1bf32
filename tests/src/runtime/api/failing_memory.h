#pragma once
// Allocations of this program that fail: operator new, and malloc and its kin where no sanitizer has taken their place.

#include <cstdint>

namespace facemat_api {

// While it lives, allocations of this thread are counted, those of the libraries it uses included. One at a time.
class FailingMemory {
 public:
  // The allocation `number` (from 1) fails, and where `onward` all after it too; 0: none, they are counted alone.
  explicit FailingMemory(int64_t number, bool onward = false) noexcept;
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  int64_t seen() const noexcept;

  // Whether the allocation that failed last was made in a library or a function whose name has `part`, or in what that called.
  static bool was_inside(const char* part) noexcept;
};

}  // namespace facemat_api
