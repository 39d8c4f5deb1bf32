// See failing_writes.h. Of the C library alone: it is loaded into programs of any making.

#include "tests/support/failing_writes.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

static_assert(sizeof(long) == 8, "the system's calls are those of 64 bits");

namespace {

using facemat::FaultReport;

struct Plan {
  char below[PATH_MAX];
  size_t length;    // of it; 0: nothing is to be done
  uint64_t number;  // of the call that fails; 0: none
  int reason;       // errno; 0: killed
  bool onward;
};
Plan plan;
FaultReport own_report;
FaultReport* report = &own_report;

[[noreturn]] void give_up(const char* why) {
  dprintf(STDERR_FILENO, "failing_writes: %s\n", why);
  _exit(125);
}

uint64_t number_in(const char* variable) {
  const char* text = getenv(variable);
  return text == nullptr ? 0 : strtoull(text, nullptr, 10);
}

FaultReport* shared_report(const char* file) {
  const long fd = syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || syscall(SYS_ftruncate, fd, sizeof(FaultReport)) != 0) give_up("FACEMAT_FAULT_REPORT cannot be written");
  const long place = syscall(SYS_mmap, nullptr, sizeof(FaultReport), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (place == -1) give_up("FACEMAT_FAULT_REPORT cannot be mapped");
  return reinterpret_cast<FaultReport*>(place);
}

// Before main, and before there are threads. What other libraries write still earlier is not counted.
__attribute__((constructor)) void read_plan() {
  const char* below = getenv("FACEMAT_FAULT_BELOW");
  if (below == nullptr) return;
  const size_t length = strlen(below);
  if (below[0] != '/' || length < 2 || length >= sizeof(plan.below)) give_up("FACEMAT_FAULT_BELOW is no absolute path");
  const char* file = getenv("FACEMAT_FAULT_REPORT");
  if (file != nullptr) report = shared_report(file);
  memcpy(plan.below, below, length);
  plan.number = number_in("FACEMAT_FAULT_AT");
  plan.reason = static_cast<int>(number_in("FACEMAT_FAULT_AS"));
  plan.onward = number_in("FACEMAT_FAULT_ONWARD") != 0;
  plan.length = length;
}

// --- where a call would change something

using Path = char[PATH_MAX];

bool is_below(const Path& path) {
  return strncmp(path, plan.below, plan.length) == 0 && (path[plan.length] == '/' || path[plan.length] == '\0');
}

// What `link` of /proc points to; "" if it is no path.
size_t read_link(const char* link, Path& path) {
  const ssize_t length = readlink(link, path, sizeof(path) - 2);
  const size_t end = length > 0 ? static_cast<size_t>(length) : 0;
  path[end] = '\0';
  return end;
}

bool is_below(int fd, Path& path) {
  if (plan.length == 0 || fd < 0 || fd == STDERR_FILENO) return false;
  const int before = errno;
  char link[40];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  read_link(link, path);
  errno = before;
  return is_below(path);
}

// `given` as openat() and its like take it; ".." in it is not followed.
bool is_below(int folder, const char* given, Path& path) {
  if (plan.length == 0) return false;
  const int before = errno;
  size_t length = 0;
  if (given[0] != '/') {
    char link[40] = "/proc/self/cwd";
    if (folder != AT_FDCWD) snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
    length = read_link(link, path);
    path[length++] = '/';
  }
  const size_t room = sizeof(path) - length - 1, size = strnlen(given, room);
  memcpy(path + length, given, size);
  path[length + size] = '\0';
  errno = before;
  return is_below(path);
}

// --- what becomes of it

enum class Fate { kGoesOn, kFails, kTears };  // tears: half of it is done first, where it has halves

[[noreturn]] void die() {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

// Counts a call below the folder; errno says why where it does not go on.
Fate fate_of(char kind, const char* call, const char* path) {
  const uint64_t number = __atomic_add_fetch(&report->seen, 1, __ATOMIC_SEQ_CST);
  if (number <= FaultReport::kMostKinds) report->kinds[number - 1] = kind;
  const bool first = number == plan.number, later = plan.onward && plan.number > 0 && number > plan.number;
  if (!first && !later) return Fate::kGoesOn;
  if (first) {
    snprintf(report->what, sizeof(report->what), "%s %.900s", call, path);
    __atomic_store_n(&report->failed, number, __ATOMIC_SEQ_CST);
  }
  errno = plan.reason;
  return first && (plan.reason == 0 || plan.onward) ? Fate::kTears : Fate::kFails;
}

// Of a call that has no halves.
bool fails(char kind, const char* call, const char* path) {
  const Fate fate = fate_of(kind, call, path);
  if (fate != Fate::kGoesOn && plan.reason == 0) die();
  return fate != Fate::kGoesOn;
}
bool fails_at(int fd, char kind, const char* call) {
  Path path;
  return is_below(fd, path) && fails(kind, call, path);
}
bool fails_at(int folder, const char* given, char kind, const char* call) {
  Path path;
  return is_below(folder, given, path) && fails(kind, call, path);
}

// Writes `count` bytes, from `offset` on unless that is below 0.
ssize_t write_bytes(int fd, const void* bytes, size_t count, off_t offset) {
  return offset < 0 ? syscall(SYS_write, fd, bytes, count) : syscall(SYS_pwrite64, fd, bytes, count, offset);
}

ssize_t write_or_fail(int fd, const void* bytes, size_t count, off_t offset, const char* call) {
  Path path;
  const Fate fate = is_below(fd, path) ? fate_of('w', call, path) : Fate::kGoesOn;
  if (fate == Fate::kGoesOn) return write_bytes(fd, bytes, count, offset);
  if (fate == Fate::kTears) {
    const ssize_t half = count > 1 ? write_bytes(fd, bytes, count / 2, offset) : 0;
    if (plan.reason == 0) die();
    if (half > 0) return half;  // the next one finds the disk full
  }
  errno = plan.reason;
  return -1;
}

int open_or_fail(int folder, const char* path, int flags, mode_t mode, const char* call) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  if (writes && fails_at(folder, path, 'o', call)) return -1;
  return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}

bool has_mode(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

// The C library's own function of that name, looked up once.
template <typename Function>
Function* next(const char* name, Function** kept) {
  Function* found = __atomic_load_n(kept, __ATOMIC_ACQUIRE);
  if (found == nullptr) {
    found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    if (found == nullptr) give_up(name);
    __atomic_store_n(kept, found, __ATOMIC_RELEASE);
  }
  return found;
}

using Fopen = FILE*(const char*, const char*);
Fopen *next_fopen, *next_fopen64;
size_t (*next_fwrite)(const void*, size_t, size_t, FILE*);
int (*next_fflush)(FILE*);
int (*next_fclose)(FILE*);

bool fopen_fails(const char* path, const char* mode) {
  return (mode[0] != 'r' || strchr(mode, '+') != nullptr) && fails_at(AT_FDCWD, path, 'o', "fopen");
}

void* map_or_fail(void* place, size_t length, int protection, int flags, int fd, off_t offset) {
  const bool writes = (protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0;
  if (writes && fails_at(fd, 'a', "mmap")) return MAP_FAILED;
  return reinterpret_cast<void*>(syscall(SYS_mmap, place, length, protection, flags, fd, offset));
}

int truncate_or_fail(int fd, off_t length) {
  return fails_at(fd, 't', "ftruncate") ? -1 : static_cast<int>(syscall(SYS_ftruncate, fd, length));
}

int allocate_or_fail(int fd, int mode, off_t offset, off_t length) {
  return fails_at(fd, 't', "fallocate") ? -1 : static_cast<int>(syscall(SYS_fallocate, fd, mode, offset, length));
}

int rename_or_fail(int from, const char* before, int to, const char* after, unsigned flags) {
  if (fails_at(to, after, 'r', "rename")) return -1;
  return static_cast<int>(syscall(SYS_renameat2, from, before, to, after, flags));
}

int make_folder_or_fail(int folder, const char* path, mode_t mode) {
  return fails_at(folder, path, 'm', "mkdir") ? -1 : static_cast<int>(syscall(SYS_mkdirat, folder, path, mode));
}

int sync_or_fail(int fd, long number, const char* call) {
  return fails_at(fd, 's', call) ? -1 : static_cast<int>(syscall(number, fd));
}

}  // namespace

// --- in place of the C library's

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = has_mode(flags) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_or_fail(AT_FDCWD, path, flags, mode, "open");
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = has_mode(flags) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_or_fail(AT_FDCWD, path, flags, mode, "open");
}
int openat(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = has_mode(flags) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_or_fail(folder, path, flags, mode, "openat");
}
int openat64(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = has_mode(flags) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_or_fail(folder, path, flags, mode, "openat");
}
int creat(const char* path, mode_t mode) { return open_or_fail(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode, "creat"); }
int creat64(const char* path, mode_t mode) { return open_or_fail(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode, "creat"); }

ssize_t write(int fd, const void* bytes, size_t count) { return write_or_fail(fd, bytes, count, -1, "write"); }
ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  return write_or_fail(fd, bytes, count, offset, "pwrite");
}
ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
  return write_or_fail(fd, bytes, count, offset, "pwrite");
}
ssize_t writev(int fd, const struct iovec* parts, int count) {
  return fails_at(fd, 'w', "writev") ? -1 : syscall(SYS_writev, fd, parts, count);
}

