#include "src/core/lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

TEST(Lock, OneAtATime) {
  const Scratch scratch;
  const fs::path file = scratch / "lock";
  {
    const Lock first(file, "is at it");
    EXPECT_THAT(message_of([&] { Lock second(file, "is at it"); }), HasSubstr("lock: another process is at it"));
  }
  EXPECT_EQ(message_of([&] { Lock third(file, "is at it"); }), "no error") << "let go of";
  EXPECT_THAT(message_of([&] { Lock lock(scratch / "none/lock", "is at it"); }), HasSubstr("lock: cannot write: No such file"));
}

TEST(Lock, FoldersAreHeldWithoutATrace) {
  const Scratch scratch;
  {
    const Lock first(scratch.path(), "is at it");
    EXPECT_THAT(message_of([&] { Lock second(scratch.path(), "is at it"); }), HasSubstr(": another process is at it"));
    EXPECT_TRUE(fs::is_empty(scratch.path()));
    EXPECT_FALSE(Lock::if_free(scratch.path()));
  }
  EXPECT_TRUE(Lock::if_free(scratch.path()));
  EXPECT_FALSE(Lock::if_free(scratch / "none"));
  EXPECT_EQ(message_of([&] { Lock third(scratch.path(), "is at it"); }), "no error") << "let go of";
}

TEST(Lock, WhoWaitsHasItNext) {
  const Scratch scratch;
  EXPECT_FALSE(Lock::waited_for(scratch / "none"));
  EXPECT_FALSE(fs::exists(scratch / "none"));
  auto first = std::make_unique<Lock>(scratch.path(), "is at it");
  std::atomic<bool> let_go{false};
  std::thread waiting([&] {
    const auto lock = Lock::waited_for(scratch.path());
    EXPECT_TRUE(let_go);
    EXPECT_FALSE(Lock::if_free(scratch.path()));
  });
  let_go = true;
  first.reset();
  waiting.join();
}

}  // namespace
}  // namespace facemat
