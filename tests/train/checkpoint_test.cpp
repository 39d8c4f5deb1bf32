#include "train/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "src/core/file.h"
#include "src/core/random.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

// What step `step` writes: large enough for a kill to fall into the writing, different for each step and file.
CheckpointFiles files_of(int64_t step) {
  CheckpointFiles files;
  for (const char* name : {"model.safetensors", "optimizer.safetensors"})
    files[name] = std::string(200'000, static_cast<char>('a' + step % 26)) + name;
  return files;
}

RunState state_of(int64_t step) {
  RunState state;
  state.step = step;
  state.best = 1.0 / static_cast<double>(step), state.best_step = step - step % 3;  // every third is the best
  state.meter = {{"total", {0.1, 3}}};
  return state;
}

void write(const fs::path& run, int64_t step, int keep = 2) { write_checkpoint(run, state_of(step), files_of(step), keep); }

void expect_complete(const StoredCheckpoint& checkpoint) {
  for (const auto& [name, bytes] : files_of(checkpoint.state.step)) EXPECT_EQ(read_file(checkpoint.folder / name), bytes);
}

TEST(Checkpoint, TheNewestIsFoundWithItsState) {
  const Scratch scratch;
  EXPECT_FALSE(newest_checkpoint(scratch.path()));
  for (int64_t step = 1; step <= 3; ++step) write(scratch.path(), step);
  const auto found = newest_checkpoint(scratch.path());
  ASSERT_TRUE(found);
  expect_complete(*found);
  EXPECT_EQ(found->state.step, 3);
  EXPECT_EQ(found->state.best, 1.0 / 3);
  EXPECT_EQ(found->state.meter, state_of(3).meter);
  EXPECT_EQ(read_file(scratch / "checkpoints/latest"), "step-00000003");
}

TEST(Checkpoint, KeepsTheNewestAndTheBest) {
  const Scratch scratch;
  for (int64_t step = 1; step <= 8; ++step) write(scratch.path(), step);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(scratch / "checkpoints"))
    if (entry.is_directory()) names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("step-00000006", "step-00000007", "step-00000008"));
  EXPECT_EQ(read_file(scratch / "checkpoints/best"), "step-00000006");
}

TEST(Checkpoint, OneWithoutDoneDoesNotCount) {
  const Scratch scratch;
  for (int64_t step = 1; step <= 2; ++step) write(scratch.path(), step);
  fs::remove(scratch / "checkpoints/step-00000002/DONE");
  EXPECT_EQ(newest_checkpoint(scratch.path())->state.step, 1);
  write(scratch.path(), 2);  // written anew
  expect_complete(*newest_checkpoint(scratch.path()));
}

TEST(Checkpoint, ADamagedStateIsNamed) {
  const Scratch scratch;
  write(scratch.path(), 1);
  write_file(scratch / "checkpoints/step-00000001/state.json", "{\"step\": 1");
  EXPECT_THAT(message_of([&] { newest_checkpoint(scratch.path()); }), HasSubstr("step-00000001/state.json: damaged"));
}

// Writes checkpoints after `first` one after the other and tells through `pipe` which are written; never returns.
[[noreturn]] void write_forever(const fs::path& run, int64_t first, int pipe) {
  for (int64_t step = first + 1;; ++step) {
    write(run, step);
    if (::write(pipe, &step, sizeof step) != sizeof step) ::_exit(1);
  }
}

// The last step that came through `pipe`, or `before`.
int64_t last_reported(int pipe, int64_t before) {
  for (int64_t step; ::read(pipe, &step, sizeof step) == sizeof step;) before = step;
  return before;
}

TEST(Checkpoint, SurvivesAHundredKillsWhileItIsWritten) {
  const Scratch scratch;
  const auto start = std::chrono::steady_clock::now();
  write(scratch / "first", 1);
  const double taken = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  Rng rng(5);
  int64_t reported = 0;
  int unfinished = 0;  // kills that fell into the writing
  for (int kill = 0; kill < 100; ++kill) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) write_forever(scratch.path(), reported, ends[1]);
    ::close(ends[1]);
    ::usleep(static_cast<useconds_t>(rng.uniform(0.2, 8) * taken));  // somewhere in the first few
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    reported = last_reported(ends[0], reported);
    ::close(ends[0]);
    if (!fs::exists(scratch / "checkpoints")) continue;
    for (const auto& entry : fs::directory_iterator(scratch / "checkpoints"))
      if (entry.path().filename().string().find(".part-") != std::string::npos) ++unfinished;
    const auto found = newest_checkpoint(scratch.path());
    if (reported == 0) continue;  // killed before the first was there
    ASSERT_TRUE(found);
    expect_complete(*found);
    EXPECT_GE(found->state.step, reported) << "a checkpoint is lost";
    remove_unfinished(scratch.path());
    reported = found->state.step;
  }
  EXPECT_GE(reported, 10);
  EXPECT_GE(unfinished, 20) << "too few kills fell into the writing";
}

TEST(Checkpoint, AFullDiskIsSaidAndTheOneBeforeStays) {
  const Scratch scratch;
  write(scratch.path(), 1);
  const pid_t child = ::fork();
  if (child == 0) {  // files may not grow beyond 100 kB here: the write fails half-way, as on a full disk
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string message = message_of([&] { write(scratch.path(), 2); });
    const bool said = message.find("step-00000002") != std::string::npos && message.find("cannot write") != std::string::npos;
    ::_exit(said ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  const auto found = newest_checkpoint(scratch.path());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state.step, 1);
  expect_complete(*found);
  for (const auto& entry : fs::directory_iterator(scratch / "checkpoints"))
    EXPECT_EQ(entry.path().filename().string().find("00000002"), std::string::npos) << entry.path();
}

}  // namespace
}  // namespace facemat
