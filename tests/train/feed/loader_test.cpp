#include "train/feed/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <new>

#include "data/store/builder.h"
#include "data/store/packer.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

// A batch without tensors, known by its name.
Batch named(int64_t step) {
  Batch batch;
  batch.names = {std::to_string(step)};
  return batch;
}

// Takes a moment that differs from step to step, so that threads overtake each other.
void dawdle(int64_t step) { std::this_thread::sleep_for(std::chrono::microseconds(step * 7919 % 5 * 300)); }

TEST(BatchLoader, GivesTheStepsInOrderWhateverTheThreads) {
  for (const int threads : {0, 1, 2, 4, 9})
    for (const int queue : {1, 3, 16}) {
      std::vector<std::atomic<int>> times(40);
      const auto make = [&](int64_t step) {
        ++times[step];
        dawdle(step);
        return named(step);
      };
      BatchLoader loader(make, 7, 40, {threads, queue, false});
      for (int64_t step = 7; step < 40; ++step) ASSERT_EQ(loader.next().names, named(step).names) << threads << " " << queue;
      EXPECT_THAT(message_of([&] { loader.next(); }), HasSubstr("no batches after step 40"));
      for (int64_t step = 0; step < 40; ++step) EXPECT_EQ(times[step], step < 7 ? 0 : 1) << step;
    }
}

TEST(BatchLoader, HoldsAsManyBatchesAsTheQueueAllows) {
  constexpr int kQueue = 3;
  std::atomic<int64_t> asked{0}, made{0};
  std::atomic<bool> within{true};
  const auto make = [&](int64_t step) {
    if (step >= asked + kQueue) within = false;
    ++made;
    return named(step);
  };
  BatchLoader loader(make, 0, 50, {4, kQueue, false});
  while (made < kQueue) std::this_thread::yield();  // they are made before anybody asks
  for (int i = 0; i < 50; ++i) {
    ++asked;
    loader.next();
  }
  EXPECT_TRUE(within);
  EXPECT_EQ(made, 50);
}

TEST(BatchLoader, ThrowsInOrderWhatMakingABatchThrew) {
  for (const int threads : {0, 1, 3}) {
    const auto make = [](int64_t step) {
      if (step == 2) fail("train/image/000002.png: no such file");
      if (step >= 3) throw std::bad_alloc();
      return named(step);
    };
    BatchLoader loader(make, 0, 10, {threads, 4, false});
    EXPECT_EQ(loader.next().names, named(0).names);
    EXPECT_EQ(loader.next().names, named(1).names);
    EXPECT_EQ(message_of([&] { loader.next(); }), "train/image/000002.png: no such file") << threads;
    EXPECT_EQ(message_of([&] { loader.next(); }), "train/image/000002.png: no such file") << "and again";
    BatchLoader later(make, 3, 10, {threads, 4, false});
    EXPECT_THROW(later.next(), std::bad_alloc);
  }
}

TEST(BatchLoader, StopsWithoutMakingTheRest) {
  for (const int taken : {0, 2}) {
    std::atomic<int64_t> made{0};
    {
      const auto make = [&](int64_t step) {
        ++made;
        dawdle(step);
        return named(step);
      };
      BatchLoader loader(make, 0, 1'000'000'000, {4, 5, false});
      for (int i = 0; i < taken; ++i) loader.next();
    }
    EXPECT_LE(made, taken + 5);
  }
}

TEST(BatchLoader, TellsHowLongItWasWaitedFor) {
  for (const int threads : {0, 1}) {
    const auto make = [](int64_t step) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return named(step);
    };
    BatchLoader loader(make, 0, 3, {threads, 1, false});
    EXPECT_EQ(loader.waited(), 0);
    for (int i = 1; i <= 3; ++i) {
      const double before = loader.waited();
      loader.next();
      EXPECT_GT(loader.waited(), before);
      if (threads == 0) {
        EXPECT_GE(loader.waited(), 0.001 * i) << "what the caller makes itself it waits for in full";
      }
    }
  }
}

