#include "src/media/frames/pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "src/core/error.h"

namespace facemat {
namespace {

std::function<std::optional<int>()> numbers(int count, std::atomic<int>* taken = nullptr) {
  const auto next = std::make_shared<int>(0);
  return [=]() -> std::optional<int> {
    if (*next == count) return std::nullopt;
    if (taken) ++*taken;
    return (*next)++;
  };
}

TEST(Pipeline, EveryStageSeesEveryItemOnceInOrder) {
  for (const size_t capacity : {1, 2, 7}) {
    std::vector<int> first, last;
    const std::vector<Stage<int>> stages = {{"first", [&](int& item) { first.push_back(item), item *= 2; }},
                                            {"middle", [](int& item) { item += 1; }},
                                            {"last", [&](int& item) { last.push_back(item); }}};
    const std::vector<StageTime> times = run_pipeline(numbers(100), stages, capacity);
    ASSERT_EQ(first.size(), 100u);
    ASSERT_EQ(last.size(), 100u);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(first[i] == i && last[i] == 2 * i + 1) << i;
    ASSERT_EQ(times.size(), 4u);
    EXPECT_EQ(times[0].name, "source");
    EXPECT_EQ(times[3].name, "last");
    for (const StageTime& time : times) EXPECT_EQ(time.items, 100) << time.name;
  }
}

TEST(Pipeline, NothingInNothingOut) {
  int seen = 0;
  run_pipeline<int>([]() -> std::optional<int> { return std::nullopt; }, {{"stage", [&](int&) { ++seen; }}});
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(run_pipeline<int>(numbers(3), {})[0].items, 3);
}

// The stages meet: the third waits at item 0, the second at item 1 and the first at item 2 until all three are there. One after
// the other, it would never come to that.
TEST(Pipeline, StagesWorkAtTheSameTime) {
  std::mutex mutex;
  std::condition_variable met;
  int inside = 0;
  bool all_met = false;
  const auto meet = [&](int stage) {
    return [&, stage](int& item) {
      if (item + stage != 2) return;
      std::unique_lock<std::mutex> lock(mutex);
      if (++inside == 3) all_met = true, met.notify_all();
      met.wait_for(lock, std::chrono::seconds(20), [&] { return all_met; });
    };
  };
  run_pipeline<int>(numbers(5), {{"a", meet(0)}, {"b", meet(1)}, {"c", meet(2)}});
  EXPECT_TRUE(all_met);
}

// A stuck stage holds the source back: queues do not grow.
TEST(Pipeline, IsBounded) {
  std::atomic<int> taken{0}, most_ahead{0}, done{0};
  const auto slow = [&](int&) {
    for (int wait = 0; wait < 20 && taken < 100; ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    most_ahead = std::max(most_ahead.load(), taken.load() - done.load());
    ++done;
  };
  constexpr int kCapacity = 2;
  run_pipeline<int>(numbers(30, &taken), {{"fast", [](int&) {}}, {"slow", slow}}, kCapacity);
  EXPECT_EQ(done, 30);
  EXPECT_LE(most_ahead, 2 * kCapacity + 3);  // two queues, and one item in each of three threads
  EXPECT_GE(most_ahead, kCapacity);          // and they are used
}

TEST(Pipeline, TheFirstErrorStopsEverythingAndIsThrown) {
  for (const std::string failing : {"source", "first", "last"}) {
    for (const int at : {0, 3, 9}) {
      int finished = 0;
      const auto fail_at = [&](const std::string& who, int item) {
        if (who == failing && item == at) fail("{} failed at {}", who, item);
      };
      int next = 0;
      const std::function<std::optional<int>()> source = [&]() -> std::optional<int> {
        fail_at("source", next);
        return next++;  // never ends by itself
      };
      const std::vector<Stage<int>> stages = {{"first", [&](int& item) { fail_at("first", item); }},
                                              {"last", [&](int& item) { fail_at("last", item), ++finished; }}};
      try {
        run_pipeline(source, stages);
        FAIL() << "no error";
      } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()), failing + " failed at " + std::to_string(at));
      }
      EXPECT_LE(finished, at);
    }
  }
}

TEST(Pipeline, ManyRunsWithErrorsInAllPlacesEnd) {
  for (int round = 0; round < 200; ++round) {
    int count = 0;
    const auto work = [&, round](int& item) {
      if (item == round % 7) fail("stop");
    };
    EXPECT_THROW(run_pipeline<int>(numbers(20), {{"a", [](int&) {}}, {"b", work}, {"c", [&](int&) { ++count; }}}, 1), Error);
    EXPECT_LE(count, round % 7);
  }
}

}  // namespace
}  // namespace facemat
