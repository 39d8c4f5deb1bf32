#include "tests/src/runtime/api/failing_memory.h"

#include <dlfcn.h>
#include <execinfo.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

struct Plan {
  bool counts, onward;
  int64_t number, seen;
};
thread_local Plan plan = {false, false, 0, 0};
constexpr int kMostCallers = 128;
std::array<void*, kMostCallers> callers;  // of the allocation that failed last
int caller_count = 0;

bool fails() noexcept {
  if (!plan.counts) return false;
  ++plan.seen;
  if (plan.number == 0 || plan.seen < plan.number || (plan.seen > plan.number && !plan.onward)) return false;
  plan.counts = false;  // what looking at the callers takes does not count
  caller_count = ::backtrace(callers.data(), kMostCallers);
  plan.counts = true;
  return true;
}

}  // namespace

namespace facemat_api {

FailingMemory::FailingMemory(int64_t number, bool onward) noexcept { plan = {true, onward, number, 0}; }
FailingMemory::~FailingMemory() { plan.counts = false; }
int64_t FailingMemory::seen() const noexcept { return plan.seen; }
bool FailingMemory::was_inside(const char* part) noexcept {
  return std::any_of(callers.begin(), callers.begin() + caller_count, [&](void* caller) {
    Dl_info info = {};
    if (::dladdr(caller, &info) == 0) return false;
    return (info.dli_fname != nullptr && std::strstr(info.dli_fname, part) != nullptr) ||
           (info.dli_sname != nullptr && std::strstr(info.dli_sname, part) != nullptr);
  });
}

}  // namespace facemat_api

#if defined(__GLIBC__) && !defined(FACEMAT_SANITIZED)
// The C library's own functions under its other names: what they give, its free() takes back.
extern "C" {
void* __libc_malloc(size_t size);                      // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(size_t count, size_t size);        // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* memory, size_t size);       // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(size_t alignment, size_t size);  // NOLINT(bugprone-reserved-identifier)

static void* none() {
  errno = ENOMEM;
  return nullptr;
}
void* malloc(size_t size) noexcept { return fails() ? none() : __libc_malloc(size); }
void* calloc(size_t count, size_t size) noexcept { return fails() ? none() : __libc_calloc(count, size); }
void* realloc(void* memory, size_t size) noexcept { return fails() ? none() : __libc_realloc(memory, size); }
void* memalign(size_t alignment, size_t size) noexcept { return fails() ? none() : __libc_memalign(alignment, size); }
void* aligned_alloc(size_t alignment, size_t size) noexcept { return fails() ? none() : __libc_memalign(alignment, size); }
int posix_memalign(void** memory, size_t alignment, size_t size) noexcept {
  void* const made = fails() ? nullptr : __libc_memalign(alignment, size);
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}
}

static void* plain(size_t size) { return __libc_malloc(size); }
#else
static void* plain(size_t size) { return std::malloc(size); }
#endif

void* operator new(size_t size) {
  void* const memory = fails() ? nullptr : plain(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
