#include "src/core/progress.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "src/core/program.h"

namespace facemat {
namespace {

// What `body` prints on standard error, which is no terminal then.
std::string printed(const std::function<void()>& body) {
  testing::internal::CaptureStderr();
  body();
  return testing::internal::GetCapturedStderr();
}

TEST(Progress, QuietIsWithoutAllButWarnings) {
  const auto work = [](bool quiet) {
    const auto progress = make_progress("building", "sample", quiet);
    progress->message("a line");
    progress->warning("look at it");
    progress->update(2, 2, "");
  };
  EXPECT_EQ(printed([&] { work(true); }), "warning: look at it\n");
  const std::string all = printed([&] { work(false); });
  EXPECT_EQ(all.substr(0, 26), "a line\nwarning: look at it");
  EXPECT_NE(all.find("building 2/2 samples"), std::string::npos);
}

// Names out of files stand in them.
TEST(Progress, LinesAreSafeForTerminals) {
  const std::string name = "a\x1b[2Jb\xe9";
  const auto progress = [](bool quiet) { return make_progress("building", "sample", quiet); };
  EXPECT_EQ(printed([&] { progress(false)->message(name); }), "a\\x1b[2Jb\\xe9\n");
  EXPECT_EQ(printed([&] { progress(false)->warning(name); }), "warning: a\\x1b[2Jb\\xe9\n");
  EXPECT_EQ(printed([&] { progress(true)->warning(name); }), "warning: a\\x1b[2Jb\\xe9\n");
  EXPECT_EQ(printed([&] { warn(name); }), "warning: a\\x1b[2Jb\\xe9\n");
  EXPECT_EQ(printed([&] { warn(""); }), "");
}

}  // namespace
}  // namespace facemat
