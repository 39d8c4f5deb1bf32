#pragma once
// The body of a test run by several real processes that meet on this machine.
//
//   TEST(Sum, AddsUp) {
//     in_processes(2, [](const Rendezvous& r) { ... EXPECT_EQ(...) ... });
//   }
//
// The test starts copies of its own program that run this one test, each with the environment a launcher would give it; in a
// copy in_processes() calls the body. Nothing may follow in_processes(): copies would run it too.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "src/core/file.h"
#include "tests/support/scratch.h"
#include "train/parallel/rendezvous.h"

namespace facemat {

// A TCP port of this machine that nobody else is given while this lives, but on which a server can listen.
class FreePort {
 public:
  FreePort() : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    require(::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                ::bind(descriptor_, any, length) == 0 && ::getsockname(descriptor_, any, &length) == 0,
            "no free port");
    number_ = ntohs(address.sin_port);
  }
  ~FreePort() { ::close(descriptor_); }
  FreePort(const FreePort&) = delete;
  FreePort& operator=(const FreePort&) = delete;

  int number() const { return number_; }
  // From now on the port is in use.
  void listen() const { require(::listen(descriptor_, 1) == 0, "cannot listen on port {}", number_); }

 private:
  int descriptor_, number_ = 0;
};

// A copy of this program that runs the current test alone, as one rank of several.
class TestProcess {
 public:
  static constexpr const char* kMark = "FACEMAT_TEST_PROCESS";
  static constexpr unsigned kLimitSeconds = 300;  // the kernel ends it then, whatever it does

  TestProcess(const Rendezvous& r, const fs::path& output) : output_(output) {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    std::vector<std::string> arguments = {"/proc/self/exe",
                                          fmt::format("--gtest_filter={}.{}", test.test_suite_name(), test.name())};
    std::vector<std::string> environment = environment_of(r);
    const std::vector<char*> argv = pointers(arguments), envp = pointers(environment);
    process_ = ::fork();
    if (process_ == 0) run(argv, envp);
  }

  // What it wrote and its exit code; minus the signal that ended it.
  int wait() {
    int status = 0;
    require(::waitpid(process_, &status, 0) == process_, "cannot wait for process {}", process_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  std::string output() const { return read_file(output_); }

 private:
  static std::vector<std::string> environment_of(const Rendezvous& r) {
    std::vector<std::string> result = {
        fmt::format("RANK={}", r.rank),
        fmt::format("WORLD_SIZE={}", r.size),
        fmt::format("LOCAL_RANK={}", r.local_rank),
        fmt::format("MASTER_ADDR={}", r.address),
        fmt::format("MASTER_PORT={}", r.port),
        fmt::format("{}=1", kMark),
    };
    for (char** variable = environ; *variable != nullptr; ++variable) result.emplace_back(*variable);  // the first one counts
    return result;
  }
  static std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& text : strings) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  }
  // In the new process, where only system calls are safe.
  [[noreturn]] void run(const std::vector<char*>& argv, const std::vector<char*>& envp) const {
    const int file = ::open(output_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::alarm(kLimitSeconds);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }

  fs::path output_;
  pid_t process_ = -1;
};

inline bool in_test_process() { return std::getenv(TestProcess::kMark) != nullptr; }

// Runs `body` in `count` processes with MASTER_ADDR `address`; expects these exit codes of them, all 0 if none are given.
inline void in_processes(int count, const std::function<void(const Rendezvous&)>& body, std::vector<int> exit_codes = {},
                         const std::string& address = "127.0.0.1") {
  if (in_test_process()) return body(rendezvous_from_environment().value());
  exit_codes.resize(count, 0);
  const Scratch scratch;
  const FreePort port;
  std::vector<TestProcess> processes;
  Rendezvous r;
  r.size = count, r.address = address, r.port = port.number();
  for (r.rank = 0; r.rank < count; ++r.rank) {
    r.local_rank = r.rank;
    processes.emplace_back(r, scratch / fmt::format("rank{}.txt", r.rank));
  }
  for (int rank = 0; rank < count; ++rank) {
    EXPECT_EQ(processes[rank].wait(), exit_codes[rank]) << "rank " << rank << " wrote:\n" << processes[rank].output();
  }
}

}  // namespace facemat
