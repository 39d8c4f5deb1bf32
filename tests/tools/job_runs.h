#pragma once
// A job of jobs.h, run again and again, each time in a folder of its own: undisturbed, with a call failing by which it writes,
// or killed at one (tests/support/failing_writes.h).

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/scratch.h"
#include "tests/tools/jobs.h"

namespace facemat {

struct Fault {
  int64_t number = 0;   // the call, from 1; 0: none fails
  int reason = 0;       // errno; 0: the program is killed there
  bool onward = false;  // all calls after it fail, too
};

// Where a program runs.
struct Host {
  std::vector<std::string> environment = {};  // "NAME=VALUE": set; "NAME": not there
  fs::path folder = {};                       // its working folder; empty: that of the tests
  mode_t mask = 022;                          // what files may not have
};

struct JobOutcome {
  int code = 0;         // its exit code; minus the signal that ended it
  std::string errors;   // what it wrote to standard error
  std::string kinds;    // of the calls that could have failed, a letter each
  bool struck = false;  // the fault was met, at
  std::string at;       // "rename /tmp/..."
};

// Bytes of files by their paths, with '/'.
using Tree = std::map<std::string, std::string>;

// What is in one and not in the other, or not the same, in lines; "" where there is nothing.
std::string difference(const Tree& a, const Tree& b);

class JobRuns {
 public:
  // Makes the job's inputs.
  explicit JobRuns(const Job& job);

  const Job& job() const { return job_; }

  // A new folder for the job's outputs, with what lies there before. Any thread may ask.
  fs::path fresh();

  // The job with its outputs in `work`; `goes_on`: after a run that failed. Any thread may run one. Throws Error if the program
  // cannot be started.
  JobOutcome run(const fs::path& work, bool goes_on = false, const Fault& fault = {}, const Host& host = {});

  // The files in `work` that the job is to make the same every time. Where they name `work`, they name "WORK" here; what
  // results of evaluations tell of the machine and its speed is left out. Temporary files are no part of it.
  Tree tree(const fs::path& work) const;

 private:
  const Job& job_;
  Scratch scratch_;
  fs::path root_;  // of it, without links
  std::atomic<int> works_{0}, runs_{0};
};

// Below `work`: where temporary files go.
inline constexpr const char* kTemporary = "tmp";

}  // namespace facemat
