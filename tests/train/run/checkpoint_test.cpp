#include "train/run/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/measure.h"
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

// Killed between a checkpoint, the best so far, and the pointers to it.
TEST(Checkpoint, PointersAreSetRightWhenTheRunGoesOn) {
  const Scratch scratch;
  for (int64_t step = 1; step <= 6; ++step) write(scratch.path(), step);
  fs::copy(scratch / "checkpoints/step-00000005", scratch / "checkpoints/step-00000003", fs::copy_options::recursive);
  write_file(scratch / "checkpoints/latest", "step-00000005");
  write_file(scratch / "checkpoints/best", "step-00000003");
  settle_checkpoints(scratch.path(), newest_checkpoint(scratch.path())->state, 2);
  EXPECT_EQ(read_file(scratch / "checkpoints/latest"), "step-00000006");
  EXPECT_EQ(read_file(scratch / "checkpoints/best"), "step-00000006");
  EXPECT_FALSE(fs::exists(scratch / "checkpoints/step-00000003")) << "the best before";
}

TEST(Checkpoint, OneWithoutDoneDoesNotCount) {
  const Scratch scratch;
  for (int64_t step = 1; step <= 2; ++step) write(scratch.path(), step);
  fs::remove(scratch / "checkpoints/step-00000002/DONE");
  EXPECT_EQ(newest_checkpoint(scratch.path())->state.step, 1);
  write(scratch.path(), 2);  // written anew
  expect_complete(*newest_checkpoint(scratch.path()));
}

TEST(Checkpoint, OneThatIsStillWrittenDoesNotCount) {
  const Scratch scratch;
  for (int64_t step = 1; step <= 2; ++step) write(scratch.path(), step);
  fs::rename(scratch / "checkpoints/step-00000002",
             scratch / "checkpoints/step-00000002.facemat-part-77");  // complete but for its name
  EXPECT_EQ(newest_checkpoint(scratch.path())->state.step, 1);
}

TEST(Checkpoint, ADamagedStateIsNamed) {
  const Scratch scratch;
  write(scratch.path(), 1);
  write_file(scratch / "checkpoints/step-00000001/state.json", "{\"step\": 1");
  const auto message = [&] { return message_of([&] { newest_checkpoint(scratch.path()); }); };
  EXPECT_THAT(message(), HasSubstr("step-00000001/state.json: damaged"));
  RunState state = state_of(1);
  state.stale = -1;
  fs::remove(scratch / "checkpoints/step-00000001/DONE");
  write_checkpoint(scratch.path(), state, {}, 2);
  EXPECT_THAT(message(), HasSubstr("damaged: a count of -1"));
  fs::rename(scratch / "checkpoints/step-00000001", scratch / "checkpoints/step-00000009");
  EXPECT_THAT(message(), HasSubstr("step-00000009/state.json: damaged: it is of step 1"));
}

// Writes checkpoints after `first` one after the other and tells through `pipe` which are written; never returns.
[[noreturn]] void write_forever(const fs::path& run, int64_t first, int pipe) {
  for (int64_t step = first + 1;; ++step) {
    write(run, step);
    if (::write(pipe, &step, sizeof step) != sizeof step) ::_exit(1);
  }
}

// The last step that comes through `pipe` until it is closed, or `before`.
int64_t last_reported(int pipe, int64_t before) {
  for (int64_t step; ::read(pipe, &step, sizeof step) == sizeof step;) before = step;
  return before;
}

// A process writes checkpoints after `first` and is killed at a random moment after its first one. Returns the last it told of.
int64_t killed_while_writing(const fs::path& run, int64_t first, Rng& rng) {
  int ends[2];
  require(::pipe(ends) == 0, "no pipe");
  const Stopwatch watch;
  const pid_t child = ::fork();
  require(child >= 0, "no process");
  if (child == 0) write_forever(run, first, ends[1]);
  ::close(ends[1]);
  int64_t reported = 0;
  EXPECT_EQ(::read(ends[0], &reported, sizeof reported), static_cast<ssize_t>(sizeof reported));
  ::usleep(static_cast<useconds_t>(rng.uniform(0, 2e6 * watch.seconds())));  // about as long as one or two take here and now
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  reported = last_reported(ends[0], reported);
  ::close(ends[0]);
  return reported;
}

// Removes what a killed process left half-written and returns whether there was any.
bool clear_unfinished(const fs::path& run) {
  const auto is_part = [](const fs::path& path) {
    return path.filename().string().find(".facemat-part-") != std::string::npos;
  };
  const fs::directory_iterator entries(run / "checkpoints"), end;
  const bool found = std::any_of(entries, end, [&](const auto& entry) { return is_part(entry.path()); });
  remove_unfinished(run);
  for (const auto& entry : fs::directory_iterator(run / "checkpoints")) EXPECT_FALSE(is_part(entry.path())) << entry.path();
  return found;
}

TEST(Checkpoint, SurvivesAHundredKillsWhileItIsWritten) {
  const Scratch scratch;
  Rng rng(5);
  int64_t step = 0;
  int interrupted = 0;  // kills that fell into the writing
  for (int kills = 0; interrupted < 100; ++kills) {
    ASSERT_LT(kills, 2000) << "too few kills fall into the writing: " << interrupted;
    const int64_t reported = killed_while_writing(scratch.path(), step, rng);
    const auto found = newest_checkpoint(scratch.path());
    ASSERT_TRUE(found);
    expect_complete(*found);
    EXPECT_GE(found->state.step, reported) << "a checkpoint is lost";
    EXPECT_LE(found->state.step, reported + 1);
    interrupted += clear_unfinished(scratch.path()) ? 1 : 0;
    step = found->state.step;
  }
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
