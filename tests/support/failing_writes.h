#pragma once
// What failing_writes.cpp, a library that is loaded before all others (LD_PRELOAD), is told and tells.
//
// It counts the calls by which a program changes what lies below one folder, and lets one of them fail. Calls that touch
// anything else (/dev, /proc, standard error, what is only read) are none of its business. Counted are
//
//   o  open, openat, creat, fopen to write     w  write, pwrite, writev, fwrite     f  fflush, fclose
//   s  fsync, fdatasync, syncfs                r  rename, renameat, renameat2       m  mkdir, mkdirat
//   t  ftruncate, fallocate                    a  mmap of a file to write
//
// each with its 64-bit variant. The C library's own streams do not go through write(), but straight to the system, so fopen,
// fwrite, fflush and fclose are counted themselves; what std::ofstream writes goes through write(). Links are not counted:
// nothing here makes any.
//
// Environment variables, which children inherit:
//
//   FACEMAT_FAULT_BELOW    the folder, an absolute path without links in it; without it nothing is done
//   FACEMAT_FAULT_REPORT   a file outside of it that holds a FaultReport while the program runs and after. All processes that
//                          have the same file count together, in the order of their calls; without it each counts by itself
//   FACEMAT_FAULT_AT       the call, from 1, that fails; not given or 0: none does
//   FACEMAT_FAULT_AS       the errno it fails with; 0: the process is killed (SIGKILL) instead, a write half-way
//   FACEMAT_FAULT_ONWARD   1: every call from that one on fails, as on a disk that fills up; if that one is a write, half of it
//                          is done
//   FACEMAT_HOST_LOCALE    not empty: the program begins with the locale of its environment (LC_ALL, LOCPATH), as hosts of the
//                          library do; where there is none of that name it ends
//
// Threads: counting is atomic, and nothing is allocated.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace facemat {

struct FaultReport {
  static constexpr size_t kMostKinds = 1 << 16;

  uint64_t seen;           // calls that could have failed
  uint64_t failed;         // the number of the first that did; 0: none has
  char what[1008];         // that one: "rename /tmp/x/a.facemat-part-12"
  char kinds[kMostKinds];  // the letter of each call, as above, as far as there is room
};

// --- which of many places where something can fail are tried: a few, or all where FACEMAT_EVERY_FAULT=1 asks for it

inline bool every_fault() {
  const char* asked = std::getenv("FACEMAT_EVERY_FAULT");
  return asked != nullptr && std::string(asked) != "" && std::string(asked) != "0";
}

// Up to `most` of the numbers 1 .. count, evenly spread, the first and the last among them; all of them if every_fault().
inline std::vector<int64_t> chosen(int64_t count, int64_t most) {
  if (every_fault() || most > count) most = count;
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < most; ++i) numbers.push_back(most == 1 ? (count + 1) / 2 : 1 + i * (count - 1) / (most - 1));
  return numbers;
}

}  // namespace facemat
