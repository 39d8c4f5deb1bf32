#include "data/store/info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/config.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

TEST(DatasetInfo, PathsFollowTheLayout) {
  Recipe record;
  record.split = "test", record.name = "000012";
  record.frames = 3, record.still = false;
  EXPECT_EQ(frame_path("d", record, "alpha", 2, ".png"), "d/test/alpha/000012/0002.png");
  record.still = true;
  EXPECT_EQ(frame_path("d", record, "image", 0, ".jpg"), "d/test/image/000012.jpg");
}

TEST(DatasetInfo, TheAlphaConventionIsChecked) {
  EXPECT_THAT(message_of([] { config_from_yaml<DatasetInfo>("alpha_convention: occluder", "dataset.yaml"); }),
              HasSubstr("alpha_convention is 'occluder' (known: visible_face)"));
  EXPECT_THAT(message_of([] { config_from_yaml<DatasetInfo>("layout: 1", "dataset.yaml"); }), HasSubstr("layout is 1"));
}

TEST(DatasetInfo, OlderOnesLackTheHashOfTheirContents) {
  EXPECT_EQ(config_from_yaml<DatasetInfo>("{layout: 2, samples: 3, frames: 4}", "dataset.yaml").contents, "");
}

}  // namespace
}  // namespace facemat
