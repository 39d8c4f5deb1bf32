#pragma once
// Batches made ahead of the training loop by threads of their own.
//
//   BatchLoader loader([&](int64_t step) { return collate(...); }, first, last, {});
//   for (int64_t step = first; step < last; ++step) learn(loader.next());

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "train/feed/batch.h"

namespace facemat {

struct LoaderOptions {
  int threads = 1;   // that make batches; 0: next() makes them itself
  int queue = 2;     // batches held at most, finished or in the making, beside those given out; 1 or more
  bool pin = false;  // give out batches in page-locked memory (Batch::pinned)
};

// Gives out the batches of steps first..last-1 in that order, whatever the number of threads.
class BatchLoader {
 public:
  // Makes the batch of a step: a function of the step alone. With threads, called from several at once.
  using Make = std::function<Batch(int64_t step)>;

  // Starts making. Threads also turn OpenCV's own threads off for the whole program (cv::setNumThreads(1)): batches are the
  // unit of parallel work, and the other cores are for the network. Throws Error on options or steps out of range.
  BatchLoader(Make make, int64_t first, int64_t last, const LoaderOptions& options);
  // Waits for the batches that are being made right now, one a thread, and for no others.
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  // The batch of the next step. What making it threw is thrown here, after the batches before it, and again by further calls.
  // Throws Error after the last. For one thread.
  Batch next();

  // Seconds that next() has taken in all: what the training loop lost to loading.
  double waited() const { return waited_; }

 private:
  struct Slot {
    bool filled = false;
    Batch batch;
    std::exception_ptr error;
  };

  Batch made(int64_t step) const;
  Batch taken();
  void work();
  void stop();

  const Make make_;
  const int64_t last_;
  const bool pin_;
  double waited_ = 0;

  std::mutex mutex_;  // of the following
  std::condition_variable room_, filled_;
  int64_t next_made_, next_taken_;
  std::vector<Slot> slots_;  // step s is in slot s % size
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace facemat
