#pragma once
// What a program measures of itself: time and memory.

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace facemat {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  // Seconds since the start or the lap before, and starts again.
  double lap() {
    const auto now = Clock::now();
    const double taken = std::chrono::duration<double>(now - start_).count();
    start_ = now;
    return taken;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

// Seconds of all threads of this process on processors.
double processor_seconds();

// Bytes of this process in memory, now and at most so far; 0 where the system does not tell (/proc/self/status).
uint64_t resident_memory();
uint64_t peak_memory();

// The middle one of `values` (of two, the larger); there must be one.
double median(std::vector<double> values);

// Median of the milliseconds that `work()` takes, `rounds` (at least one) times.
template <typename Work>
double median_milliseconds(int rounds, Work work) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const Stopwatch watch;
    work();
    times.push_back(1000 * watch.seconds());
  }
  return median(std::move(times));
}

inline double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace facemat
