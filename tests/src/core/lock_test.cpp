#include "src/core/lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>

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
  auto waiting = std::async(std::launch::async, [&] { return Lock::waited_for(scratch.path()); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout) << "it is held";
  first.reset();
  const auto second = waiting.get();
  EXPECT_TRUE(second);
  EXPECT_FALSE(Lock::if_free(scratch.path()));
}

}  // namespace
}  // namespace facemat
