// Jobs that are killed and go on until they are done: the result is that of an undisturbed run.
//
// What lies on the disk changes only with a call that changes it, so a kill at any moment is one at such a call: before it, or,
// if it is a write, in the middle. The calls are drawn by a seed. A few rounds of each job; FACEMAT_KILLS=200 asks for 200.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "src/core/file.h"
#include "src/core/parallel.h"
#include "src/core/random.h"
#include "src/core/text.h"
#include "tests/tools/job_runs.h"

namespace facemat {
namespace {

constexpr int kAtOnce = 2;

std::vector<std::string> killed_jobs() {
  std::vector<std::string> names;
  for (const Job& job : jobs())
    if (job.kills > 0) names.push_back(job.name);
  return names;
}

int64_t rounds_of(const Job& job) {
  const char* asked = std::getenv("FACEMAT_KILLS");
#ifdef FACEMAT_SANITIZED
  const int usual = 1;  // sanitizers take ten times as long
#else
  const int usual = job.kills;
#endif
  return asked == nullptr ? usual : read_number<int64_t>(asked).value_or(usual);
}

// Folders have their names when they are whole, and are not made again.
bool is_done(const Job& job, const fs::path& work) { return !job.outputs.empty() && fs::is_directory(work / job.outputs[0]); }

// Under their passing names: of files nobody knows whether another process is still at them, so they stay for a person to
// remove; folders stay until the next run to the same place.
void remove_what_was_killed(const fs::path& work) {
  remove_half_written(work);
  fs::remove_all(work / kTemporary);
}

// Killed up to three times, then left alone. Returns how often a kill met it.
int kill_and_go_on(JobRuns& runs, const Tree& whole, int64_t calls, uint64_t round) {
  constexpr int kMostKills = 3;
  Rng rng(round + 1);
  const fs::path work = runs.fresh();
  std::string at;
  int killed = 0;
  bool done = false;
  for (int attempt = 0; attempt < kMostKills && !done; ++attempt) {
    const JobOutcome outcome = runs.run(work, attempt > 0, {rng.integer(1, calls), 0, false});
    EXPECT_EQ(outcome.code, outcome.struck ? -SIGKILL : 0) << outcome.errors;
    killed += outcome.struck;
    if (outcome.struck) at += "\n" + outcome.at;
    done = !outcome.struck || is_done(runs.job(), work);
  }
  SCOPED_TRACE(fmt::format("{}, round {}, killed at:{}", runs.job().name, round, at));
  if (!done) {
    const JobOutcome last = runs.run(work, true);
    EXPECT_EQ(last.code, 0) << last.errors;
  }
  remove_what_was_killed(work);
  EXPECT_EQ(difference(runs.tree(work), whole), "");
  fs::remove_all(work);
  return killed;
}

class Kills : public testing::TestWithParam<std::string> {};

TEST_P(Kills, AreGoneOnFromToTheSameBytes) {
  const Job& job = find_job(GetParam());
  JobRuns runs(job);
  const fs::path work = runs.fresh();
  const JobOutcome undisturbed = runs.run(work);
  ASSERT_EQ(undisturbed.code, 0) << undisturbed.errors;
  const Tree whole = runs.tree(work);
  const int64_t rounds = rounds_of(job), calls = static_cast<int64_t>(undisturbed.kinds.size());
  std::atomic<int> killed{0};
  parallel(rounds, kAtOnce, [&](int64_t round) { killed += kill_and_go_on(runs, whole, calls, static_cast<uint64_t>(round)); });
  EXPECT_GT(killed.load(), 0);
  std::printf("%s: %d kills in %lld rounds, each at one of %lld calls\n", job.name.c_str(), killed.load(),
              static_cast<long long>(rounds), static_cast<long long>(calls));
}

INSTANTIATE_TEST_SUITE_P(Jobs, Kills, testing::ValuesIn(killed_jobs()),
                         [](const testing::TestParamInfo<std::string>& info) { return info.param; });

}  // namespace
}  // namespace facemat
