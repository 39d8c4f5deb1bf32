#include "data/recipe/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/config.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

TEST(DataConfig, EveryShippedFileLoadsAndFits) {
  const auto files = list_files(fs::path(FACEMAT_SOURCE_DIR) / "configs/data", {".yaml"});
  EXPECT_GE(files.size(), 3u);
  for (const fs::path& file : files) {
    const auto config = load_config<DataConfig>(file);
    EXPECT_EQ(message_of([&] { check(config); }), "no error") << file;
    for (const auto& source : config.faces) EXPECT_NE(source.licence, "unknown") << file;
    for (const auto& source : config.occluders) EXPECT_NE(source.licence, "unknown") << file;
    const std::string yaml = config_to_yaml(config);
    EXPECT_EQ(config_to_yaml(config_from_yaml<DataConfig>(yaml, "dump")), yaml) << file;
  }
}

TEST(DataConfig, MistakesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"sise: 128", "unknown key 'sise'"},
      {"size: 16", "size is 16 (allowed: 32 to 2048)"},
      {"image_format: webp", "image_format is 'webp' (known: jpg, png)"},
      {"alpha_bits: 12", "alpha_bits is 12 (allowed: 8, 16)"},
      {"placement: {second: 1.5}", "placement.second is 1.5 (allowed: 0 to 1)"},
      {"placement: {least_area: 0.8, most_area: 0.5}", "placement: area: the smallest value 0.8 is more than the largest 0.5"},
      {"write: [image, depth]", "write: 'depth' (allowed: image, alpha, trimap, occluder, clean, background)"},
      {"write: [image, alpha, trust]",
       "write: 'trust' (allowed: image, alpha, trimap, occluder, clean, background; trust is written by itself"},
      {"outside: black", "outside is 'black' (known: mirrored, replicated)"},
      {"faces: [{crop: middle}]", "faces[0].crop is 'middle' (known: centre, face, beside, unknown)"},
      {"write: [image]", "write: image and alpha are always needed"},
      {"faces: [{lists: [{split: dev, file: a.txt}]}]", "has a list for 'dev', which is no split"},
      {"occluders: [{kind: cutouts}, {kind: cutouts}]", "two sources are called 'cutouts' (give them names)"},
      {"faces: []", "faces is empty"},
      {"faces: [{polarity: white}]", "faces[0].polarity is 'white' (known: visible_face, occluder)"},
      {"occluders: []", "occluders is empty"},
      {"occluders: [{occluder_class: cat}]", "occluders[0].occluder_class is 'cat' (known: hand, "},
      {"splits: []", "splits is empty"},
      {"splits: [{name: a}, {name: a}]", "split 'a' is named twice"},
      {"splits: [{name: ../a}]", "split name '../a'"},
      {"splits: [{frames: 1}]", "splits[0].frames is 1 (allowed: 2 to 10000)"},
      {"splits: [{frames: 4, longest: 3}]", "split 'train': its longest clip has 3 frames, fewer than 4"},
      {"occluders: [{splits: [dev]}]", "occluders: source 'procedural' is for 'dev', which is no split"},
      {"occluders: [{splits: [a]}]\nsplits: [{name: a}, {name: b}]",
       "split 'b' has occluded samples, and all sources of occluders are for other splits"},
  };
  for (const auto& [yaml, message] : table) {
    const std::string got = message_of([&, &yaml = yaml] { check(config_from_yaml<DataConfig>(yaml, "data.yaml")); });
    EXPECT_THAT(got, HasSubstr(message)) << yaml;
  }
}

TEST(DataConfig, ASplitMayGoWithoutOccluders) {
  const std::string yaml = "occluders: [{splits: [a]}]\nsplits: [{name: a}, {name: b, occluded: 0}]";
  const auto config = config_from_yaml<DataConfig>(yaml, "data.yaml");
  EXPECT_EQ(message_of([&] { check(config); }), "no error");
  EXPECT_TRUE(serves(config.occluders[0], "a"));
  EXPECT_FALSE(serves(config.occluders[0], "b"));
  EXPECT_TRUE(serves(OccluderSourceConfig{}, "b"));
}

TEST(DataConfig, LengthsOfClipsAreSpreadByRatio) {
  SplitConfig split;
  split.clips = 3, split.frames = 4;
  EXPECT_EQ(clip_frames(split, 2), 4) << "all alike";
  split.longest = 100;
  EXPECT_EQ(clip_frames(split, 0), 4);
  EXPECT_EQ(clip_frames(split, 1), 20);
  EXPECT_EQ(clip_frames(split, 2), 100);
  split.clips = 1;
  EXPECT_EQ(clip_frames(split, 0), 4);
}

}  // namespace
}  // namespace facemat
