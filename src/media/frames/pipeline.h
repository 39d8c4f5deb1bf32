#pragma once
// Work in stages, each in a thread of its own, with short queues between them: reading, inference, blending and writing of
// different frames overlap, so that a film takes as long as its slowest stage.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "src/core/measure.h"

namespace facemat {

// First in, first out, of at most `capacity` items.
template <typename Item>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  // Waits for room. False, and the item is dropped, if the queue was aborted.
  bool push(Item item) {
    std::unique_lock<std::mutex> lock(mutex_);
    room_.wait(lock, [&] { return items_.size() < capacity_ || aborted_; });
    if (aborted_) return false;
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }

  // Waits for an item; nothing if the queue was closed and is empty, or was aborted.
  std::optional<Item> pop() {
    std::unique_lock<std::mutex> lock(mutex_);
    filled_.wait(lock, [&] { return !items_.empty() || closed_ || aborted_; });
    if (items_.empty() || aborted_) return std::nullopt;
    Item item = std::move(items_.front());
    items_.pop_front();
    room_.notify_one();
    return item;
  }

  void close() {  // no more to come
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    filled_.notify_all();
  }

  void abort() {  // everybody leaves at once
    const std::lock_guard<std::mutex> lock(mutex_);
    aborted_ = true;
    items_.clear();
    filled_.notify_all();
    room_.notify_all();
  }

 private:
  const size_t capacity_;
  std::deque<Item> items_;
  bool closed_ = false, aborted_ = false;
  std::mutex mutex_;
  std::condition_variable filled_, room_;
};

template <typename Item>
struct Stage {
  std::string name;
  std::function<void(Item&)> work;
};

struct StageTime {
  std::string name;
  int64_t items = 0;
  double busy_seconds = 0;  // at work, not waiting
};

// Takes items from `source` until it has none, and puts each through `stages` in order; every stage sees every item once, in
// the order of the source. The source and each stage run in a thread of their own; at most `capacity` items wait before each
// stage. The first exception of any of them stops all promptly and is thrown here, after all threads have ended. Returns the
// time of the source (as "source") and of each stage.
template <typename Item>
std::vector<StageTime> run_pipeline(const std::function<std::optional<Item>()>& source, const std::vector<Stage<Item>>& stages,
                                    size_t capacity = 2) {
  std::vector<StageTime> times(stages.size() + 1);
  times[0].name = "source";
  std::deque<BoundedQueue<Item>> queues;  // queue i lies before stage i
  for (size_t i = 0; i < stages.size(); ++i) {
    queues.emplace_back(capacity);
    times[i + 1].name = stages[i].name;
  }

  std::mutex failing;
  std::exception_ptr failure;
  const auto guarded = [&](const auto& body) {
    try {
      body();
    } catch (...) {
      {
        const std::lock_guard<std::mutex> lock(failing);
        if (!failure) failure = std::current_exception();
      }
      for (auto& queue : queues) queue.abort();
    }
  };
  const auto timed = [](StageTime& time, const auto& work) {
    const Stopwatch watch;
    work();
    time.busy_seconds += watch.seconds();
  };

  const auto read_all = [&] {
    while (true) {
      std::optional<Item> item;
      timed(times[0], [&] { item = source(); });
      if (!item) break;
      ++times[0].items;
      if (stages.empty()) continue;
      if (!queues[0].push(*std::move(item))) return;
    }
    if (!stages.empty()) queues[0].close();
  };
  const auto work_all = [&](size_t i) {
    while (std::optional<Item> item = queues[i].pop()) {
      timed(times[i + 1], [&] { stages[i].work(*item); });
      ++times[i + 1].items;
      if (i + 1 < stages.size() && !queues[i + 1].push(*std::move(item))) return;
    }
    if (i + 1 < stages.size()) queues[i + 1].close();
  };

  std::vector<std::thread> threads;
  threads.emplace_back([&] { guarded(read_all); });
  for (size_t i = 0; i < stages.size(); ++i) threads.emplace_back([&, i] { guarded([&] { work_all(i); }); });
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return times;
}

// The same one after the other, in the caller's thread: what each stage takes alone.
template <typename Item>
std::vector<StageTime> run_one_by_one(const std::function<std::optional<Item>()>& source,
                                      const std::vector<Stage<Item>>& stages) {
  std::vector<StageTime> times = {{"source", 0, 0}};
  for (const Stage<Item>& stage : stages) times.push_back({stage.name, 0, 0});
  while (true) {
    Stopwatch watch;
    std::optional<Item> item = source();
    times[0].busy_seconds += watch.lap();
    if (!item) return times;
    ++times[0].items;
    for (size_t i = 0; i < stages.size(); ++i) {
      stages[i].work(*item);
      times[i + 1].busy_seconds += watch.lap();
      ++times[i + 1].items;
    }
  }
}

}  // namespace facemat
