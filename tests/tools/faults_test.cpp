// Every job of jobs.h with one of the calls failing by which it writes. Whatever call it is: the program ends with exit code 1
// and one line that says where and why, or what failed did not matter and the result is whole; nothing half-written has its
// final name, nothing that lay there before is lost, and the next try makes what an undisturbed run makes.
//
// A few calls of each job; all of them with FACEMAT_EVERY_FAULT=1.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>

#include "src/core/file.h"
#include "src/core/parallel.h"
#include "src/core/text.h"
#include "tests/support/failing_writes.h"
#include "tests/tools/job_runs.h"

namespace facemat {
namespace {

constexpr int kAtOnce = 2;
#ifdef FACEMAT_SANITIZED
constexpr int kMostFaults = 1;  // of a job: sanitizers take ten times as long
#else
constexpr int kMostFaults = 1000;
#endif

// What a job makes undisturbed, and what lay there before.
struct Whole {
  Tree before, after;
  std::string kinds;
};

Whole undisturbed(JobRuns& runs) {
  const fs::path work = runs.fresh();
  Whole whole;
  whole.before = runs.tree(work);
  const JobOutcome outcome = runs.run(work);
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  whole.after = runs.tree(work);
  whole.kinds = outcome.kinds;
  EXPECT_TRUE(fs::is_empty(work / kTemporary));
  fs::remove_all(work);
  return whole;
}

// --- which calls fail, and how

// Numbers of calls, from 1: of each kind the middle one (of names the last, which is the one that counts), then some that are
// evenly spread.
std::vector<int64_t> chosen_calls(const std::string& kinds, size_t most) {
  const auto count = static_cast<int64_t>(kinds.size());
  if (every_fault()) return chosen(count, count);
  std::vector<int64_t> numbers;
  const auto add = [&](int64_t number) {
    const bool there = std::find(numbers.begin(), numbers.end(), number) != numbers.end();
    if (numbers.size() < most && !there) numbers.push_back(number);
  };
  for (const char kind : std::string("wrosmfta")) {
    std::vector<int64_t> own;
    for (int64_t i = 0; i < count; ++i)
      if (kinds[static_cast<size_t>(i)] == kind) own.push_back(i + 1);
    if (!own.empty()) add(kind == 'r' ? own.back() : own[own.size() / 2]);
  }
  for (const int64_t number : chosen(count, static_cast<int64_t>(most))) add(number);
  return numbers;
}

std::vector<Fault> chosen_faults(const std::string& kinds, size_t most) {
  constexpr std::pair<int, bool> kReasons[] = {{ENOSPC, true}, {EIO, false}, {EACCES, false}};  // a full disk stays full
  std::vector<Fault> faults;
  for (const int64_t number : chosen_calls(kinds, most)) {
    const auto& [reason, onward] = kReasons[faults.size() % std::size(kReasons)];
    faults.push_back({number, reason, onward});
  }
  return faults;
}

// --- what is asked of a failed run; "" where it is as it must be

std::string fault_of_message(const Job& job, const std::string& errors, const fs::path& work, int reason) {
  std::vector<std::string> lines;
  std::istringstream text(errors);
  for (std::string line; std::getline(text, line);)
    if (!starts_with(line, "warning: ")) lines.push_back(line);
  if (lines.size() != 1) return fmt::format("{} lines instead of one\n", lines.size());
  const auto holds = [&](const std::string& part) { return !part.empty() && lines[0].find(part) != std::string::npos; };
  if (!starts_with(lines[0], "facemat")) return "the line does not begin with the program\n";
  if (!holds(work.string()) && !holds("standard output")) return "the line names no path\n";
  if (!holds(std::strerror(reason)) && !holds(job.other_reason)) return "the line gives no reason\n";
  return "";
}

// The name a half-written thing is to have: "a/b.facemat-part-12" is a/b; nothing for what has its name.
std::optional<std::string> final_path(const std::string& path) {
  if (!is_half_written(fs::path(path).filename().string())) return std::nullopt;
  return path.substr(0, path.rfind(".facemat-part-"));
}

bool is_before_or_after(const Whole& whole, const std::string& path, const std::string& bytes) {
  const auto before = whole.before.find(path), after = whole.after.find(path);
  return (before != whole.before.end() && before->second == bytes) || (after != whole.after.end() && after->second == bytes);
}

// Of what a failed run leaves under a passing name because it only lacks the final one: it is whole, and the message names it.
// `path`: a file or folder, relative to the work; `files`: the tree it is in.
std::string fault_of_nameless(const Whole& whole, const Tree& files, const std::string& path, const std::string& errors) {
  const std::string meant = *final_path(path);
  std::string faults;
  if (errors.find(fs::path(path).filename().string()) == std::string::npos) faults += path + " stays and is not named\n";
  for (const auto& [file, bytes] : files) {
    if (file != path && !starts_with(file, path + "/")) continue;
    if (!is_before_or_after(whole, meant + file.substr(path.size()), bytes)) faults += file + " stays and is not whole\n";
  }
  return faults;
}

// What lies in the work after a failed run. What only lacks its name is taken away, as its finder would.
std::string fault_of_leftovers(const JobRuns& runs, const fs::path& work, const Whole& whole, const std::string& errors) {
  const Job& job = runs.job();
  const auto is_affair_of_its_own = [&](const std::string& path) {  // goes on with it
    const std::string top = path.substr(0, path.find('/'));
    return ends_with(top, ".partial") || std::count(job.growing.begin(), job.growing.end(), top) > 0 || path == job.printed;
  };
  const Tree files = runs.tree(work);
  std::string faults;
  std::vector<std::string> nameless;
  for (auto entry = fs::recursive_directory_iterator(work); entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string path = entry->path().lexically_relative(work).generic_string();
    const bool passing = final_path(path).has_value();
    if (passing && !is_affair_of_its_own(path)) nameless.push_back(path);
    if (passing || path == kTemporary || is_affair_of_its_own(path)) entry.disable_recursion_pending();
  }
  for (const std::string& path : nameless) {
    faults += fault_of_nameless(whole, files, path, errors);
    fs::remove_all(work / path);
  }
  const Tree named = runs.tree(work);
  for (const auto& [path, bytes] : named)
    if (!is_affair_of_its_own(path) && !is_before_or_after(whole, path, bytes)) faults += path + " is half-written\n";
  for (const auto& [path, bytes] : whole.before)
    if (whole.after.count(path) > 0 && named.count(path) == 0) faults += path + " lay there before and is lost\n";
  for (const std::string& output : job.outputs) {  // folders appear whole
    if (!fs::is_directory(work / output)) continue;
    for (const auto& [path, bytes] : whole.after)
      if (starts_with(path, output + "/") && named.count(path) == 0) faults += path + " is missing\n";
  }
  if (!fs::is_empty(work / kTemporary)) faults += "temporary files stay\n";
  return faults;
}

bool has_all_outputs(const Job& job, const fs::path& work) {
  const auto is_there = [&](const std::string& name) { return fs::exists(work / name); };
  return !job.outputs.empty() && std::all_of(job.outputs.begin(), job.outputs.end(), is_there);
}

// Folders are not written a second time: a run that failed behind the last step (where it says what it did) is not repeated.
bool is_to_be_repeated(const Job& job, const fs::path& work) {
  return !(has_all_outputs(job, work) && fs::is_directory(work / job.outputs[0]));
}

void expect_survived(JobRuns& runs, const Whole& whole, const Fault& fault) {
  const fs::path work = runs.fresh();
  const JobOutcome failed = runs.run(work, false, fault);
  SCOPED_TRACE(fmt::format("{}: call {} of {} fails ({}: {}){}\n{}", runs.job().name, fault.number, whole.kinds.size(),
                           std::strerror(fault.reason), failed.at, fault.onward ? ", and all after it" : "", failed.errors));
  if (failed.code == 0) {  // what failed did not matter, or threads took fewer calls this time
    EXPECT_EQ(difference(runs.tree(work), whole.after), "") << "exit code 0 with another result";
  } else {
    EXPECT_EQ(failed.code, 1);
    EXPECT_TRUE(failed.struck) << "failed by itself";
    EXPECT_EQ(fault_of_message(runs.job(), failed.errors, work, fault.reason), "");
    EXPECT_EQ(fault_of_leftovers(runs, work, whole, failed.errors), "");
    if (is_to_be_repeated(runs.job(), work)) {
      const JobOutcome again = runs.run(work, true);
      EXPECT_EQ(again.code, 0) << "the next try: " << again.errors;
    }
    EXPECT_EQ(difference(runs.tree(work), whole.after), "") << "after the next try";
  }
  fs::remove_all(work);
}

class Faults : public testing::TestWithParam<size_t> {};

TEST_P(Faults, AreSaidInOneLineAndLoseNothing) {
  const Job& job = jobs()[GetParam()];
  JobRuns runs(job);
  const Whole whole = undisturbed(runs);
  ASSERT_FALSE(HasFailure());
  ASSERT_FALSE(whole.kinds.empty()) << "the job writes nothing";
  const std::vector<Fault> faults = chosen_faults(whole.kinds, static_cast<size_t>(std::min(job.faults, kMostFaults)));
  std::printf("%s: %zu of %zu calls\n", job.name.c_str(), faults.size(), whole.kinds.size());
  parallel(static_cast<int64_t>(faults.size()), kAtOnce,
           [&](int64_t i) { expect_survived(runs, whole, faults[static_cast<size_t>(i)]); });
}

INSTANTIATE_TEST_SUITE_P(Jobs, Faults, testing::Range(size_t{0}, jobs().size()),
                         [](const testing::TestParamInfo<size_t>& info) { return jobs()[info.param].name; });

// What the library that makes calls fail counts itself: without it the tests above would ask nothing.
TEST(FailingWrites, MeetTheCallTheyAreToldOf) {
  JobRuns runs(find_job("data_build"));
  const fs::path work = runs.fresh();
  const JobOutcome whole = runs.run(work);
  EXPECT_FALSE(whole.struck);
  for (const char kind : std::string("owrsmft")) {
    const size_t at = whole.kinds.find(kind);
    ASSERT_NE(at, std::string::npos) << "no call of the kind " << kind << " in " << whole.kinds;
  }
  const JobOutcome failed = runs.run(runs.fresh(), false, {1, EIO, false});
  EXPECT_EQ(failed.code, 1);
  EXPECT_TRUE(failed.struck);
  EXPECT_EQ(failed.at.rfind("mkdir ", 0), 0u) << failed.at;
  const JobOutcome killed = runs.run(runs.fresh(), false, {static_cast<int64_t>(whole.kinds.find('r')) + 1, 0, false});
  EXPECT_EQ(killed.code, -SIGKILL);
  EXPECT_EQ(killed.at.rfind("rename ", 0), 0u) << killed.at;
}

}  // namespace
}  // namespace facemat
