// Allocations of this program, the libraries it uses included, fail while their thread says so.

#include "tests/src/runtime/api/failing_memory.h"

#include <cstdlib>
#include <new>

thread_local bool no_memory = false;

void* operator new(size_t size) {
  void* const memory = no_memory ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
