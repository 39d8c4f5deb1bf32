#include "data/store/journal.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A worker whose line does not fit any more is one of several: what the others append behind it would be read as one line with
// its torn half.
TEST(Journal, NoLineFollowsATornOne) {
  const Scratch scratch;
  const fs::path file = scratch / "journal";
  const std::string first(60, 'a'), second(60, 'b');
  const pid_t child = ::fork();
  if (child == 0) {  // files may not grow beyond 100 bytes here: the second line is torn, as on a full disk
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Journal journal(file);
    journal.append(first);
    const std::string torn = message_of([&] { journal.append(second); });
    const std::string behind = message_of([&] { journal.append("c"); });
    const bool said =
        holds(torn, "journal: cannot write: File too large") && holds(behind, "a line before could not be written");
    ::_exit(said ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  {
    Journal journal(file);
    EXPECT_EQ(journal.found(), std::vector<std::string>{first});
    journal.append(second);
  }
  EXPECT_EQ(Journal(file).found(), (std::vector<std::string>{first, second}));
}

}  // namespace
}  // namespace facemat