FILE* fopen(const char* path, const char* mode) {
  return fopen_fails(path, mode) ? nullptr : next("fopen", &next_fopen)(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  return fopen_fails(path, mode) ? nullptr : next("fopen64", &next_fopen64)(path, mode);
}
size_t fwrite(const void* bytes, size_t size, size_t count, FILE* file) {
  return fails_at(fileno(file), 'w', "fwrite") ? 0 : next("fwrite", &next_fwrite)(bytes, size, count, file);
}
int fflush(FILE* file) {
  if (file != nullptr && fails_at(fileno(file), 'f', "fflush")) return EOF;
  return next("fflush", &next_fflush)(file);
}
int fclose(FILE* file) {
  const bool failing = fails_at(fileno(file), 'f', "fclose");
  const int closed = next("fclose", &next_fclose)(file);  // it is closed, come what may
  if (!failing) return closed;
  errno = plan.reason;
  return EOF;
}

int fsync(int fd) { return sync_or_fail(fd, SYS_fsync, "fsync"); }
int fdatasync(int fd) { return sync_or_fail(fd, SYS_fdatasync, "fdatasync"); }
int syncfs(int fd) noexcept { return sync_or_fail(fd, SYS_syncfs, "syncfs"); }

int rename(const char* before, const char* after) noexcept { return rename_or_fail(AT_FDCWD, before, AT_FDCWD, after, 0); }
int renameat(int from, const char* before, int to, const char* after) noexcept {
  return rename_or_fail(from, before, to, after, 0);
}
int renameat2(int from, const char* before, int to, const char* after, unsigned flags) noexcept {
  return rename_or_fail(from, before, to, after, flags);
}

int mkdir(const char* path, mode_t mode) noexcept { return make_folder_or_fail(AT_FDCWD, path, mode); }
int mkdirat(int folder, const char* path, mode_t mode) noexcept { return make_folder_or_fail(folder, path, mode); }

int ftruncate(int fd, off_t length) noexcept { return truncate_or_fail(fd, length); }
int ftruncate64(int fd, off64_t length) noexcept { return truncate_or_fail(fd, length); }
int fallocate(int fd, int mode, off_t offset, off_t length) { return allocate_or_fail(fd, mode, offset, length); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return allocate_or_fail(fd, mode, offset, length); }

void* mmap(void* place, size_t length, int protection, int flags, int fd, off_t offset) noexcept {
  return map_or_fail(place, length, protection, flags, fd, offset);
}
void* mmap64(void* place, size_t length, int protection, int flags, int fd, off64_t offset) noexcept {
  return map_or_fail(place, length, protection, flags, fd, offset);
}

}  // extern "C"
