#include "train/feed/loader.h"

#include <opencv2/core/utility.hpp>
#include <system_error>
#include <utility>

#include "src/core/error.h"
#include "src/core/measure.h"

namespace facemat {

BatchLoader::BatchLoader(Make make, int64_t first, int64_t last, const LoaderOptions& options)
    : make_(std::move(make)), last_(last), pin_(options.pin), next_made_(first), next_taken_(first) {
  require(first >= 0 && first <= last, "batches of the steps {} to {}", first, last);
  require(options.threads >= 0, "{} loader threads (allowed: 0 and more)", options.threads);
  require(options.queue >= 1, "a queue of {} batches (allowed: 1 and more)", options.queue);
  if (options.threads == 0) return;
  cv::setNumThreads(1);
  slots_.resize(static_cast<size_t>(options.queue));
  try {
    for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    stop();
    fail("cannot start {} loader threads: {}", options.threads, error.what());
  }
}

BatchLoader::~BatchLoader() { stop(); }

Batch BatchLoader::next() {
  const Stopwatch watch;
  Batch batch = taken();
  waited_ += watch.seconds();
  return batch;
}

Batch BatchLoader::made(int64_t step) const { return pin_ ? make_(step).pinned() : make_(step); }

Batch BatchLoader::taken() {
  std::unique_lock<std::mutex> lock(mutex_);
  require(next_taken_ < last_, "no batches after step {}", last_);
  if (threads_.empty()) {
    Batch batch = made(next_taken_);
    ++next_taken_;
    return batch;
  }
  Slot& slot = slots_[next_taken_ % slots_.size()];
  filled_.wait(lock, [&] { return slot.filled; });
  if (slot.error) std::rethrow_exception(slot.error);
  Batch batch = std::move(slot.batch);
  slot = {};
  ++next_taken_;
  room_.notify_one();
  return batch;
}

void BatchLoader::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto capacity = static_cast<int64_t>(slots_.size());
  for (;;) {
    room_.wait(lock, [&] { return stopping_ || (next_made_ < last_ && next_made_ < next_taken_ + capacity); });
    if (stopping_) return;
    const int64_t step = next_made_++;
    lock.unlock();
    Slot slot{true, {}, nullptr};
    try {
      slot.batch = made(step);
    } catch (...) {
      slot.error = std::current_exception();
    }
    lock.lock();
    slots_[step % capacity] = std::move(slot);
    filled_.notify_one();
  }
}

void BatchLoader::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace facemat
