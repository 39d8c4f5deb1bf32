#include "data/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/config.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

SampleRecord example() {
  SampleRecord record;
  record.split = "test", record.name = "000012", record.index = 12;
  record.frames = 3, record.still = false;
  record.face = {"faces", "anna.jpg", "CC0-1.0", ""};
  record.occluders = {{"hands", "fist \"1\".png", "MIT", "hand"}, {"smoke", "puff.png", "MIT", "translucent"}};
  record.degradation = "jpeg 60";
  record.face_share = 0.25, record.covered_share = 1.0 / 3, record.soft_share = 0.01, record.recomposition = 0.001;
  record.hashes = {"0000000000000001", "0000000000000002", "0000000000000003"};
  return record;
}

TEST(Manifest, ARecordComesBackFromItsLine) {
  const std::string line = record_to_json(example());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const SampleRecord again = record_from_json(line, "m:1");
  EXPECT_EQ(again.occluders[0].item, "fist \"1\".png");
  EXPECT_EQ(again.covered_share, 1.0 / 3);
  EXPECT_EQ(record_to_json(again), line);
}

TEST(Manifest, DamagedLinesAreRefused) {
  const auto with = [](auto change) {
    SampleRecord record = example();
    change(record);
    return record_to_json(record);
  };
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "damaged line"},
      {"{}", "damaged line"},
      {record_to_json(example()).substr(0, 50), "damaged line"},
      {with([](SampleRecord& r) { r.frames = 0; }), "0 frames (allowed: 1 to 100000)"},
      {with([](SampleRecord& r) { r.frames = 1 << 30; }), "frames (allowed"},
      {with([](SampleRecord& r) { r.name = "../../etc/passwd"; }), "not a plain sample name"},
      {with([](SampleRecord& r) { r.split = "a/b"; }), "not a plain sample name"},
      {with([](SampleRecord& r) { r.name = ""; }), "not a plain sample name"},
  };
  for (const auto& [line, message] : table)
    EXPECT_THAT(message_of([&, &line = line] { record_from_json(line, "m:7"); }), HasSubstr(message)) << line;
  EXPECT_THAT(message_of([] { record_from_json("{", "m:7"); }), HasSubstr("m:7: "));
}

TEST(Manifest, PathsFollowTheLayout) {
  SampleRecord record = example();
  EXPECT_EQ(frame_path("d", record, "alpha", 2, ".png"), "d/test/alpha/000012/0002.png");
  record.still = true;
  EXPECT_EQ(frame_path("d", record, "image", 0, ".jpg"), "d/test/image/000012.jpg");
}

TEST(Manifest, TheAlphaConventionIsChecked) {
  EXPECT_THAT(message_of([] { config_from_yaml<DatasetInfo>("alpha_convention: occluder", "dataset.yaml"); }),
              HasSubstr("alpha_convention is 'occluder' (known: visible_face)"));
  EXPECT_THAT(message_of([] { config_from_yaml<DatasetInfo>("layout: 2", "dataset.yaml"); }), HasSubstr("layout is 2"));
}

}  // namespace
}  // namespace facemat