TEST(BatchLoader, RefusesWhatMakesNoSense) {
  const auto loader = [](int64_t first, int64_t last, const LoaderOptions& options) {
    return message_of([&] { BatchLoader(named, first, last, options); });
  };
  EXPECT_THAT(loader(3, 2, {}), HasSubstr("batches of the steps 3 to 2"));
  EXPECT_THAT(loader(-1, 2, {}), HasSubstr("batches of the steps -1 to 2"));
  EXPECT_THAT(loader(0, 2, {-1, 2, false}), HasSubstr("-1 loader threads (allowed: 0 and more)"));
  EXPECT_THAT(loader(0, 2, {1, 0, false}), HasSubstr("a queue of 0 batches (allowed: 1 and more)"));
  EXPECT_EQ(loader(2, 2, {}), "no error");
}

// A drawn dataset in its three forms: a folder, shards, and settings whose samples are made while training.
class LoadedBatches : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<Scratch>();
    DataConfig config;
    config.size = 40;
    config.image_format = "png", config.alpha_bits = 16;
    config.splits[0].stills = 5, config.splits[0].clips = 3, config.splits[0].frames = 4;
    const auto quiet = make_progress("", "", true);
    build_dataset(config, *scratch_ / "folder", {}, *quiet);
    pack_dataset(*scratch_ / "folder", *scratch_ / "shards", 3, *quiet);
    write_file(*scratch_ / "settings.yaml", config_to_yaml(config));
  }
  static void TearDownTestSuite() { scratch_.reset(); }

  // Two epochs and a bit, with everything a training does to its samples.
  static std::vector<Batch> batches(const std::string& form, int threads) {
    const Dataset dataset = Dataset::open(*scratch_ / form, {true, true, true});
    const DatasetSplit& split = dataset.split("train");
    const Rng rng(9);
    const BatchPlan plan(split.lengths(), 2, rng);
    const auto make = [&](int64_t step) {
      std::vector<Clip> clips;
      for (const int64_t index : plan.clips_of(step)) {
        const Rng own = rng.fork("augment", static_cast<uint64_t>(step)).fork("clip", clips.size());
        Clip clip = windowed(split.clip(index, step / plan.batches_per_epoch()), 2, own.fork("window"));
        clip = resized(clip, draw_crop(40, rng.fork("crop", static_cast<uint64_t>(step))));
        clips.push_back(own.fork("flip").chance(0.5) ? mirrored(std::move(clip)) : std::move(clip));
      }
      return collate(clips);
    };
    BatchLoader loader(make, 0, 2 * plan.batches_per_epoch() + 1, {threads, 3, false});
    std::vector<Batch> all;
    for (int64_t step = 0; step < 2 * plan.batches_per_epoch() + 1; ++step) all.push_back(loader.next());
    return all;
  }

  static void expect_equal(const std::vector<Batch>& a, const std::vector<Batch>& b, const std::string& what) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].names, b[i].names) << what << " " << i;
      for (const auto tensor : {&Batch::frames, &Batch::alpha, &Batch::unknown, &Batch::clean, &Batch::occluder})
        EXPECT_TRUE(torch::equal(a[i].*tensor, b[i].*tensor)) << what << " " << i;
    }
  }

  static std::unique_ptr<Scratch> scratch_;
};
std::unique_ptr<Scratch> LoadedBatches::scratch_;

TEST_F(LoadedBatches, AreTheSameForAnyNumberOfThreads) {
  for (const char* form : {"folder", "shards", "settings.yaml"}) {
    const std::vector<Batch> alone = batches(form, 0);
    EXPECT_GT(alone[0].frames.std().item<double>(), 0.01);
    for (const int threads : {1, 2, 4}) expect_equal(batches(form, threads), alone, form);
  }
}

TEST_F(LoadedBatches, AreTheSameFromFolderAndShards) { expect_equal(batches("shards", 2), batches("folder", 0), "shards"); }

TEST_F(LoadedBatches, NameADamagedFileWhenItsTurnComes) {
  const fs::path file = *scratch_ / "folder/train/image/000001.png";
  const std::string bytes = read_file(file);
  write_file(file, bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(message_of([&] { batches("folder", 2); }), HasSubstr("image/000001.png: the image is truncated"));
  write_file(file, bytes);
}

}  // namespace
}  // namespace facemat
