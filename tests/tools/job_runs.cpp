#include "tests/tools/job_runs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/json.h"
#include "src/core/text.h"
#include "tests/support/failing_writes.h"

namespace facemat {
namespace {

#ifdef FACEMAT_SANITIZED
constexpr unsigned kLimitSeconds = 1200;  // the kernel ends a run then, whatever it does
#else
constexpr unsigned kLimitSeconds = 120;
#endif

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
}

std::string name_of(const std::string& variable) { return variable.substr(0, variable.find('=')); }

// This process's environment, changed: "NAME=VALUE" sets, "NAME" takes away.
std::vector<std::string> changed_environment(const std::vector<std::string>& changes) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const auto same = [&](const std::string& change) { return name_of(change) == name_of(*variable); };
    if (std::none_of(changes.begin(), changes.end(), same)) all.emplace_back(*variable);
  }
  for (const std::string& change : changes)
    if (change.find('=') != std::string::npos) all.push_back(change);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (std::string& text : strings) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

struct Start {
  std::vector<std::string> words, environment;
  fs::path folder, output, errors;
  mode_t mask;
};

// In the new process, where only system calls are safe.
[[noreturn]] void become(const Start& start, char* const* words, char* const* environment) {
  const int input = ::open("/dev/null", O_RDONLY);
  const int output = ::open(start.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int errors = ::open(start.errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const bool there = input >= 0 && output >= 0 && errors >= 0 && ::dup2(input, STDIN_FILENO) >= 0 &&
                     ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(errors, STDERR_FILENO) >= 0;
  if (!there || (!start.folder.empty() && ::chdir(start.folder.c_str()) != 0)) ::_exit(126);
  ::umask(start.mask);
  ::alarm(kLimitSeconds);
  ::execve(words[0], words, environment);
  ::_exit(127);
}

// Its exit code; minus the signal that ended it.
int run_to_its_end(Start start) {
  const std::vector<char*> words = pointers(start.words), environment = pointers(start.environment);
  const pid_t child = ::fork();
  require(child >= 0, "no process: {}", system_reason());
  if (child == 0) become(start, words.data(), environment.data());
  int status = 0;
  require(::waitpid(child, &status, 0) == child, "cannot wait for a process: {}", system_reason());
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  require(code != 126 && code != 127, "{}: cannot be started", start.words[0]);
  return code;
}

// The report that processes share while they run.
JobOutcome outcome_of(int code, const fs::path& errors, const fs::path& report_file) {
  JobOutcome outcome;
  outcome.code = code;
  outcome.errors = read_file(errors);
  const std::string bytes = read_file(report_file);
  require(bytes.size() == sizeof(FaultReport), "{}: no report: is the library loaded?", report_file.string());
  const char* const report = bytes.data();
  uint64_t seen = 0, failed = 0;
  std::memcpy(&seen, report + offsetof(FaultReport, seen), sizeof(seen));
  std::memcpy(&failed, report + offsetof(FaultReport, failed), sizeof(failed));
  outcome.kinds.assign(report + offsetof(FaultReport, kinds), std::min<uint64_t>(seen, FaultReport::kMostKinds));
  outcome.struck = failed > 0;
  outcome.at = report + offsetof(FaultReport, what);  // ends in a zero
  return outcome;
}

// Without what differs from machine to machine and run to run, if it is the result of an evaluation.
std::string lasting(const std::string& bytes) {
  if (bytes.find("\"environment\"") == std::string::npos) return bytes;
  try {
    nlohmann::json json = parse_json(bytes);
    if (!json.is_object()) return bytes;
    json.erase("environment"), json.erase("speed");
    return json.dump();
  } catch (const nlohmann::json::exception&) {  // half of one is told by its bytes
    return bytes;
  }
}

}  // namespace

std::string difference(const Tree& a, const Tree& b) {
  std::string lines;
  for (const auto& [path, bytes] : a) {
    const auto other = b.find(path);
    if (other == b.end()) lines += "only in the first: " + path + "\n";
    if (other != b.end() && other->second != bytes)
      lines += fmt::format("differs: {} ({} and {} bytes)\n", path, bytes.size(), other->second.size());
  }
  for (const auto& [path, bytes] : b)
    if (a.count(path) == 0) lines += "only in the second: " + path + "\n";
  return lines;
}

JobRuns::JobRuns(const Job& job) : job_(job), root_(fs::canonical(scratch_.path())) {
  make_folder(root_ / "in");
  job_.prepare(root_ / "in");
}

fs::path JobRuns::fresh() {
  const fs::path work = root_ / fmt::format("work{:06}", works_++);  // of one length: files may count the bytes of a path
  make_folder(work / kTemporary);
  if (const fs::path before = root_ / "in/before"; fs::exists(before)) fs::copy(before, work, fs::copy_options::recursive);
  return work;
}

JobOutcome JobRuns::run(const fs::path& work, bool goes_on, const Fault& fault, const Host& host) {
  const int number = runs_++;
  const fs::path report = root_ / fmt::format("report{}", number), errors = root_ / fmt::format("errors{}", number);
  Start start;
  start.words = job_.words;
  if (goes_on && !job_.resume.empty()) start.words.push_back(job_.resume);
  for (std::string& word : start.words) word = filled(word, root_ / "in", work);
  start.words[0] = std::string(FACEMAT_BIN_DIR "/") + start.words[0];
  std::vector<std::string> changes = {"LD_PRELOAD=" FACEMAT_FAILING_WRITES,
                                      "TMPDIR=" + (work / kTemporary).string(),
                                      "FACEMAT_FAULT_BELOW=" + work.string(),
                                      "FACEMAT_FAULT_REPORT=" + report.string(),
                                      fmt::format("FACEMAT_FAULT_AT={}", fault.number),
                                      fmt::format("FACEMAT_FAULT_AS={}", fault.reason),
                                      fmt::format("FACEMAT_FAULT_ONWARD={}", fault.onward ? 1 : 0)};
  changes.insert(changes.end(), host.environment.begin(), host.environment.end());
  start.environment = changed_environment(changes);
  start.folder = host.folder, start.mask = host.mask;
  start.output = job_.printed.empty() ? fs::path("/dev/null") : work / job_.printed;
  start.errors = errors;
  const int code = run_to_its_end(std::move(start));
  JobOutcome outcome = outcome_of(code, errors, report);
  fs::remove(report), fs::remove(errors);
  return outcome;
}

Tree JobRuns::tree(const fs::path& work) const {
  Tree files;
  for (auto entry = fs::recursive_directory_iterator(work); entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string path = entry->path().lexically_relative(work).generic_string();
    if (path == kTemporary) entry.disable_recursion_pending();
    if (!entry->is_regular_file() || (!job_.differs.empty() && starts_with(path, job_.differs))) continue;
    std::string bytes = read_file(entry->path());
    replace_all(bytes, work.string(), "WORK");
    files[path] = path.find(".json") != std::string::npos ? lasting(bytes) : bytes;  // .json.facemat-part-12 too
  }
  return files;
}

}  // namespace facemat
