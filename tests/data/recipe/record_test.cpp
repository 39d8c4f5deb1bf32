#include "data/recipe/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

SampleRecord example() {
  SampleRecord record;
  Recipe& r = record.recipe;
  r.split = "test", r.name = "000012", r.index = 12;
  r.frames = 3, r.still = false;
  r.face.from = {"faces", 3, "anna.jpg", "00000000000000aa", "CC0-1.0", ""};
  r.face.stream.look = 0xfedcba9876543210ull;
  r.occluders.resize(2);
  r.occluders[0].from = {"hands", 0, "fist \"1\".png", "", "MIT", "hand"};
  r.occluders[0].pose = {0.1, 1.0 / 3, 0.7, -12.5};
  r.occluders[0].stream.timing.easing = "in_out_sine";
  r.occluders[0].stream.effects.jitter.hue = {0.01, -0.02};
  r.degradation.jpeg_quality = 60;
  r.shadow.strength = 0.4;
  record.measured = {0.25, 1.0 / 3, 0.01, 0.001};
  record.rejections = {{{"covers less than least_covered", 2}}, {"a.png: truncated"}};
  record.hashes = {"0000000000000001", "0000000000000002", "0000000000000003"};
  return record;
}

TEST(Record, ARecordComesBackFromItsLine) {
  const std::string line = record_to_json(example());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const SampleRecord again = record_from_json(line, "m:1");
  EXPECT_EQ(again.recipe.occluders[0].from.item, "fist \"1\".png");
  EXPECT_EQ(again.recipe.face.stream.look, 0xfedcba9876543210ull);
  EXPECT_EQ(again.recipe.occluders[0].pose.y, 1.0 / 3);
  EXPECT_EQ(again.measured.covered_share, 1.0 / 3);
  EXPECT_EQ(again.rejections.reasons.at("covers less than least_covered"), 2);
  EXPECT_EQ(record_to_json(again), line);
}

// Lines from before there were these two read as what was then the case, and such records are written as then.
TEST(Record, OutsideAndTrustMayBeLeftOut) {
  SampleRecord record = example();
  const std::string before = record_to_json(record);
  EXPECT_EQ(before.find("outside"), std::string::npos);
  EXPECT_EQ(before.find("trusted_share"), std::string::npos);
  EXPECT_EQ(record_from_json(before, "m:1").recipe.face.outside, "mirrored");
  EXPECT_EQ(record_from_json(before, "m:1").measured.trusted_share, 1);
  record.recipe.face.outside = "replicated", record.measured.trusted_share = 0.98;
  const SampleRecord again = record_from_json(record_to_json(record), "m:1");
  EXPECT_EQ(again.recipe.face.outside, "replicated");
  EXPECT_EQ(again.measured.trusted_share, 0.98);
  EXPECT_EQ(record_to_json(again), record_to_json(record));
}

TEST(Record, DamagedLinesAreRefused) {
  const auto with = [](auto change) {
    SampleRecord record = example();
    change(record.recipe);
    return record_to_json(record);
  };
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "damaged line"},
      {"{}", "damaged line"},
      {record_to_json(example()).substr(0, 50), "damaged line"},
      {with([](Recipe& r) { r.frames = 0; }), "0 frames (allowed: 1 to 100000)"},
      {with([](Recipe& r) { r.frames = 1 << 30; }), "frames (allowed"},
      {with([](Recipe& r) { r.face.outside = "black"; }), "outside 'black' (allowed: mirrored, replicated)"},
      {with([](Recipe& r) { r.size = 60000; }), "size 60000 (allowed: 32 to 2048)"},
      {with([](Recipe& r) { r.trimap.foreground = 1 << 20; }), "trimap kernels of 1048576"},
      {with([](Recipe& r) { r.name = "../../etc/passwd"; }), "not a plain sample name"},
      {with([](Recipe& r) { r.split = "a/b"; }), "not a plain sample name"},
      {with([](Recipe& r) { r.name = ""; }), "not a plain sample name"},
      {with([](Recipe& r) { r.name = std::string("a\0b", 3); }), "not a plain sample name"},
      {with([](Recipe& r) { r.frames = 1; }), "a clip of one frame"},
      {with([](Recipe& r) { r.occluders.resize(101); }), "101 occluders (allowed: 100)"},
      {with([](Recipe& r) { r.degradation.blur = 1e6; }), "a blur in sides of the frame is 1000000 (allowed: 0 to 0.5)"},
      {with([](Recipe& r) { r.degradation.jpeg_quality = -1; }), "JPEG quality is -1"},
      {with([](Recipe& r) { r.face.stream.effects.blur.to = 1e9; }), "a blur in pixels is 1000000000"},
      {with([](Recipe& r) { r.occluders[0].pose.scale = -1; }), "a cut-out's scale is -1"},
      {with([](Recipe& r) { r.occluders[1].opacity = 2; }), "opacity is 2"},
      {with([](Recipe& r) { r.occluders[1].stream.placed.scale = 0; }), "a scale is 0 (allowed: 0.05 to 20)"},
      {with([](Recipe& r) { r.both_timing.pause_length = 2'000'000'000; }), "a pause is 2000000000"},
      {with([](Recipe& r) { r.both_timing.easing = "none"; }), "unknown easing 'none'"},
      {with([](Recipe& r) { r.shadow.x = -1e300; }), "a shadow's way is -1e+300"},
  };
  for (const auto& [line, message] : table)
    EXPECT_THAT(message_of([&, &line = line] { record_from_json(line, "m:7"); }), HasSubstr(message)) << line;
  EXPECT_THAT(message_of([] { record_from_json("{", "m:7"); }), HasSubstr("m:7: "));
}

TEST(Record, NamesThatAreNotTextAreRefused) {
  SampleRecord record = example();
  record.recipe.face.from.item = "an\xffna.jpg";
  EXPECT_THAT(message_of([&] { record_to_json(record); }), HasSubstr("sample 000012: a file name of its sources is not UTF-8"));
}

}  // namespace
}  // namespace facemat
