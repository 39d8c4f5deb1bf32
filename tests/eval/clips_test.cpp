#include "eval/clips.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "tests/eval/example.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

void put(const fs::path& file, const cv::Mat& alpha) { write_image(file, to_u8(alpha)); }

class Mattes : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"still.png", "clip/0000.png", "clip/0001.png"}) {
      put(scratch_.path() / "gt" / name, square_truth());
      put(scratch_.path() / "pred" / name, square_truth() * 0.8);
    }
  }
  MatteFolders folders() const { return {scratch_ / "pred", scratch_ / "gt", {}, false}; }
  Scratch scratch_;
};

TEST_F(Mattes, SubfoldersAreClips) {
  const auto clips = pair_mattes(folders());
  ASSERT_EQ(clips.size(), 2u);
  EXPECT_EQ(clips[0].name, "still");
  EXPECT_EQ(clips[1].name, "clip");
  EXPECT_EQ(clips[1].frames.size(), 2u);
}

TEST_F(Mattes, AreJudged) {
  Evaluation evaluation;
  NoProgress progress;
  evaluate_mattes(pair_mattes(folders()), false, evaluation, progress);
  EXPECT_NEAR(mean_scores(evaluation.finish(), false).at("sad"), 100 * 0.2 / 1000, 1e-9);
}

TEST_F(Mattes, MissingPredictionIsNamed) {
  fs::remove(scratch_ / "pred" / "still.png");
  EXPECT_THAT(message_of([&] { pair_mattes(folders()); }), HasSubstr("no prediction named 'still'"));
  EXPECT_THAT(message_of([&] { pair_mattes({scratch_ / "no", scratch_ / "gt", {}, false}); }), HasSubstr("no such folder"));
}

TEST_F(Mattes, InvertedOnesAreRefusedNamingTheOption) {
  EXPECT_EQ(message_of([&] { check_polarity(pair_mattes(folders()), false); }), "no error");
  EXPECT_THAT(message_of([&] { check_polarity(pair_mattes(folders()), true); }), HasSubstr("--pred-polarity visible_face"));
  for (const char* name : {"still.png", "clip/0000.png", "clip/0001.png"})
    put(scratch_.path() / "pred" / name, 1 - square_truth());
  EXPECT_THAT(message_of([&] { check_polarity(pair_mattes(folders()), false); }), HasSubstr("--pred-polarity occluder"));
  EXPECT_EQ(message_of([&] { check_polarity(pair_mattes(folders()), true); }), "no error");
}

}  // namespace
}  // namespace facemat
