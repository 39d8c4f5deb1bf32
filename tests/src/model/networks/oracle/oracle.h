#pragma once
// Files and figures from PyTorch's Python side, written by write.py.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "src/core/file.h"
#include "tests/support/scratch.h"

namespace facemat {

// A test that needs what `write.py WHAT` writes: scratch_ holds it. Skipped where Debian's python3-torch is not installed.
class OracleTest : public testing::Test {
 protected:
  void write(const std::string& what) {
    const std::string log = (scratch_ / "log").string();
    // -E -s: the installation as Debian made it, whatever this user's environment adds; -B: no caches in the source tree.
    const std::string command =
        std::string("/usr/bin/python3 -B -E -s " FACEMAT_SOURCE_DIR "/tests/src/model/networks/oracle/write.py ") + what +
        " '" + scratch_.path().string() + "' >'" + log + "' 2>&1";
    const int status = std::system(command.c_str());
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == kNoPython || code == kNoTorch)
      GTEST_SKIP() << "Debian's python3-torch is not installed (tools/setup --tests installs it)";
    ASSERT_EQ(code, 0) << read_file(log);
  }

  const Scratch scratch_;

 private:
  static constexpr int kNoPython = 127, kNoTorch = 77;
};

}  // namespace facemat
