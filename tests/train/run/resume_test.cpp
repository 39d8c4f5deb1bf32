// Runs of the program that are killed, and go on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "src/core/file.h"
#include "tests/train/tiny_run.h"
#include "train/run/checkpoint.h"

namespace facemat {
namespace {

class KilledRuns : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<Scratch>();
    build_dataset(tiny_data(), data(), {}, *silent());
    TrainConfig config = tiny_teacher();
    config.steps = 40, config.checkpoint_every = 20, config.validate_every = 20, config.log_every = 6;  // 6 does not divide 20
    write_file(*scratch_ / "config.yaml", config_to_yaml(config));
  }
  static void TearDownTestSuite() { scratch_.reset(); }
  static fs::path data() { return *scratch_ / "data"; }

  // The program on its way to 40 steps in run `name`.
  static pid_t start(const std::string& name, int loader_threads) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    const std::string program = std::string(FACEMAT_BIN_DIR) + "/facemat-train", threads = std::to_string(loader_threads);
    const std::string config = *scratch_ / "config.yaml", run = *scratch_ / name, dataset = data();
    ::execl(program.c_str(), program.c_str(), "--config", config.c_str(), "--data", dataset.c_str(), "--out", run.c_str(),
            "--resume", "--threads", "1", "--loader-threads", threads.c_str(), "--json", "--quiet", nullptr);
    ::_exit(127);
  }
  static void finish(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  // Kills the program once it has written a checkpoint and gone on from there.
  static void kill_after_checkpoint(const std::string& name, pid_t child) {
    while (!newest_checkpoint(*scratch_ / name) && ::waitpid(child, nullptr, WNOHANG) == 0) ::usleep(2'000);
    ::usleep(50'000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  static std::string bytes(const std::string& name, const std::string& file) { return read_file(*scratch_ / name / file); }

  static std::unique_ptr<Scratch> scratch_;
};
std::unique_ptr<Scratch> KilledRuns::scratch_;

TEST_F(KilledRuns, EndInTheBytesOfAnUninterruptedOneWithAnyNumberOfLoaderThreads) {
  finish(start("whole", 0));
  for (const int threads : {1, 2, 4}) {
    const std::string name = "killed-" + std::to_string(threads);
    kill_after_checkpoint(name, start(name, threads));
    ASSERT_EQ(newest_checkpoint(*scratch_ / name)->state.step, 20) << "the kill came too late";
    finish(start(name, threads));
    for (const char* file : {"model.safetensors", "optimizer.safetensors", "state.json"})
      EXPECT_EQ(bytes("whole", std::string("checkpoints/step-00000040/") + file),
                bytes(name, std::string("checkpoints/step-00000040/") + file))
          << file << ", " << threads << " loader threads";
    EXPECT_EQ(bytes("whole", "log.jsonl"), bytes(name, "log.jsonl")) << threads << " loader threads";
  }
}

TEST_F(KilledRuns, AnInterruptEndsTheRunWithACheckpointAndExitCodeOne) {
  const pid_t child = start("asked", 1);
  while (!fs::exists(*scratch_ / "asked/log.jsonl") && ::waitpid(child, nullptr, WNOHANG) == 0) ::usleep(2'000);
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  const auto found = newest_checkpoint(*scratch_ / "asked");
  ASSERT_TRUE(found);
  EXPECT_LT(found->state.step, 40);
  finish(start("asked", 1));
  EXPECT_EQ(newest_checkpoint(*scratch_ / "asked")->state.step, 40);
}

}  // namespace
}  // namespace facemat
